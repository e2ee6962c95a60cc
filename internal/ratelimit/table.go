package ratelimit

import (
	"maps"
	"strings"
	"time"
)

// Name is the name of a limit, as operators write it. Counters whose keys are alike up to the
// first colon are on one node of a Cluster, but for limits that count different things.
type Name string

// The limits. "Fails closed" means: when the limit cannot be checked the caller refuses
// (503), because it guards a secret or a mailbox. "Fails open" means: the caller goes on,
// because it only paces our own work.
const (
	// RequestIP counts requests for a code. Key: the client's /32 or /64. Fails closed.
	RequestIP Name = "request-ip"
	// RequestNet counts requests for a code. Key: the client's /24 or /56. Fails closed.
	RequestNet Name = "request-net"
	// RequestSite counts requests for a code. Key: an IPv6 client's /48. Fails closed.
	RequestSite Name = "request-site"
	// FailedIP counts codes not accepted. Key: the client's /32 or /64. Charged before a
	// guess and given back when it was right. Fails closed.
	FailedIP Name = "failed-ip"
	// FailedNet counts codes not accepted. Key: the client's /24 or /56. Charged and given
	// back like FailedIP. Fails closed.
	FailedNet Name = "failed-net"
	// FailedSite counts codes not accepted. Key: an IPv6 client's /48, which holds 256 /56s
	// and 65,536 /64s, each with an allowance of its own. Charged and given back like
	// FailedIP. Fails closed.
	FailedSite Name = "failed-site"
	// LetterIP counts letter numbers not accepted. Key: that of LetterGlobal, and within it the
	// client's /32 or /64. Charged and given back like FailedIP. Fails closed.
	LetterIP Name = "letter-ip"
	// LetterGlobal counts letter numbers refused, by everybody together; over it they are
	// taken by phone only. Key: a constant. Fails closed.
	LetterGlobal Name = "letter-global"
	// ReportSession counts reports read again. Key: a hash of the session. Fails closed.
	ReportSession Name = "report-session"

	// SendAddress counts code mails. Key: the address's tag. Holds in any span. Charged when
	// a mail is asked for; a take has a receipt, by which it can be given back. Fails closed.
	SendAddress Name = "send-address"
	// SendReserve counts the one long-code mail that is sent over SendAddress, SendMailbox and
	// SendGlobal, so that nobody's requests keep the owner out. Key: the address's tag. Holds
	// in any span. Charged and given back like SendAddress; over SendGlobal by who sends it, and
	// for listed addresses alone. Fails closed.
	SendReserve Name = "send-reserve"
	// SendMailbox counts code mails. Key: the tag of the address without plus tag and
	// Gmail dots, three times SendAddress. Holds in any span. Charged and given back
	// like SendAddress. Fails closed.
	SendMailbox Name = "send-mailbox"
	// SendDomain paces code mails to one provider, which would block us for a burst of
	// unknown users. Key: the recipient's domain. Fails open.
	SendDomain Name = "send-domain"
	// SendAhead paces, beside SendDomain, the mails to one provider that go ahead of others,
	// whose pace would tell of them. A quarter of SendDomain. Key: the recipient's domain. Fails
	// open.
	SendAhead Name = "send-ahead"
	// SendGlobal is the budget of all code mails but the reserves of listed addresses: what a
	// mail provider typically allows a day. Key: a constant. Fails closed.
	SendGlobal Name = "send-global"

	// AgentSignIn counts failed sign-ins. Key: the agent account, known or not. Fails closed.
	AgentSignIn Name = "agent-sign-in"
	// AgentIP counts failed sign-ins, whatever the account. Key: the /32 or /64 they come
	// from. Charged before an attempt and given back when it was right. Fails closed.
	AgentIP Name = "agent-ip"
	// AgentCode counts phone codes sent. Key: the agent. Fails closed.
	AgentCode Name = "agent-code"
	// AgentGuess counts phone codes not accepted. Key: the agent. Charged before a guess and
	// given back when it was right. Fails closed.
	AgentGuess Name = "agent-guess"
	// AgentLetter counts letter numbers not accepted. Key: the agent. Charged and given back
	// like AgentGuess. Fails closed.
	AgentLetter Name = "agent-letter"
	// AgentNote counts letter requests and tickets. Key: the agent. Fails closed.
	AgentNote Name = "agent-note"
	// ClientIP counts keys of the MY page interface that are not accepted. Key: the client's
	// /32 or /48. A key that is accepted never waits for it. Fails closed.
	ClientIP Name = "client-ip"
	// ClientRequest counts calls of the MY page interface but the gate's, which is on the way
	// of everybody who logs in, and redemptions, which strangers can bring about with invented
	// tickets. Key: the client. Fails open.
	ClientRequest Name = "client-request"
	// ClientMembers counts the different members a client asks the gate about, unless it may
	// read the list anyway; over it the client is suspended. Key: the client. A shop asks once
	// for each member that logs in, affected or not: 3,000 different ones in an hour are far
	// above a shop of 100,000 members on the day of a sale. Without Redis each node counts.
	ClientMembers Name = "client-members"
	// ClientRefused counts the different members a client reports as completed who cannot
	// be; over it the client is suspended. Key: the client. A shop that only reports what
	// came of a redeemed ticket meets none. Without Redis each node counts.
	ClientRefused Name = "client-refused"
	// ClientTickets counts the different tickets a client redeems that are not accepted; over
	// it there is an alarm and nothing else, because anybody can open the shop's page with an
	// invented ticket. Key: the client. Without Redis each node counts.
	ClientTickets Name = "client-tickets"
)

// Rate allows Count takes in Per.
type Rate struct {
	Count int64
	Per   time.Duration
}

// Table gives each limit its rates; all rates of a name hold at once.
type Table map[Name][]Rate

const day = 24 * time.Hour

// Default is the table without overrides.
func Default() Table {
	address := []Rate{{1, time.Minute}, {3, 15 * time.Minute}, {6, day}}
	return Table{
		RequestIP:     {{60, time.Hour}},
		RequestNet:    {{600, time.Hour}},
		RequestSite:   {{1200, time.Hour}},
		FailedIP:      {{60, time.Hour}},
		FailedNet:     {{300, time.Hour}},
		FailedSite:    {{600, time.Hour}},
		LetterIP:      {{20, time.Hour}},
		LetterGlobal:  {{500, day}},
		ReportSession: {{60, time.Hour}},
		SendAddress:   address,
		SendReserve:   {{1, day}},
		SendMailbox:   ofMailbox(address),
		SendDomain:    {{600, time.Minute}},
		SendAhead:     ahead([]Rate{{600, time.Minute}}),
		SendGlobal:    {{50_000, day}},
		AgentSignIn:   {{10, 15 * time.Minute}},
		AgentIP:       {{60, time.Hour}},
		AgentCode:     {{60, time.Hour}},
		AgentGuess:    {{30, time.Hour}},
		AgentLetter:   {{20, time.Hour}},
		AgentNote:     {{60, time.Hour}},
		ClientIP:      {{60, time.Hour}},
		ClientRequest: {{600, time.Minute}},
		ClientMembers: {{3000, time.Hour}},
		ClientRefused: {{20, time.Hour}},
		ClientTickets: {{100, time.Hour}},
	}
}

func (t Table) clone() Table { return maps.Clone(t) }

// OfClient tells whether a limit counts the client's own address and nobody else's. Only
// such may be told to it: wider networks, sessions and mailboxes show what others do.
func (n Name) OfClient() bool { return strings.HasSuffix(string(n), "-ip") }

// liftable tells whether --insecure-no-limits lifts a limit: those by network, on mails
// and over everybody together, which a load test from one machine would hit. Limits of a
// session, an agent or a client stay.
func (n Name) liftable() bool {
	switch n {
	case RequestIP, RequestNet, RequestSite, FailedIP, FailedNet, FailedSite, LetterIP, LetterGlobal, AgentIP, ClientIP:
		return true
	default:
		return strings.HasPrefix(string(n), "send-")
	}
}

// exact tells whether a limit holds in any span of its length. It costs a timestamp for
// each take, so it is for small counts: those that promise something to a mailbox.
func (n Name) exact() bool {
	return n == SendAddress || n == SendReserve || n == SendMailbox
}

// distinct tells whether a limit counts different things rather than takes. It costs 16
// bytes for each of them.
func (n Name) distinct() bool {
	return n == ClientMembers || n == ClientRefused || n == ClientTickets
}

// fixed tells whether a limit counts in fixed windows: most do, and none of those that
// promise something to a mailbox or can be given back.
func (n Name) fixed() bool { return !n.exact() && !n.distinct() && !n.returnable() }

// returnable tells whether a take can be given back: limits that are charged before it
// is known whether they have to be.
func (n Name) returnable() bool {
	switch n {
	case FailedIP, FailedNet, FailedSite, LetterIP, LetterGlobal, SendGlobal, AgentSignIn, AgentIP, AgentGuess, AgentLetter:
		return true
	default:
		return false
	}
}
