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

var (
	// pastSQL finds the newest guesses that weigh, by the index over just those.
	pastSQL = `SELECT ` + logRowColumns + ` FROM (` + newestOfEach(`tag = ?1 AND purpose = ?2`) + `) ORDER BY seq DESC`

	// pastText puts the same into one text, of ?2 and ?3: a row for each would repeat the guard's
	// columns.
	pastText = `SELECT group_concat(seq || ':' || hex(encoded) || ':' || hex(seal), ' ' ORDER BY seq DESC)
		FROM (` + newestOfEach(`tag = ?2 AND purpose = ?3`) + `)`
)

// newestOfEach reads the newest failures and the newest others, which are acceptances, of one.
// Each is one search that ends at its limit: however often somebody got in, their failures are
// found, without passing by all those rows. The limit is no parameter and the index is named,
// because SQLite would prepare the statement anew each time: where an index is of one purpose
// only, it looks at which purpose is asked for.
func newestOfEach(of string) string {
	newest := func(refused int) string {
		return fmt.Sprintf(`SELECT * FROM (SELECT %s FROM audit_entries INDEXED BY audit_guesses
			WHERE weighs = 1 AND %s AND (outcome = 'refused') = %d ORDER BY seq DESC LIMIT %d)`, logRowColumns, of, refused, otp.PastKept)
	}
	return newest(1) + ` UNION ALL ` + newest(0)
}

// ofEach is how many guesses of each outcome a list has taken. None takes the place of
// another outcome's.
type ofEach struct{ refused, accepted int }

func (n *ofEach) take(p otp.Past) bool {
	of := &n.refused
	if p.Accepted {
		of = &n.accepted
	}
	*of++
	return *of <= otp.PastKept
}

// errGuess: a row that counts against a budget cannot be proven. Whoever may write the
// database would otherwise lower a budget by it.
var errGuess = fmt.Errorf("%w: a guess in the audit log: %w", breach.ErrUnproven, ErrLogAltered)

// guesses proves and reads what pastText wrote about a tag and a purpose:
// "NUMBER:ENTRY:SEAL", separated by spaces, newest first. What counts is the sealed entry;
// the columns beside it only found it.
func (db *DB) guesses(ctx context.Context, keys audit.Prover, text string, tag breach.Tag, purpose otp.Purpose) ([]otp.Past, error) {
	if text == "" {
		return nil, nil
	}
	var past []otp.Past
	for one := range strings.SplitSeq(text, " ") {
		number, rest, _ := strings.Cut(one, ":")
		entry, sealed, _ := strings.Cut(rest, ":")
		seq, err := strconv.ParseInt(number, 10, 64)
		encoded, err2 := hex.DecodeString(entry)
		seal, err3 := hex.DecodeString(sealed)
		if errors.Join(err, err2, err3) != nil {
			return nil, errGuess
		}
		one, err := db.provenGuess(ctx, keys, logRow{seq, encoded, seal}, tag, purpose)
		if err != nil {
			return nil, err
		}
		past = append(past, one)
	}
	return past, nil
}

// provenGuess is what a row says that weighs for a tag and a purpose.
func (db *DB) provenGuess(ctx context.Context, keys audit.Prover, row logRow, tag breach.Tag, purpose otp.Purpose) (otp.Past, error) {
	if !audit.Sealed(keys, row.seq, row.encoded, row.seal) {
		return otp.Past{}, errGuess
	}
	e, err := audit.Decode(row.encoded)
	if err != nil || !e.Weighs() || *e.Tag != tag || e.Purpose != string(purpose) {
		return otp.Past{}, errGuess
	}
	return pastOfEntry(&e), nil
}

// pastOfEntry says it as it is read back.
func pastOfEntry(e *audit.Entry) otp.Past {
	return otp.Past{Attempt: e.Attempt, At: time.UnixMilli(e.At.UnixMilli()).UTC(), Accepted: e.Outcome == audit.Accepted}
}

// Past reads what Roster.Standing reads of the audit log, without proving anything
// about the roster: code mails go out whether or not a version is published. A guess that
// cannot be proven is breach.ErrUnproven.
func (a *Audit) Past(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error) {
	stmt, err := a.past.prepare(ctx, a.db.read, pastSQL)
	if err != nil {
		return nil, fmt.Errorf("reading past guesses: %w", err)
	}
	past, err := a.db.pastUnder(ctx, stmt, a.keys, tags, 0, purpose)
	if err != nil {
		return nil, fmt.Errorf("reading past guesses: %w", err)
	}
	return past, nil
}

// pastUnder reads the guesses under all tags of an address from the given one on.
func (db *DB) pastUnder(ctx context.Context, stmt *sql.Stmt, keys audit.Prover, tags breach.Tags, from int, purpose otp.Purpose) ([]otp.Past, error) {
	var all []otp.Past
	for i := from; i < tags.Len(); i++ {
		one, err := db.pastOfTag(ctx, stmt, keys, tags.At(i).Tag, purpose)
		if err != nil {
			return nil, err
		}
		all = newestPast(all, one)
	}
	return all, nil
}

// pastOfTag reads the guesses under one tag, unless they are known.
func (db *DB) pastOfTag(ctx context.Context, stmt *sql.Stmt, keys audit.Prover, tag breach.Tag, purpose otp.Purpose) ([]otp.Past, error) {
	of, ok := db.epoch()
	if !ok {
		rows, err := db.readGuesses(ctx, stmt, keys, tag, purpose)
		return pastOf(rows), err
	}
	list, known := db.recent.find(guesser{tag, purpose}, of)
	if known != nil {
		return known, nil
	}
	rows, err := db.readGuesses(ctx, stmt, keys, tag, purpose)
	if err != nil {
		return nil, err
	}
	if now, ok := db.epoch(); ok && now == of {
		db.recent.fill(list, rows)
	}
	return pastOf(rows), nil
}

func (db *DB) readGuesses(ctx context.Context, stmt *sql.Stmt, keys audit.Prover, tag breach.Tag, purpose otp.Purpose) (all []knownGuess, err error) {
	ctx, err = unbroken(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, tag[:], string(purpose))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row logRow
		if err := rows.Scan(&row.seq, &row.encoded, &row.seal); err != nil {
			return nil, errGuess // a column is not what it should be
		}
		one, err := db.provenGuess(ctx, keys, row, tag, purpose)
		if err != nil {
			return nil, err
		}
		all = append(all, knownGuess{row.seq, one})
	}
	return all, rows.Err()
}

// newestPast unites guesses under two tags of one address: the newest that decide, newest
// first.
func newestPast(a, b []otp.Past) []otp.Past {
	if len(a) == 0 {
		return b
	}
	all := make([]otp.Past, 0, len(a)+len(b))
	var n ofEach
	for len(a)+len(b) > 0 { // each keeps its own order, which is that of the rows
		var one otp.Past
		if len(a) == 0 || len(b) > 0 && b[0].At.After(a[0].At) {
			one, b = b[0], b[1:]
		} else {
			one, a = a[0], a[1:]
		}
		if n.take(one) {
			all = append(all, one)
		}
	}
	return all
}
