package main

import (
	"errors"
	"fmt"

	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// letterTags are the names of the number that was given.
func (c explainCmd) letterTags(keys *vault.Server) (breach.Tags, error) {
	n, err := breach.ParseLetterNumber(c.Letter)
	if err != nil {
		return breach.Tags{}, usagef("--letter: %v", err)
	}
	return keys.LetterTags(n.Reveal()), nil
}

// ofLetter opens what the published version keeps of whose letter a number is: nobody's
// when it was never drawn, was replaced or closed, or its person is not in that version.
func (c explainCmd) ofLetter(p *program, versions *sqlstore.Roster, letters *sqlstore.Letters, tags breach.Tags) ([]roster.Explanation, int64, error) {
	operator, err := p.operator()
	if err != nil {
		return nil, 0, err
	}
	version, holder, err := letters.Holder(p.ctx, tags)
	if errors.Is(err, breach.ErrNoLetter) {
		published, err := versions.Published(p.ctx)
		return nil, published.ID, err
	}
	if err != nil {
		return nil, 0, fmt.Errorf("looking for whose letter it is: %w", err)
	}
	found, err := ofPersons(p, operator, versions, version.ID, holder.Answer.Persons)
	return found, version.ID, err
}
