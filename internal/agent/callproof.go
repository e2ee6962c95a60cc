package agent

import (
	"context"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
	"exposure/internal/wording"
)

// Address takes the address a caller spells. It replaces an earlier one, and what was proven
// is forgotten.
//
// Errors: those of Get, lookup.ErrMalformedAddress, lookup.ErrCouldNotCheck.
func (c *Calls) Address(ctx context.Context, who Agent, id, address string) (Call, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return Call{}, err
	}
	a, err := email.Parse(address)
	if err != nil {
		return Call{}, fmt.Errorf("%w: %w", lookup.ErrMalformedAddress, err)
	}
	if err := c.step(ctx, who, at, audit.CallAddress, c.c.Keys.Tags(a), ""); err != nil {
		return Call{}, err
	}
	return c.changed(c.change(ctx, at, func(st *state) error {
		st.Address, st.Sent = a.Reveal(), false
		st.forget()
		return nil
	}))
}

// SendCode asks for a mail with a phone code to the address of the call. It answers the same
// for every address.
//
// Errors: those of Get, ErrNoAddress, *ratelimit.Exceeded, and those of Journey.
func (c *Calls) SendCode(ctx context.Context, who Agent, id string) (Call, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return Call{}, err
	}
	a, err := at.address()
	if err != nil {
		return Call{}, err
	}
	if !at.Training {
		if _, err := c.c.Limits.Take(ctx, ratelimit.AgentCode, who.Name); err != nil {
			return Call{}, limited(err)
		}
		if err := c.c.Journey.SendPhone(ctx, at.desk(who), a); err != nil {
			return Call{}, err
		}
	}
	return c.changed(c.change(ctx, at, func(st *state) error {
		st.Sent = st.Sent || st.Address == a.Reveal()
		return nil
	}))
}

// Confirm takes the code a caller reads out, and tells for it.
//
// Errors: those of Get, ErrNoAddress, ErrNotProven (another address was taken meanwhile),
// *ratelimit.Exceeded, and those of Journey.
func (c *Calls) Confirm(ctx context.Context, who Agent, id, code string) (Told, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return Told{}, err
	}
	a, err := at.address()
	if err != nil {
		return Told{}, err
	}
	if at.Training {
		return c.practise(ctx, at, code, false)
	}
	loan, err := c.charge(ctx, ratelimit.AgentGuess, who)
	if err != nil {
		return Told{}, err
	}
	var proven placed
	report, failed, err := c.c.Journey.ConfirmPhone(ctx, at.desk(who), a, code, func(ctx context.Context, sub lookup.Subject) (err error) {
		proven, err = c.prove(ctx, at, sub)
		return err
	})
	c.settle(ctx, loan, failed)
	if err != nil {
		return Told{}, err
	}
	return c.told(proven, report), nil
}

// ConfirmLetter takes the number of a letter that a caller reads out, and tells for it. It
// needs no address.
//
// Errors: those of Get, *ratelimit.Exceeded, and those of Journey.
func (c *Calls) ConfirmLetter(ctx context.Context, who Agent, id, number string) (Told, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return Told{}, err
	}
	if at.Training {
		return c.practise(ctx, at, number, true)
	}
	loan, err := c.charge(ctx, ratelimit.AgentLetter, who)
	if err != nil {
		return Told{}, err
	}
	sub, report, failed, err := c.c.Journey.ConfirmLetterByPhone(ctx, at.desk(who), number)
	c.settle(ctx, loan, failed)
	if err != nil {
		return Told{}, err
	}
	proven, err := c.prove(ctx, at, sub)
	if err != nil {
		return Told{}, err
	}
	return c.told(proven, report), nil
}

// prove writes down what was proven. A code proves nothing once another address was taken.
func (c *Calls) prove(ctx context.Context, at placed, sub lookup.Subject) (placed, error) {
	return c.change(ctx, at, func(st *state) error {
		if !sub.Letter && st.Address != sub.Address.Reveal() {
			return ErrNotProven
		}
		st.prove(sub, c.c.Now())
		return nil
	})
}

func (c *Calls) told(p placed, r breach.Report) Told {
	return Told{Call: p.call(), Report: r, Script: wording.Script(c.c.Incident, r)}
}

// step commits the row of a step about somebody before it is answered. A training call is
// about nobody.
func (c *Calls) step(ctx context.Context, who Agent, at placed, a audit.Action, tags breach.Tags, detail string) error {
	if at.Training {
		return nil
	}
	row, tag := c.row(who, at.Number, a, detail), tags.Newest()
	row.Tag = &tag
	return c.record(ctx, row)
}

// charge charges what may turn out to be refused, before it is judged.
func (c *Calls) charge(ctx context.Context, name ratelimit.Name, who Agent) (ratelimit.Loan, error) {
	loan, _, err := c.c.Limits.Borrow(ctx, ratelimit.Counter{Name: name, Key: who.Name})
	return loan, limited(err)
}

// settle keeps the charge of what failed and gives back any other. If that cannot be done
// the agent's allowance is one smaller until its window ends.
func (c *Calls) settle(ctx context.Context, loan ratelimit.Loan, failed bool) {
	if !failed {
		_ = c.c.Limits.Return(ctx, loan)
	}
}

// limited says what an error of a limit means.
func limited(err error) error {
	if err == nil || errors.As(err, new(*ratelimit.Exceeded)) {
		return err
	}
	return fmt.Errorf("checking a limit: %w: %w", ErrUnavailable, err)
}

func (c *Calls) changed(p placed, err error) (Call, error) {
	if err != nil {
		return Call{}, err
	}
	return p.call(), nil
}
