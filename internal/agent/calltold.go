package agent

import (
	"context"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/lookup"
	"exposure/internal/wording"
)

// Told tells again what a caller has proven to be theirs. It is read afresh and audited each
// time, until the time of the proof is over.
//
// Errors: those of Get, ErrNotProven, and those of Journey.
func (c *Calls) Told(ctx context.Context, who Agent, id string) (Told, error) {
	at, sub, err := c.readProven(ctx, who, id)
	if err != nil {
		return Told{}, err
	}
	if at.Training {
		return c.practised(at), nil
	}
	r, err := c.c.Journey.TellPhone(ctx, at.desk(who), sub)
	if errors.Is(err, lookup.ErrUnauthenticated) { // proven before the version's key, or a letter that was replaced
		return Told{}, ErrNotProven
	}
	if err != nil {
		return Told{}, err
	}
	return c.told(at, r), nil
}

// Extend gives the proof ten more minutes, twice at most.
//
// Errors: those of Get, ErrNotProven, ErrExtended, lookup.ErrCouldNotCheck.
func (c *Calls) Extend(ctx context.Context, who Agent, id string) (Call, error) {
	at, sub, err := c.readProven(ctx, who, id)
	if err != nil {
		return Call{}, err
	}
	if at.Extended >= Extensions {
		return Call{}, ErrExtended
	}
	if err := c.step(ctx, who, at, audit.CallExtend, sub.Tags, ""); err != nil {
		return Call{}, err
	}
	return c.changed(c.change(ctx, at, func(st *state) error {
		switch {
		case !st.proven(c.c.Now()) || !st.Proven.Equal(at.Proven):
			return ErrNotProven
		case st.Extended >= Extensions:
			return ErrExtended
		}
		st.Extended++
		return nil
	}))
}

// CheckNumber tells whether the check number that a caller reads from a mail or a letter is
// one that they were ever told.
//
// Errors: those of Get, ErrNotProven, lookup.ErrMalformedCode (it has not the form of one, so
// that it says nothing about the mail), lookup.ErrCouldNotCheck.
func (c *Calls) CheckNumber(ctx context.Context, who Agent, id, number string) (bool, error) {
	at, sub, err := c.readProven(ctx, who, id)
	if err != nil {
		return false, err
	}
	n, ok := wording.ParseCheckNumber(number)
	if !ok {
		return false, fmt.Errorf("%w: a check number is a word and four digits", lookup.ErrMalformedCode)
	}
	if at.Training {
		return n == practiceNumber(), nil
	}
	known, detail := c.c.Keys.KnowsCheckNumber(sub.Check, n), "another number"
	if known {
		detail = "the same number"
	}
	if err := c.step(ctx, who, at, audit.CallNumber, sub.Tags, detail); err != nil {
		return false, err
	}
	return known, nil
}

// readProven reads a call whose caller has proven something, and whose time is not over.
func (c *Calls) readProven(ctx context.Context, who Agent, id string) (placed, lookup.Subject, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return placed{}, lookup.Subject{}, err
	}
	if !at.proven(at.now) {
		return placed{}, lookup.Subject{}, ErrNotProven
	}
	sub, err := at.subject()
	if err != nil {
		return placed{}, lookup.Subject{}, fmt.Errorf("reading a proof: %w: %w", ErrNotProven, err)
	}
	return at, sub, nil
}
