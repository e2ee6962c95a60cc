package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// What is read about a letter number: the newest entry about its tag (?2), the row that has
// it with the newest entry about that, and its person in the published version, p.version.
// One row in any case, whatever there is.
const (
	letterFrom = ` LEFT JOIN audit_entries AS n ON n.seq = (SELECT max(seq) FROM audit_entries WHERE purpose = 'member' AND tag = ?2)
	LEFT JOIN letters AS l ON l.tag = ?2
	LEFT JOIN audit_entries AS a ON a.seq = (SELECT max(seq) FROM audit_entries WHERE purpose = 'member' AND tag = l.handle)
	LEFT JOIN roster_handles AS h ON h.version = p.version AND h.handle = l.person
	LEFT JOIN roster_persons AS q ON q.version = p.version AND q.person = h.person`
	letterPublished = ` FROM publications AS p LEFT JOIN roster_versions AS v ON v.id = p.version` + letterFrom +
		` WHERE p.seq = (SELECT max(seq) FROM publications)`
	letterBare = ` FROM (SELECT ?1 AS version) AS p` + letterFrom
)

var letterSelected = `n.seq, n.encoded, n.seal, ` + witnessColumns + `, ` + prefixed("l", letterColumns) +
	`, q.person, q.handle, q.kind, q.reach, q.member_id_sealed, q.answer, q.evidence, q.older, q.mac`

// letterFound is what one statement found about a tag.
type letterFound struct {
	tag    breach.Tag
	number witness // about the tag
	about  witness // about the row
	row    letterRow
	person personRow
}

func (f *letterFound) targets() []any {
	all := append(f.number.targets(), f.about.targets()...)
	return append(append(all, f.row.targets()...), f.person.optional()...)
}

// optional are targets of a person who may not be there: then the reference stays zero.
func (p *personRow) optional() []any {
	return []any{optional{&p.ref}, optional{p.handle[:]}, optional{&p.kind}, optional{p.reach[:]}, optional{&p.memberID}, optional{&p.answer},
		optional{&p.evidence}, optional{&p.older}, optional{p.mac[:]}}
}

// Holder says whose letter a number is, as the published version knows them. tags are the
// number's under every letter key. breach.ErrNoLetter when it is proven to be nobody's: it
// was never drawn, or was replaced or closed, or its person is not in the version any more.
// Every doubt, and every failure to read, wraps breach.ErrUnproven. The same statements run
// whatever the number is, but for one that counts whose person is not in the version: the
// first time, the whole version is read to prove that. Only whoever holds the letter meets it.
func (l *Letters) Holder(ctx context.Context, tags breach.Tags) (breach.Version, breach.LetterHolder, error) {
	if err := l.trusted(); err != nil {
		return breach.Version{}, breach.LetterHolder{}, err
	}
	var held *letterFound
	var of *guard
	for i := range tags.Len() {
		found, g, err := l.look(ctx, tags.At(i).Tag)
		if err != nil {
			return breach.Version{}, breach.LetterHolder{}, err
		}
		lives, err := l.lives(found)
		if err != nil {
			return breach.Version{}, breach.LetterHolder{}, err
		}
		if lives && held == nil {
			held, of = found, g
		}
	}
	if held == nil {
		return breach.Version{}, breach.LetterHolder{}, breach.ErrNoLetter
	}
	holder, err := l.holder(ctx, &of.version, held)
	if err != nil {
		return breach.Version{}, breach.LetterHolder{}, err
	}
	return of.version.public(), holder, nil
}

// look reads what there is about a tag, in one snapshot with the proof that the published
// version could answer.
func (l *Letters) look(ctx context.Context, tag breach.Tag) (*letterFound, *guard, error) {
	var found *letterFound
	asked := func(*guard) ([]any, error) { return []any{tag[:]}, nil }
	g, err := l.roster.read(ctx, question{stmtLetter, stmtLetterRow}, asked, func(rows *sql.Rows, guard ...any) error {
		found = &letterFound{tag: tag}
		return rows.Scan(append(guard, found.targets()...)...)
	})
	return found, g, err
}

// lives tells whether the number counts, once everything is proven that says so, or that
// it does not.
func (l *Letters) lives(f *letterFound) (bool, error) {
	if f.row.handle == (breach.Handle{}) {
		return false, l.gone(f)
	}
	if err := l.prove(&f.row, f.about); err != nil {
		return false, err
	}
	if err := f.row.sane(); err != nil {
		return false, err
	}
	e, err := l.entry(breach.Handle(f.tag), f.number)
	if err != nil {
		return false, err
	}
	if f.row.tag != f.tag || e.Action != audit.LetterIssue || e.Detail == moved {
		return false, fmt.Errorf("%w: the number of a letter", ErrAltered)
	}
	return f.row.state == letterLive, nil
}

// gone proves that a number without a row was never drawn, or was replaced.
func (l *Letters) gone(f *letterFound) error {
	if f.number.seq == 0 {
		return nil
	}
	e, err := l.entry(breach.Handle(f.tag), f.number)
	if err == nil && e.Detail != moved {
		err = fmt.Errorf("%w: the row of a letter is missing", ErrAltered)
	}
	return err
}

// holder is the person of a proven row, in a proven version.
func (l *Letters) holder(ctx context.Context, v *versionRow, f *letterFound) (breach.LetterHolder, error) {
	p := &f.person
	if p.ref == 0 {
		err := l.proveAbsent(ctx, v, f.row.person)
		if errors.Is(err, ErrUnknownPerson) {
			err = breach.ErrNoLetter
		}
		return breach.LetterHolder{}, err
	}
	if p.mac != p.authenticate(v.key, v.ID, v.salt[:]) || !p.is(f.row.person) {
		return breach.LetterHolder{}, fmt.Errorf("%w: the person of a letter", ErrAltered)
	}
	stored, err := p.stored()
	if err != nil {
		return breach.LetterHolder{}, err
	}
	check, err := breach.ParseTags(f.row.check)
	if err != nil {
		return breach.LetterHolder{}, fmt.Errorf("%w: a letter's check number", ErrAltered)
	}
	return breach.LetterHolder{Answer: breach.Answer{Persons: []breach.Person{stored.Person}}, Check: check}, nil
}

// personIn is a proven person of a version by a handle they have or had; ErrUnknownPerson
// when the version is proven to hold nobody with it.
func (l *Letters) personIn(ctx context.Context, version int64, handle breach.Handle) (*personRow, error) {
	v, err := l.roster.load(ctx, l.db.read, version)
	if err != nil {
		return nil, unread(err)
	}
	p := &personRow{}
	err = l.db.read.QueryRowContext(ctx, personByHandle, version, handle[:]).Scan(p.targets()...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, l.proveAbsent(ctx, v, handle)
	case err != nil:
		return nil, unread(err)
	case p.mac != p.authenticate(v.key, v.ID, v.salt[:]) || !p.is(handle):
		return nil, fmt.Errorf("%w: a person", ErrAltered)
	}
	return p, nil
}

// proveAbsent is ErrUnknownPerson once a version is proven to hold nobody with a handle: the
// whole version is read for that, once, because versions do not change.
func (l *Letters) proveAbsent(ctx context.Context, v *versionRow, handle breach.Handle) error {
	who := absentee{v.ID, handle}
	if _, known := l.absentees.Load(who); known {
		return ErrUnknownPerson
	}
	if err := l.roster.proveNobody(ctx, v, handle); err != nil {
		return err
	}
	l.absentees.Store(who, true)
	return ErrUnknownPerson
}
