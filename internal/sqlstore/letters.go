package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

var (
	// ErrLetterTaken: a number that was drawn is another person's already, or is drawn
	// twice: draw again.
	ErrLetterTaken = errors.New("a letter number is taken: draw again")
	// ErrTooManyLetters: more at once than one transaction takes.
	ErrTooManyLetters = fmt.Errorf("at most %d letter numbers at once", maxChange)
)

// LetterKeys is what letter numbers need of the server's key file.
type LetterKeys interface {
	ResetKeys
	LetterTags(digits string) breach.Tags
}

// Letters keeps whose letter has which number: of the number only its tag. Every person has
// one number that counts at most. Rows are proven before they are told, and every change is
// written with its audit entry. Safe for concurrent use, by several processes as well.
type Letters struct {
	logDoubt
	bindings
	db     *DB
	roster *Roster
	keys   LetterKeys

	absentees sync.Map // of absentee: proven once
}

// Letters returns the letter numbers of the database under these keys, for the incident
// whose file has this digest.
func (db *DB) Letters(keys LetterKeys, incidentDigest [32]byte) *Letters {
	return &Letters{bindings: bindings{keys}, db: db, roster: db.Roster(keys, incidentDigest), keys: keys}
}

// LetterIssue is a number that was drawn for a person.
type LetterIssue = breach.LetterIssue

// Issue keeps numbers that were drawn for people of a version, all of them or none, each
// with its audit row; a number that a person had before is worth nothing from then on. At
// most a thousand at once (ErrTooManyLetters). ErrUnknownPerson when the version is proven
// not to hold somebody, ErrLetterTaken when a number is somebody's already.
func (l *Letters) Issue(ctx context.Context, version int64, issues []LetterIssue, entry audit.Entry) error {
	if len(issues) > maxChange {
		return ErrTooManyLetters
	}
	entry.Version = version
	issues, names := slices.Clone(issues), make([][]breach.Handle, len(issues))
	for i, is := range issues {
		if is.Number == (breach.LetterNumber{}) || is.Check.Len() == 0 {
			return errors.New("a letter needs a number and what its check number is made of")
		}
		p, err := l.personIn(ctx, version, is.Person)
		if err != nil {
			return fmt.Errorf("issuing letter numbers: %w", err)
		}
		names[i] = p.names()
		issues[i].Person = p.handle
	}
	err := l.change(ctx, l.db, entry, func(w *memberWriter) error {
		for i, is := range issues {
			if err := l.issue(w, version, is, names[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("issuing letter numbers: %w", err)
	}
	return nil
}

// letterByHandle reads a person's letter.
var letterByHandle = byHandle("letters", prefixed("r", letterColumns))

func (l *Letters) issue(w *memberWriter, version int64, is LetterIssue, names []breach.Handle) error {
	tags := l.keys.LetterTags(is.Number.Reveal())
	if err := l.free(w, tags); err != nil {
		return err
	}
	next := letterRow{
		person: is.Person, tag: tags.Newest(), letterKey: tags.At(0).Key, check: is.Check.Bytes(), state: letterLive,
		issued: w.entry.At.UnixMilli(), version: version,
	}
	next.handle, next.keyCheck = l.keys.PersonHandles(letterName(is.Person))[0], l.keys.RosterKeys()[0].Check
	for _, name := range names { // also what the person had under older keys
		row, found, err := l.letterOf(w, name)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := w.leave(breach.Handle(row.tag)); err != nil {
			return err
		}
		if err := w.rename(true, "letters", row.handle, next.handle); err != nil {
			return err
		}
	}
	if err := w.bind(&next, letterLive); err != nil {
		return err
	}
	if err := w.say(breach.Handle(next.tag), [16]byte{}, letterDrawn); err != nil {
		return err
	}
	return l.put(w, &next)
}

// free proves that a number was never drawn before, under any key.
func (l *Letters) free(w *memberWriter, tags breach.Tags) error {
	const find = `SELECT (SELECT count(*) FROM letters WHERE tag = ?1) + (SELECT count(*) FROM audit_entries WHERE purpose = 'member' AND tag = ?1)`
	for i := range tags.Len() {
		tag, n := tags.At(i).Tag, 0
		if err := w.tx.QueryRowContext(w.ctx, find, tag[:]).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrLetterTaken
		}
	}
	return nil
}

// letterOf finds a person's letter as it is now.
func (l *Letters) letterOf(w *memberWriter, person breach.Handle) (row letterRow, found bool, err error) {
	stmt, err := w.prepare(&w.byHandle, letterByHandle)
	if err != nil {
		return row, false, err
	}
	found, err = w.find(w.ctx, stmt, letterName(person), &row)
	return row, found, err
}

func (l *Letters) put(w *memberWriter, row *letterRow) error {
	const insert = `INSERT OR REPLACE INTO letters (` + letterColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	stmt, err := w.prepare(&w.insert, insert)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(w.ctx, row.values()...)
	return err
}

// Close ends what a person's letter number is good for. breach.ErrNoLetter when the person
// never had one; one that is closed stays so.
func (l *Letters) Close(ctx context.Context, person breach.Handle, entry audit.Entry) error {
	err := l.change(ctx, l.db, entry, func(w *memberWriter) error {
		row, found, err := l.letterOf(w, person)
		switch {
		case err != nil:
			return err
		case !found:
			return breach.ErrNoLetter
		case row.state == letterClosed:
			return nil
		}
		row.state = letterClosed
		if err := w.bind(&row, letterClosed); err != nil {
			return err
		}
		return l.put(w, &row)
	})
	if err != nil {
		return fmt.Errorf("closing a letter: %w", err)
	}
	return nil
}

var lettersBegin = rowsOf("letters", prefixed("h", letterColumns))

// Live are the people of a version who have a letter number that counts, by their handles
// in it. Each row is proven; that one is missing is what Resets.Check sees.
func (l *Letters) Live(ctx context.Context, version int64) (map[breach.Handle]bool, error) {
	rows, err := l.db.read.QueryContext(ctx, lettersBegin)
	if err != nil {
		return nil, unread(err)
	}
	var people []breach.Handle
	err = eachBound(l.bindings, rows, func(row *letterRow) error {
		if row.state == letterLive {
			people = append(people, row.person)
		}
		return row.sane()
	})
	if err != nil {
		return nil, err
	}
	live := make(map[breach.Handle]bool, len(people))
	for _, person := range people {
		p, err := l.personIn(ctx, version, person)
		if errors.Is(err, ErrUnknownPerson) {
			continue
		}
		if err != nil {
			return nil, err
		}
		live[p.handle] = true
	}
	return live, nil
}

// Needs counts the numbers that count and are only known by the letter key of this id.
func (l *Letters) Needs(ctx context.Context, id string) (n int, err error) {
	if err := l.db.read.QueryRowContext(ctx, `SELECT count(*) FROM letters WHERE letter_key = ? AND state = ?`, id, letterLive).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting letter numbers under a key: %w", err)
	}
	return n, nil
}
