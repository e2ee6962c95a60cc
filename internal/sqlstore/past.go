package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
)

const (
	pastSQL = pastOf + ` AND tag = ?1 AND purpose = ?2 ORDER BY seq DESC LIMIT 50)`

	// pastOf puts the newest guesses that weigh into one text, found by the index over
	// just those: a row for each would repeat the guard's columns. The largest budget is
	// fifty in a row; the limit is no parameter, because SQLite would prepare the
	// statement anew each time.
	pastOf = `SELECT group_concat(hex(attempt) || ':' || at || ':' || outcome, ' ' ORDER BY seq DESC)
		FROM (SELECT seq, attempt, at, outcome FROM audit_entries WHERE weighs = 1`
)

// errPast means that the list of guesses is not of the form pastOf makes.
var errPast = errors.New("a guess in the audit log is damaged")

// parsePast reads what pastOf wrote: "ATTEMPT:MILLISECONDS:OUTCOME", separated by
// spaces, newest first.
func parsePast(s string) ([]otp.Past, error) {
	if s == "" {
		return nil, nil
	}
	var past []otp.Past
	for one := range strings.SplitSeq(s, " ") {
		attempt, rest, _ := strings.Cut(one, ":")
		at, outcome, _ := strings.Cut(rest, ":")
		id, err := hex.DecodeString(attempt)
		if err != nil || len(id) != 16 {
			return nil, errPast
		}
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil || outcome != string(audit.Accepted) && outcome != string(audit.Refused) {
			return nil, errPast
		}
		past = append(past, otp.Past{
			Attempt: [16]byte(id), At: time.UnixMilli(ms).UTC(), Accepted: outcome == string(audit.Accepted),
		})
	}
	return past, nil
}

// Past reads what Roster.Standing reads of the audit log, without proving anything
// about the roster: code mails go out whether or not a version is published.
func (a *Audit) Past(ctx context.Context, tag breach.Tag, purpose otp.Purpose) ([]otp.Past, error) {
	stmt, err := a.past.prepare(ctx, a.db.read, pastSQL)
	if err != nil {
		return nil, fmt.Errorf("reading past guesses: %w", err)
	}
	var text sql.NullString
	if err := stmt.QueryRowContext(ctx, tag[:], string(purpose)).Scan(&text); err != nil {
		return nil, fmt.Errorf("reading past guesses: %w", err)
	}
	return parsePast(text.String)
}
