package reset

import (
	"context"
	"errors"
	"fmt"
)

// begin takes up who was ordered, or changed otherwise, since it last looked.
func (e *Enforcer) begin(ctx context.Context) error {
	var barred []string
	after := e.fresh
	trouble := e.batches(ctx, &after, &barred)
	err := e.sweep(ctx, barred)
	if !passing(ctx, err) { // else it is begun again: what is worthless already takes no time
		e.fresh = after
	}
	return first(trouble, err)
}

// batches makes the passwords of those worthless who changed after a number, and moves that
// on. What failed otherwise than for now is left to the rounds.
func (e *Enforcer) batches(ctx context.Context, after *int64, barred *[]string) (trouble error) {
	for range perTurn {
		if len(e.sweeping)+len(*barred) >= inFlight {
			return trouble
		}
		if held, err := e.c.Held(ctx); err != nil || held {
			return first(trouble, errors.Join(err, heldError(held)))
		}
		changed, err := e.list(ctx, *after)
		if err != nil || len(changed) == 0 {
			return first(trouble, err)
		}
		done, err := e.look(ctx, changed, false)
		*barred = append(*barred, done...)
		if trouble = first(trouble, err); passing(ctx, err) {
			return trouble
		}
		*after = changed[len(changed)-1].Change
	}
	return trouble
}

// left is how many are ordered and not barred.
func (e *Enforcer) left(ctx context.Context) (n int, err error) {
	for after := int64(0); ; {
		all, err := e.list(ctx, after)
		if err != nil || len(all) == 0 {
			return n, err
		}
		for _, r := range all {
			if after = r.Change; r.Barred.IsZero() {
				n++
			}
		}
	}
}

func heldError(held bool) error {
	if held {
		return ErrHeld
	}
	return nil
}

// poll looks at everybody who is barred, a part in each turn.
func (e *Enforcer) poll(ctx context.Context) error {
	if now := e.c.Now(); e.polled == 0 {
		if since := now.Sub(e.round); since >= 0 && since < pollPace {
			return nil
		}
		e.round = now
	}
	var barred []string
	trouble := e.part(ctx, &barred)
	return first(trouble, e.sweep(ctx, barred)) // who is not swept is found in the next round
}

func (e *Enforcer) part(ctx context.Context, barred *[]string) (trouble error) {
	for range perTurn {
		held, err := e.c.Held(ctx)
		if err != nil {
			return err
		}
		changed, err := e.list(ctx, e.polled)
		if err != nil {
			return err
		}
		if len(changed) == 0 {
			e.polled = 0
			return trouble
		}
		done, err := e.look(ctx, changed, held || len(e.sweeping)+len(*barred) >= inFlight)
		*barred = append(*barred, done...)
		if trouble = first(trouble, err); passing(ctx, err) {
			return trouble
		}
		e.polled = changed[len(changed)-1].Change
	}
	return trouble
}

func (e *Enforcer) list(ctx context.Context, after int64) ([]Listed, error) {
	all, err := e.c.Resets.List(ctx, Query{States: underway(), After: after, Limit: atOnce})
	if err != nil {
		return nil, fmt.Errorf("reading whom to bar: %w", err)
	}
	return all, nil
}
