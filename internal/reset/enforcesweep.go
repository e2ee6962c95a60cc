package reset

import (
	"context"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// sweep ends sessions for the first time, of all at once: a shop looks through every session
// it has for that, however many members there are.
func (e *Enforcer) sweep(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := e.c.Connector.EndSessions(ctx, ids); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	for _, id := range ids {
		e.sweeping[id] = true
	}
	e.waiting = append(e.waiting, swept{ids, e.c.Now()})
	e.count(func(p *Progress) { p.Sweeping = len(e.sweeping) })
	return nil
}

// due are all whose second sweep is due, and how many of those who wait in turn they are.
func (e *Enforcer) due() (ids []string, n int) {
	for _, w := range e.waiting {
		if passed := e.c.Now().Sub(w.at); passed >= 0 && passed < e.c.Sweep {
			break
		}
		ids = append(ids, w.ids...)
		n++
	}
	return ids, n
}

// sweepAgain ends sessions for the second time where it is time, and notes who is barred.
// Whoever has a password again by then is not: the next look finds out what that means.
func (e *Enforcer) sweepAgain(ctx context.Context) error {
	ids, n := e.due()
	if n == 0 {
		return nil
	}
	if err := e.c.Connector.EndSessions(ctx, ids); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	for part := range slices.Chunk(ids, atOnce) {
		held, err := e.read(ctx, part)
		if err != nil {
			return err
		}
		var shut []string
		for _, h := range held {
			if !(seen{held: h}).open() || !h.Live {
				shut = append(shut, h.MemberID)
			}
		}
		if err := e.barred(ctx, shut); err != nil {
			return err
		}
	}
	e.waiting = e.waiting[n:]
	for _, id := range ids {
		delete(e.sweeping, id)
	}
	e.count(func(p *Progress) { p.Sweeping = len(e.sweeping) })
	return nil
}

func (e *Enforcer) barred(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	now, new := e.c.Now(), map[string]bool{}
	_, err := e.c.Resets.Change(ctx, e.entry(audit.ResetBar), ids, func(r breach.Reset) (breach.Reset, error) {
		if !r.State.Barred() || !r.Barred.IsZero() {
			return r, nil
		}
		new[r.MemberID] = true
		return r.Bar(now)
	})
	if err != nil {
		return fmt.Errorf("noting who is barred: %w", err)
	}
	e.count(func(p *Progress) { p.Barred += len(new) })
	return nil
}
