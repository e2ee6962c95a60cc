package reset

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// look compares resets with what the shop holds and does what follows. With spare nobody
// is barred. It returns whose sessions have to be ended.
func (e *Enforcer) look(ctx context.Context, all []Listed, spare bool) ([]string, error) {
	resets := make([]breach.Reset, 0, len(all))
	ids := make([]string, 0, len(all))
	for _, r := range all {
		if !e.sweeping[r.MemberID] {
			resets, ids = append(resets, r.Reset), append(ids, r.MemberID)
		}
	}
	held, err := e.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	var moved, bar []seen
	for i, r := range resets {
		s := seen{r, held[i]}
		switch {
		case s.moved():
			moved = append(moved, s)
		case r.Barred.IsZero():
			bar = append(bar, s)
		}
	}
	if err := e.observe(ctx, moved); err != nil || spare {
		return nil, err
	}
	if bar, err = e.firstSeen(ctx, bar); err != nil {
		return nil, err
	}
	return e.bar(ctx, bar)
}

// firstSeen notes the passwords that no plan has seen, before they are worthless: whatever
// their owners set from then on is a new one. Who has another by now is looked at again.
func (e *Enforcer) firstSeen(ctx context.Context, all []seen) ([]seen, error) {
	var ids []string
	prints := map[string][]byte{}
	for _, s := range all {
		if s.open() && s.Fingerprint == nil {
			ids, prints[s.MemberID] = append(ids, s.MemberID), s.held.Fingerprint
		}
	}
	if len(ids) == 0 {
		return all, nil
	}
	changed, err := e.c.Resets.Change(ctx, e.entry(audit.ResetPlan), ids, func(r breach.Reset) (breach.Reset, error) {
		return r.Seen(prints[r.MemberID]), nil
	})
	if err != nil {
		return nil, fmt.Errorf("noting passwords before they are made worthless: %w", err)
	}
	moved := map[string]bool{}
	for _, r := range changed {
		moved[r.MemberID] = !breach.SamePassword(r.Fingerprint, prints[r.MemberID])
	}
	return slices.DeleteFunc(all, func(s seen) bool { return moved[s.MemberID] }), nil
}

func (e *Enforcer) read(ctx context.Context, ids []string) ([]Held, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	held, err := read(ctx, e.c.Connector, ids)
	if err == nil {
		e.count(func(p *Progress) { p.LastRead = e.c.Now() })
	}
	return held, err
}

// seen is a reset and what the shop held of its member when it was looked at.
type seen struct {
	breach.Reset
	held Held
}

// open tells whether a password opens this account.
func (s seen) open() bool { return s.held.Found && !s.held.Blank }

// moved tells whether the shop holds another password than the one that is (to be) barred.
// Of an account that nobody can log in to it is noted once they can.
func (s seen) moved() bool {
	switch {
	case !s.open() || !s.held.Live || s.held.Rehashed && s.Barred.IsZero(): // over a blank password nobody rehashes
		return false
	case s.Barred.IsZero() && s.Fingerprint == nil: // the first look is at the old one
		return false
	}
	return !breach.SamePassword(s.Fingerprint, s.held.Fingerprint)
}

// observe notes passwords that were changed, with the audit action of what that makes.
func (e *Enforcer) observe(ctx context.Context, all []seen) error {
	now := e.c.Now()
	byState := map[breach.ResetState]map[string][]byte{}
	ids := map[breach.ResetState][]string{}
	for _, s := range all {
		to := s.Observe(s.held.Fingerprint, now).State
		if byState[to] == nil {
			byState[to] = map[string][]byte{}
		}
		byState[to][s.MemberID] = s.held.Fingerprint
		ids[to] = append(ids[to], s.MemberID)
	}
	for to, prints := range byState {
		action := audit.ResetUnverified
		if to == breach.ResetCompleted {
			action = audit.ResetComplete
		}
		changed, err := e.c.Resets.Change(ctx, e.entry(action), ids[to], func(r breach.Reset) (breach.Reset, error) {
			if next := r.Observe(prints[r.MemberID], now); next.State == to {
				return next, nil
			}
			return r, nil // it went on meanwhile, and is looked at again
		})
		if err != nil {
			return fmt.Errorf("noting changed passwords: %w", err)
		}
		e.noted(changed, to)
	}
	return nil
}

func (e *Enforcer) noted(all []breach.Reset, to breach.ResetState) {
	for _, r := range all {
		if r.State != to {
			continue
		}
		e.count(func(p *Progress) {
			if to == breach.ResetCompleted {
				p.Completed++
			} else {
				p.Unverified++
			}
		})
	}
}

func (e *Enforcer) entry(action audit.Action) audit.Entry {
	return audit.Entry{At: e.c.Now(), Actor: audit.Actor{Kind: audit.System}, Action: action, Outcome: audit.Done, Detail: "connector"}
}

// bar makes passwords worthless, unless a hold comes between. One member with whom that
// fails keeps nobody else.
func (e *Enforcer) bar(ctx context.Context, all []seen) (done []string, trouble error) {
	gone := 0
	defer func() { e.count(func(p *Progress) { p.Gone += gone }) }()
	for i, s := range all {
		if i%heldEvery == 0 {
			if held, err := e.c.Held(ctx); err != nil || held {
				return done, errors.Join(err, heldError(held))
			}
		}
		begun, err := e.blank(ctx, s)
		if trouble = first(trouble, err); passing(ctx, err) {
			return done, trouble
		}
		if !begun {
			continue
		}
		if done = append(done, s.MemberID); !s.held.Found || !s.held.Live {
			gone++
		}
	}
	return done, trouble
}

// passing tells whether nothing else needs to be tried now.
func passing(ctx context.Context, err error) bool {
	return errors.Is(err, ErrShopUnavailable) || errors.Is(err, ErrHeld) || ctx.Err() != nil
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// blank makes one password worthless, unless something happened since it was looked at:
// then it is looked at again.
func (e *Enforcer) blank(ctx context.Context, s seen) (begun bool, err error) {
	if !s.open() {
		return true, nil
	}
	now, err := e.c.Resets.Get(ctx, s.MemberID)
	if err != nil {
		return false, fmt.Errorf("reading whom to bar: %w", err)
	}
	if !now.State.Barred() || !now.Barred.IsZero() {
		return false, nil
	}
	err = e.c.Connector.Blank(ctx, s.MemberID, s.held.Fingerprint)
	switch {
	case errors.Is(err, ErrPasswordMoved):
		return !s.held.Live, nil // the next round sees what there is; who is not live does not get in
	case err != nil:
		return false, fmt.Errorf("making a password worthless: %w", err)
	}
	return true, nil
}
