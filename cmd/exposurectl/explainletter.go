package main

import (
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// ofLetter opens what the published version keeps of whose letter a number is: nobody's
// when it was never drawn, was replaced or closed, or its person is not in that version.
// The entry says that, by the newest tag of the number.
func (c explainCmd) ofLetter(p *program, versions *sqlstore.Roster, letters *sqlstore.Letters, keys *vault.Server, entry *audit.Entry) ([]roster.Explanation, error) {
	n, err := breach.ParseLetterNumber(c.Letter)
	if err != nil {
		return nil, usagef("--letter: %v", err)
	}
	tags := keys.LetterTags(n.Reveal())
	tag := tags.Newest()
	entry.Tag, entry.Purpose, entry.Detail = &tag, audit.Letter, "of a letter"
	operator, err := p.operator()
	if err != nil {
		return nil, err
	}
	version, holder, err := letters.Holder(p.ctx, tags)
	entry.Version = version.ID
	if errors.Is(err, breach.ErrNoLetter) {
		published, err := versions.Published(p.ctx)
		entry.Version = published.ID
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("looking for whose letter it is: %w", err)
	}
	return ofPersons(p, operator, versions, version.ID, holder.Answer.Persons)
}
