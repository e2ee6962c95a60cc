package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// forAltered is how a purge goes on although the log is not as it was written. Whoever can
// write the database must not be able to keep what it holds about people from its end.
const forAltered = "First keep a copy of the database, as evidence, for whoever looks into it: once the keys are destroyed it answers nothing about anybody. " +
	"\"exposurectl audit verify\" says what else to do. Then purge all the same with --altered-log: the report records what was found, and the log stays as it is, unsigned"

// surveyLog checks the log that a purge signs for the last time, while there are keys to
// check it with. What an earlier run found is in the report. In a database that says that it has
// another schema, or none, nothing is proven.
func (r *purge) surveyLog(db *sqlstore.DB, unlike error) error {
	switch {
	case r.report.begun():
		return nil
	case unlike != nil && !r.AlteredLog:
		return fmt.Errorf("%w: nothing was touched. If that does not help, somebody altered what the database says of its schema. %s", unlike, forAltered)
	case unlike != nil:
		return r.logFails(audit.Finding{Why: "it cannot be read"}, unlike)
	}
	keys, err := r.keys()
	if err != nil {
		return err
	}
	provers := []audit.Prover{keys}
	for _, f := range r.report.KeyFiles {
		if earlier, err := vault.LoadServer(f.Path); err == nil && f.Path != r.KeyFile { // else it holds no keys that can be read
			provers = append(provers, earlier)
		}
	}
	v, err := db.VerifyAudit(r.ctx, provers, nil, r.verifying())
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	if sqlstore.Edited(err) {
		return r.logFails(audit.Finding{Why: "it cannot be read"}, err)
	}
	if err != nil {
		return fmt.Errorf("%w: nothing was touched", err)
	}
	if v.Bad != nil {
		return r.logFails(*v.Bad, nil)
	}
	return nil
}

// logFails records what is wrong with the log, or refuses without --altered-log. It is for a
// log that somebody altered, and for no other failure: what it records is never taken back.
func (r *purge) logFails(found audit.Finding, cause error) error {
	if !r.AlteredLog {
		wrong := ""
		if strings.Contains(found.Why, "another key file") {
			wrong = "If this is not the database of this key file, name the right one: what it holds about people would be gone. "
		}
		err := fmt.Errorf("the audit log is NOT as it was written: %s: nothing was touched. %s%s", found, wrong, forAltered)
		if sqlstore.Damaged(cause) { // not wrapped: what helps is said here
			return fmt.Errorf("%w\n%v", err, cause)
		}
		return errors.Join(err, cause)
	}
	if cause != nil {
		found.Why += ": " + cause.Error()
	}
	if r.report.AlteredLog == nil { // the first that was found
		r.report.AlteredLog = &badRow{found.Row, found.Last, found.Why}
	}
	return nil
}

// surveyIncidents refuses a database of another incident than the confirmed one.
func (r *purge) surveyIncidents(db *sqlstore.DB) error {
	incidents, err := db.Incidents(r.ctx)
	if sqlstore.Edited(err) && !r.report.begun() {
		return r.logFails(audit.Finding{Why: "what says whose versions lie beside it cannot be read"}, err)
	}
	if err != nil && !(sqlstore.Edited(err) && r.report.AlteredLog != nil) {
		return err
	}
	for _, id := range incidents {
		if id == r.incident.ID {
			continue
		}
		if err := r.ofAnother(db, id); err != nil {
			return err
		}
	}
	return nil
}

// ofAnother refuses a database with versions of another incident. One that no key of ours
// made may have been put there so that nothing is purged: like an altered log, it is passed
// over only with --altered-log.
func (r *purge) ofAnother(db *sqlstore.DB, id string) error {
	if r.report.begun() && r.report.AlteredLog != nil {
		return nil
	}
	refusal := fmt.Errorf("the database holds versions of the incident %q: it is another one's, nothing was touched", id)
	if r.report.begun() {
		return refusal
	}
	keys, err := r.keys()
	if err != nil {
		return err
	}
	made, err := db.Roster(keys, r.incident.Digest).Made(r.ctx, id)
	switch {
	case err != nil || made:
		return errors.Join(refusal, err)
	case !r.AlteredLog:
		return fmt.Errorf("the database holds versions of the incident %q that were made under none of these keys, so somebody has put them there: nothing was touched. %s", id, forAltered)
	}
	return r.logFails(audit.Finding{Why: "beside it are versions of another incident that were made under none of these keys"}, nil)
}

// untouched ends the errors of a purge that destroyed nothing yet.
const untouched = "no key file was touched, and no row but the audit log's"

// lastRow writes into the log that the purge begins, and signs it for the last time, in one
// commit. A log that was altered is neither written on nor signed: that would vouch for it.
func (r *purge) lastRow() error {
	if r.report.AlteredLog != nil {
		return nil
	}
	db, keys, err := r.store()
	if r.ctx.Err() == nil && sqlstore.Edited(err) { // a schema that only a purge reads
		return r.logFails(audit.Finding{Why: "it takes no row"}, err)
	}
	if err != nil {
		return err
	}
	if err := db.Audit(keys).AppendSigned(r.ctx, r.lastEntry()); err != nil {
		err = errors.Join(err, db.Close())
		if r.ctx.Err() == nil && sqlstore.Edited(err) {
			return r.logFails(audit.Finding{Why: "it takes no row"}, err)
		}
		return fmt.Errorf("%w: %s", err, untouched)
	}
	if err := errors.Join(r.readHead(db, keys), db.Close()); err != nil { // altered just now: the next run finds how
		return fmt.Errorf("the audit log has the row that a purge begins, but its signed head cannot be had: %w: %s", err, untouched)
	}
	return nil
}

// lastEntry is the last row of the log.
func (r *purge) lastEntry() audit.Entry {
	entry := r.entry(audit.Purge)
	entry.Detail = r.report.subject()
	if r.Early != "" {
		entry.Detail += ", before it closes: " + r.Early
	}
	return entry
}

// checkEntry refuses a reason that the log cannot hold, before anything is touched.
func (r *purge) checkEntry() error {
	err := r.lastEntry().Validate()
	if err != nil && r.Early != "" {
		return usagef("--early: %v: nothing was touched. Give the reason in one line of plain text, shorter, and without a mail address", err)
	}
	return err
}

// readHead puts the signed head over the last row into the report.
func (r *purge) readHead(db *sqlstore.DB, keys *vault.Server) error {
	_, signed, err := db.NewestHead(r.ctx, keys)
	if err == nil && signed == "" {
		err = errors.New("the audit log was not signed")
	}
	if err != nil {
		return err
	}
	r.report.Head = signed
	r.report.VerifierKey, err = verifierOf(signed, keys)
	return err
}

// subject is how the last row of the log begins, by which it belongs to the report.
func (r *purgeReport) subject() string {
	return "incident " + r.Incident + ", installation " + r.Installation
}

// found is what was wrong with the log.
func (b *badRow) found() audit.Finding { return audit.Finding{Row: b.Row, Last: b.Last, Why: b.Why} }

// fate says what becomes of the log, for people.
func (r *purgeReport) fate(path string) string {
	switch {
	case r.AlteredLog != nil && r.AuditKept:
		return fmt.Sprintf("The audit log was altered before this purge (--altered-log): %s.\nIt stays as it was found, not signed: it is evidence and proves nothing. Keep it, with this report.\n", r.AlteredLog.found())
	case r.AlteredLog != nil:
		return fmt.Sprintf("The audit log was altered before this purge (--altered-log), and is destroyed with what shows it: %s.\n", r.AlteredLog.found())
	case r.AuditKept:
		return fmt.Sprintf("The audit log stays, with its signed head and the public key of it in the report. Keep both; to check it:\n  exposurectl audit verify --purge-report %s\n", path)
	}
	return ""
}
