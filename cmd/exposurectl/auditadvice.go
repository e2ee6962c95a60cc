package main

import (
	"strings"

	"exposure/internal/audit"
)

// What is done about an altered log in any case.
const (
	adviceHeads = "Repeat with the heads kept elsewhere, --heads FILE: only they show whether the whole database was put back, or another log put in its place."
	adviceTell  = "Tell whoever answers for the incident, and for personal data: somebody wrote to the database who must not. It may be a breach of its own that has to be reported in time. Find out who can write the file, and change that."
)

// advice is what to do about a log that is not as it was written, in this order; first of
// all what may still explain it harmlessly.
func (c auditVerifyCmd) advice(f *audit.Finding) (steps []string) {
	if c.PurgeReport != "" {
		return c.advicePurged()
	}
	if strings.Contains(f.Why, "another key file") {
		steps = append(steps, "If the server has had another key file, or another installation's is named here: repeat with --key-file, and --old-key-file FILE for each earlier one. Go on only if it stays.")
	}
	steps = append(steps,
		"Change nothing and stop nothing: no purge, no backup over this database. A server that runs tells whomever it cannot vouch for that it could not be checked.",
		"Keep the evidence where nobody can write who can write the database: a copy of it (sqlite3 FILE \".backup COPY\" makes one while it is open), the file that EXPOSURE_AUDIT_HEADS names, the server's own log, this output, and the time.",
	)
	if !c.anyKept() {
		steps = append(steps, adviceHeads)
	}
	return append(steps,
		"Check the backups in the same way, the newest first, with --database-url sqlite:BACKUP: the newest that is whole says since when, and holds the rows as they were.",
		adviceTell,
		"Until it is cleared up, rely on no row from there on. Why somebody is listed does not rest on the log: \"explain --email ADDR\" says it, on a copy of the newest whole backup, because it writes to the log.",
	)
}

// advicePurged is the same where no server and no key is left.
func (c auditVerifyCmd) advicePurged() (steps []string) {
	steps = append(steps,
		"Change nothing. If this is not the database that the purge was run on, or not its report, repeat with those: each machine has its own.",
		"Keep the evidence where nobody can write who can write the database: a copy of it and of the report, the file that EXPOSURE_AUDIT_HEADS named, this output, and the time.",
	)
	if !c.anyKept() {
		steps = append(steps, adviceHeads)
	}
	return append(steps,
		"Check other copies that were made after the purge in the same way, with --database-url sqlite:COPY: the newest that is whole says since when, and holds the rows as they were.",
		adviceTell,
		"Until it is cleared up, rely on no row from there on.",
	)
}

func (c auditVerifyCmd) anyKept() bool { return len(c.Heads)+len(c.Head) > 0 }
