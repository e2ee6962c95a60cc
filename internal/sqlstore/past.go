package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	pastOf = `SELECT group_concat(seq || ':' || hex(encoded) || ':' || hex(seal), ' ' ORDER BY seq DESC)
		FROM (SELECT seq, encoded, seal FROM audit_entries WHERE weighs = 1`
)

// errGuess: a row that counts against a budget cannot be proven. Whoever may write the
// database would otherwise lower a budget by it.
var errGuess = fmt.Errorf("%w: a guess in the audit log: %w", breach.ErrUnproven, ErrLogAltered)

// mostPast is the limit in pastOf.
const mostPast = 50

// guesses proves and reads what pastOf wrote about a tag and a purpose:
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
		e, err := db.provenGuess(ctx, keys, seq, encoded, seal)
		if err != nil {
			return nil, err
		}
		if *e.Tag != tag || e.Purpose != string(purpose) {
			return nil, errGuess
		}
		past = append(past, otp.Past{Attempt: e.Attempt, At: e.At, Accepted: e.Outcome == audit.Accepted})
	}
	return past, nil
}

// provenGuess is the entry of a row that weighs.
func (db *DB) provenGuess(ctx context.Context, keys audit.Prover, seq int64, encoded, seal []byte) (audit.Entry, error) {
	if !audit.Sealed(keys, seq, encoded, seal) {
		if err := db.adopted(ctx, keys, seq, encoded, seal); err != nil {
			return audit.Entry{}, err
		}
	}
	e, err := audit.Decode(encoded)
	if err != nil || !e.Weighs() {
		return e, errGuess
	}
	return e, nil
}

// adopted proves a row that is older than sealing, of which there is only the hash: that
// it is so old is sealed, and only heads of the log vouch for what it says.
func (db *DB) adopted(ctx context.Context, keys audit.Prover, seq int64, encoded, seal []byte) error {
	if leaf := audit.Leaf(encoded); !bytes.Equal(seal, leaf[:]) {
		return errGuess
	}
	if seq <= db.adoptedRows.Load() {
		return nil
	}
	var s audit.State
	var size int64
	var peaks, mac []byte
	err := db.read.QueryRowContext(ctx, `SELECT size, adopted, head, peaks, seal FROM audit_tree WHERE id = 1`).Scan(&size, &s.Adopted, &s.Head, &peaks, &mac)
	if err != nil {
		return unread(err)
	}
	if s.Tree, err = audit.ParseTree(size, peaks); err != nil || !s.SealedBy(keys, mac) || seq > s.Adopted {
		return errGuess
	}
	db.adoptedRows.Store(s.Adopted)
	return nil
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
		tag := tags.At(i).Tag
		var text sql.NullString
		if err := stmt.QueryRowContext(ctx, tag[:], string(purpose)).Scan(&text); err != nil {
			return nil, err
		}
		one, err := db.guesses(ctx, keys, text.String, tag, purpose)
		if err != nil {
			return nil, err
		}
		all = newestPast(all, one)
	}
	return all, nil
}

// newestPast unites guesses under two tags of one address: the newest that decide, newest
// first.
func newestPast(a, b []otp.Past) []otp.Past {
	all := make([]otp.Past, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 { // each keeps its own order, which is that of the rows
		if b[0].At.After(a[0].At) {
			all, b = append(all, b[0]), b[1:]
		} else {
			all, a = append(all, a[0]), a[1:]
		}
	}
	all = slices.Concat(all, a, b)
	return all[:min(len(all), mostPast)]
}
