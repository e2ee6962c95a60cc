package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

var (
	// ErrSamePerson: who publishes and who approves are one name.
	ErrSamePerson = errors.New("the approver must be another person")
	// ErrNoName: a name is missing.
	ErrNoName = errors.New("the names of two people are needed")
	// ErrAddressAsName: the audit log holds no addresses, not even the operators'.
	ErrAddressAsName = errors.New("give names of people, not e-mail addresses")
)

// Publication says who published a version. All of it is recorded, none of it is
// verified.
type Publication struct {
	By, ApprovedBy string
	Override       string // why it was published although the figures differ; empty otherwise
	OSUser, Host   string
}

func (p Publication) check() error {
	by, approver := breach.FoldName(p.By), breach.FoldName(p.ApprovedBy)
	switch {
	case by == "" || approver == "":
		return ErrNoName
	case by == approver:
		return ErrSamePerson
	case strings.Contains(by+approver, "@"):
		return ErrAddressAsName
	case strings.Contains(breach.FoldName(p.Override), "@"):
		return ErrAddressInReason
	}
	return nil
}

// Publish makes a committed version the one that answers, together with its audit
// entry, whose Version it sets; the entry's time is the time of publication. It proves
// the whole version first and refuses one that would answer nobody, one of more people
// than codes are safe for, one with records of the review list that nobody decided about
// or decided about otherwise since, and the one that answers already. Publishing an older
// version goes back to it.
func (r *Roster) Publish(ctx context.Context, version int64, p Publication, entry audit.Entry) error {
	if err := r.Publishable(ctx, version, p); err != nil {
		return err
	}
	entry.Version = version
	if err := entry.Validate(); err != nil {
		return err
	}
	tx, err := r.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("publishing version %d: %w", version, err)
	}
	defer tx.Rollback()
	// Once more, because somebody may have decided or published during the proof.
	if err := r.publishable(ctx, tx, version, p); err != nil {
		return fmt.Errorf("publishing version %d: %w", version, err)
	}
	if err := r.insertPublication(ctx, tx, version, p, entry); err != nil {
		return fmt.Errorf("publishing version %d: %w", version, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("publishing version %d: %w", version, err)
	}
	return nil
}

// insertPublication writes the publication and its audit entry.
func (r *Roster) insertPublication(ctx context.Context, tx *sql.Tx, version int64, p Publication, entry audit.Entry) error {
	v, err := r.load(ctx, tx, version)
	if err != nil {
		return err
	}
	acts, last, err := r.history(ctx, tx)
	if err != nil {
		return err
	}
	row := publicationRow{seq: last + 1, version: version, at: entry.At.UnixMilli(), terms: p, keyCheck: v.keyCheck}
	if i := slices.IndexFunc(acts, func(a act) bool { return a.publication.keyCheck == row.keyCheck }); i >= 0 {
		row.after = acts[i].publication.seq
	}
	all, err := placesOf(ctx, tx, "publications")
	if err != nil {
		return err
	}
	row.mac = row.authenticate(v, all.other(row.keyCheck))
	_, err = tx.ExecContext(ctx, `INSERT INTO publications (seq, version, at, by_name, approved_by, override_reason, os_user, host, key_check, after, mac)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.seq, row.version, row.at, p.By, p.ApprovedBy, p.Override, p.OSUser, p.Host, row.keyCheck[:], row.after, row.mac[:])
	if err != nil {
		return err
	}
	return r.appendIn(ctx, tx, entry)
}
