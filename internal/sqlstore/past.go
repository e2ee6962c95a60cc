package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
)

// storedPast scans one guess. All columns are NULL when there is none.
type storedPast struct {
	attempt []byte
	at      sql.NullInt64
	outcome sql.NullString
}

func (p *storedPast) targets() []any { return []any{&p.attempt, &p.at, &p.outcome} }

func (p *storedPast) past() (otp.Past, error) {
	if len(p.attempt) != 16 || !p.at.Valid || !p.outcome.Valid {
		return otp.Past{}, errors.New("a guess in the audit log is damaged")
	}
	return otp.Past{
		Attempt: [16]byte(p.attempt), At: time.UnixMilli(p.at.Int64).UTC(), Accepted: p.outcome.String == string(audit.Accepted),
	}, nil
}

// Past reads what Roster.Standing reads of the audit log, without proving anything
// about the roster: code mails go out whether or not a version is published.
func (a *Audit) Past(ctx context.Context, tag breach.Tag, purpose otp.Purpose) ([]otp.Past, error) {
	past, err := a.readPast(ctx, tag, purpose)
	if err != nil {
		return nil, fmt.Errorf("reading past guesses: %w", err)
	}
	return past, nil
}

func (a *Audit) readPast(ctx context.Context, tag breach.Tag, purpose otp.Purpose) ([]otp.Past, error) {
	stmt, err := a.past.prepare(ctx, a.db.read, pastSQL)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, tag[:], string(purpose), maxPast)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var past []otp.Past
	for rows.Next() {
		var p storedPast
		if err := rows.Scan(p.targets()...); err != nil {
			return nil, err
		}
		guess, err := p.past()
		if err != nil {
			return nil, err
		}
		past = append(past, guess)
	}
	return past, rows.Err()
}
