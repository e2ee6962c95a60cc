package alarm

import (
	"log/slog"
	"time"
)

// Kind is the stable name of an alarm: people write rules on it.
type Kind string

// The kinds. Those that are noted end by themselves, once nothing was noted for a while;
// all others are begun and ended by whoever watches the condition.
const (
	BreakerLonger    Kind = "breaker-longer-codes"
	BreakerLongOnly  Kind = "breaker-long-codes-only"
	MailBudgetLow    Kind = "mail-budget-low"
	MailBudgetSpent  Kind = "mail-budget-spent"
	OutboxFull       Kind = "outbox-full"
	OutboxOld        Kind = "outbox-old"
	RosterUnproven   Kind = "roster-unproven"
	AnswerUnproven   Kind = "answer-unproven" // noted
	AuditAppend      Kind = "audit-append"
	AuditAltered     Kind = "audit-altered" // noted; never ends
	HeadsNotKept     Kind = "heads-not-kept"
	HeadsCut         Kind = "heads-cut" // noted; never ends
	DiskLow          Kind = "disk-low"
	Limits           Kind = "limits-unavailable" // noted
	LetterGlobal     Kind = "letter-global"      // noted
	ClientSuspended  Kind = "client-suspended"   // noted
	ClientTickets    Kind = "client-tickets"     // noted
	AgentSignIn      Kind = "agent-sign-in"      // noted
	AgentRate        Kind = "agent-rate"         // noted
	AgentForeign     Kind = "agent-foreign-call" // noted
	Canary           Kind = "canary-touched"     // noted
	CanariesUnproven Kind = "canaries-unproven"
	ResetUnverified  Kind = "reset-unverified" // noted
	ResetUnproven    Kind = "reset-unproven"   // noted
	ConnectorDown    Kind = "connector-down"
	WebhookDead      Kind = "webhook-dead"
)

// forever is longer than a server runs: what cannot heal while it runs has not ended
// because nobody looked.
const forever = 100 * 365 * 24 * time.Hour

// about is what there is to know about a kind.
type about struct {
	level        slog.Level
	holds        time.Duration // since it was last noted; 0 for kinds that are not noted
	begins, ends string
}

// kinds describes every kind. A limit that cannot be checked is noted with every request
// and by a probe every two seconds, so that ten seconds without are the end. An answer is
// only noted when somebody asks for just that one: ten minutes is the time in which the
// check of the whole roster would find the damage, which then is an alarm of its own. A
// limit on letter numbers lasts a day: an hour without one that meets it is the end. A
// password changed without a ticket waits for a person; an hour is for whoever tries several
// accounts to be told as one. Resets are proven every ten minutes.
func kinds() map[Kind]about {
	return map[Kind]about{
		BreakerLonger: {slog.LevelError, 0,
			"Wrong codes come from many networks, so new codes have 10 digits from now on: look at the access log for what these networks have in common, and block it in front of the server.",
			"Fewer wrong codes come, so new codes have their usual length again."},
		BreakerLongOnly: {slog.LevelError, 0,
			"Very many wrong codes come from many networks, so short codes are refused and mails carry long ones: block the attack in front of the server, and tell the help desk that only codes from new mails work.",
			"Fewer wrong codes come, so short codes are compared again."},
		MailBudgetLow: {slog.LevelWarn, 0,
			"More than 80 % of the mail budget (send-global) is used, so listed people are mailed first: find out whether people or a program ask, and arrange for more with your mail provider before raising the limit.",
			"More than 20 % of the mail budget (send-global) is free again."},
		MailBudgetSpent: {slog.LevelError, 0,
			"The mail budget (send-global) is spent, so everybody is sent to the phone, and only listed people are mailed a code, one long one a day: staff the help line, arrange for more with your mail provider, then raise the limit.",
			"There is mail budget (send-global) again, and codes are mailed."},
		OutboxFull: {slog.LevelError, 0,
			"The outbox is full, so everybody is sent to the phone, and only listed people are mailed a code, one long one a day: see whether the mail server accepts mail, and how fast.",
			"The outbox has room again."},
		OutboxOld: {slog.LevelError, 0,
			"The oldest code mail has waited for more than 10 minutes, and what is an hour old is dropped: see whether the mail server accepts mail, and how fast.",
			"No code mail has waited for more than 10 minutes."},
		RosterUnproven: {slog.LevelError, 0,
			"The published roster cannot be proven, so people read \"could not check\": run \"exposurectl doctor\" on the server, and restore the database if it was changed.",
			"The published roster is proven again."},
		AnswerUnproven: {slog.LevelError, 10 * time.Minute,
			"The answer of somebody who asked could not be proven, so they read \"could not check\": run \"exposurectl doctor\" and \"exposurectl audit verify\" on the server.",
			"For ten minutes every answer could be proven."},
		AuditAppend: {slog.LevelError, 0,
			"The audit log takes no rows, so nobody is answered: see whether the disk is full and whether another program holds the database.",
			"The audit log takes rows again."},
		AuditAltered: {slog.LevelError, forever,
			"The audit log is not what was written, or its database was put back: keep a copy of the database, and see what \"exposurectl audit verify\" finds.",
			"The audit log was checked anew."},
		HeadsNotKept: {slog.LevelError, 0,
			"Signed heads of the audit log cannot be written to the file of EXPOSURE_AUDIT_HEADS: see whether its disk is there, writable and not full.",
			"Signed heads of the audit log are kept again."},
		HeadsCut: {slog.LevelError, forever,
			"The file of EXPOSURE_AUDIT_HEADS was shortened, altered, replaced or removed, or lacks heads that were signed before this start, if it was not just set up: find out by whom, compare it with your copy, keep what is left of it, and restart the server once it is back.",
			"The file of heads was read anew."},
		DiskLow: {slog.LevelError, 0,
			"Little room is left on the disk of the database (less than 1 GiB) or of the file of EXPOSURE_AUDIT_HEADS (less than 100 MiB), and once it is full everybody reads \"could not check\": see exposure_disk_free_bytes for which, enlarge the disk or move away what else is on it, never the database's own files, and look at the access log for who enters so many codes.",
			"There is room again on the disks of the database and of the file of EXPOSURE_AUDIT_HEADS."},
		Limits: {slog.LevelError, 10 * time.Second,
			"Limits cannot be checked, so nobody can ask for a code or enter one: see whether Redis runs, is not full, and can be reached from this server.",
			"Limits are checked again."},
		LetterGlobal: {slog.LevelError, time.Hour,
			"As many letter numbers were refused as may be in a day (letter-global), so they are taken by phone only: tell the help desk, and look at the access log for who tries them out.",
			"For an hour no letter number was refused for that."},
		ClientSuspended: {slog.LevelError, time.Hour,
			"A program of the shop asked about too many members, or reported resets that nobody had earned, so its keys are refused: find out in the shop who had the key, then give it a new one with \"exposurectl client rotate\".",
			"For an hour no program of the shop was suspended."},
		ClientTickets: {slog.LevelWarn, time.Hour,
			"The shop passes on many tickets that were never issued or are over (client-tickets): nobody gets anything for them, but look at the access log of the shop's page for who tries them out.",
			"For an hour the shop passed on few wrong tickets."},
		AgentSignIn: {slog.LevelError, time.Hour,
			"Too many sign-ins at the call centre's desk failed, at one account or from one address (agent-sign-in, agent-ip): ask the agents whether it was one of them, and see the audit log for which accounts were tried.",
			"For an hour sign-ins did not fail too often."},
		AgentRate: {slog.LevelError, time.Hour,
			"An agent asked for more phone codes, had more of them or more letter numbers refused, or made more tickets than a day of calls brings (agent-code, agent-guess, agent-letter, agent-note): find out what that agent is doing, and \"exposurectl agent disable\" if in doubt.",
			"For an hour no agent exceeded a limit."},
		AgentForeign: {slog.LevelError, time.Hour,
			"An agent tried another agent's call: see the audit log (call_foreign) for whose, and ask both.",
			"For an hour nobody tried another agent's call."},
		Canary: {slog.LevelError, time.Hour,
			"Somebody looked up a canary, a person who does not exist and whom only a stolen list names: see the audit log (canary_touched) for who and when, and keep the access logs.",
			"For an hour nobody looked up a canary."},
		CanariesUnproven: {slog.LevelError, 0,
			"The canaries cannot be proven, so those known before are watched and no others: run \"exposurectl doctor\" and \"exposurectl audit verify\" on the server, and restore the database if it was changed.",
			"The canaries are proven again."},
		ResetUnverified: {slog.LevelError, time.Hour,
			"A password was changed in the shop without a ticket of ours, so nobody knows by whom, and the account stays barred: see \"exposurectl reset status\" for whose it is, and ask the customer before \"exposurectl reset accept\".",
			"For an hour no password was changed without a ticket."},
		ResetUnproven: {slog.LevelError, 15 * time.Minute,
			"What is kept about password resets cannot be proven, so the shop reads \"could not check\" and nobody gets a ticket: run \"exposurectl reset status\" and \"exposurectl audit verify\" on the server, and restore the database if it was changed.",
			"For 15 minutes all resets could be proven."},
		ConnectorDown: {slog.LevelError, 0,
			"Password resets do not get through to the shop, so members who were ordered may still log in with their old password: see whether the shop's database or its webhook answers, whether the kit in the shop reports and is switched on, and what \"exposurectl doctor\" says about the connector.",
			"Password resets get through to the shop again."},
		WebhookDead: {slog.LevelError, 0,
			"The shop did not take something about a reset for a whole day, or says that its webhook is gone: see what its receiver answers, put that right, then run \"exposurectl reset retry --commit\".",
			"Nothing is given up any more that the shop was to be told."},
	}
}
