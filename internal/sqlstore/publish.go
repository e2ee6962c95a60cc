package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"exposure/internal/audit"
)

var (
	// ErrSamePerson: who publishes and who approves are one name.
	ErrSamePerson = errors.New("the approver must be another person")
	// ErrNoName: a name is missing.
	ErrNoName = errors.New("publishing needs the names of two people")
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
	by, approver := foldName(p.By), foldName(p.ApprovedBy)
	switch {
	case by == "" || approver == "":
		return ErrNoName
	case by == approver:
		return ErrSamePerson
	case strings.Contains(by+approver, "@"):
		return ErrAddressAsName
	}
	return nil
}

// foldName makes different spellings of one name equal: width, case and spaces do not
// tell two people apart.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

// Publishable tells whether Publish would refuse, and changes nothing: it checks the names
// and proves every row of the version.
func (r *Roster) Publishable(ctx context.Context, version int64, p Publication) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := r.checkVersion(ctx, version); err != nil {
		return fmt.Errorf("proving version %d: %w", version, err)
	}
	return nil
}

// Publish makes a committed version the one that answers, together with its audit
// entry, whose Version it sets; the entry's time is the time of publication. It proves
// the whole version first and refuses one that would answer nobody.
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
	if err := r.insertPublication(ctx, tx, version, p, entry); err != nil {
		return fmt.Errorf("publishing version %d: %w", version, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("publishing version %d: %w", version, err)
	}
	return nil
}

// insertPublication writes the publication and its audit entry. The number is taken
// from AUTOINCREMENT's own record, because the MAC needs it beforehand and a number
// must never come back.
func (r *Roster) insertPublication(ctx context.Context, tx *sql.Tx, version int64, p Publication, entry audit.Entry) error {
	row := publicationRow{version: version, at: entry.At.UnixMilli(), terms: p}
	const next = `SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'publications'), 0),
		coalesce((SELECT max(seq) FROM publications), 0)) + 1`
	if err := tx.QueryRowContext(ctx, next).Scan(&row.seq); err != nil {
		return err
	}
	row.mac = row.authenticate(r.keys)
	_, err := tx.ExecContext(ctx, `INSERT INTO publications (seq, version, at, by_name, approved_by, override_reason, os_user, host, mac)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.seq, row.version, row.at, p.By, p.ApprovedBy, p.Override, p.OSUser, p.Host, row.mac[:])
	if err != nil {
		return err
	}
	return appendIn(ctx, tx, entry)
}
