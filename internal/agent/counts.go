package agent

import (
	"context"
	"slices"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/otp"
)

const (
	// callLives is how long a call is open at most, and callIdles how long without
	// anything being done in it: the lives of its session.
	callLives = 60 * time.Minute
	callIdles = 15 * time.Minute
)

// Counts counts what was done at the desk on the day, in the incident's zone, that a time
// lies in, and what waits for the shop now. Nothing in it is about a person.
//
// Errors: ErrMustChange, ErrRole, lookup.ErrCouldNotCheck.
func (t *Tickets) Counts(ctx context.Context, who Agent, day time.Time) (Counts, error) {
	switch {
	case who.MustChange:
		return Counts{}, ErrMustChange
	case who.Role != RoleSupervisor:
		return Counts{}, ErrRole
	}
	return t.Day(ctx, day)
}

// Day is Counts for the program itself, which shows them to nobody without a role.
func (t *Tickets) Day(ctx context.Context, day time.Time) (Counts, error) {
	from, to := t.span(day)
	tally := newTally(from)
	if err := t.c.Log.Desk(ctx, from, to, tally.add); err != nil {
		return Counts{}, doubted("counting a day", err)
	}
	waiting, err := t.c.Store.Waiting(ctx)
	if err != nil {
		return Counts{}, doubted("counting what waits", err)
	}
	c := tally.counts(t.c.Now())
	c.LettersWaiting, c.TicketsWaiting, c.Oldest = waiting.Letters, waiting.Tickets, waiting.Oldest
	return c, nil
}

// span is the day that a time lies in.
func (t *Tickets) span(day time.Time) (from, to time.Time) {
	y, m, d := day.In(t.c.Incident.Zone).Date()
	from = time.Date(y, m, d, 0, 0, 0, 0, t.c.Incident.Zone)
	return from, from.AddDate(0, 0, 1)
}

// tally counts rows of the audit log.
type tally struct {
	c       Counts
	efforts map[string]*Effort
	open    map[string]*openCall // by actor
}

type openCall struct{ opened, last time.Time }

func newTally(day time.Time) *tally {
	c := Counts{Day: day, Calls: map[Reason]int{}, Outcomes: map[Outcome]int{}, Agents: map[string]Effort{}}
	return &tally{c, map[string]*Effort{}, map[string]*openCall{}}
}

// add counts a row. Rows of training calls, and what is none of the desk's, count nowhere.
func (t *tally) add(e audit.Entry) error {
	switch {
	case e.Action == audit.CanaryTouched:
		t.c.Canaries++
	case e.Action == audit.AgentSignIn: // whoever is named: accounts that there are not, too
		if e.Outcome == audit.Refused {
			t.c.SignInsRefused++
		}
	case e.Actor.Kind != audit.Agent || e.Detail == training:
	case e.Action == audit.CallForeign:
		t.c.Foreign++
	default:
		t.inCall(e)
	}
	return nil
}

// inCall counts what was done in a call.
func (t *tally) inCall(e audit.Entry) {
	name, _, _ := strings.Cut(e.Actor.ID, "/")
	if c := t.open[e.Actor.ID]; c != nil {
		c.last = e.At
	}
	refused := e.Outcome == audit.Refused
	switch e.Action {
	case audit.CallOpen:
		t.open[e.Actor.ID] = &openCall{e.At, e.At}
		t.effort(name).Calls++
		if r := Reason(e.Detail); slices.Contains(Reasons(), r) {
			t.c.Calls[r]++
		}
	case audit.CallEnd:
		delete(t.open, e.Actor.ID)
		if o := Outcome(e.Detail); slices.Contains(Outcomes(), o) {
			t.c.Outcomes[o]++
		}
	case audit.CallCode:
		if !refused {
			t.c.CodesSent++
			t.effort(name).CodesSent++
		}
	case audit.Disclosure: // refused: a code that was not accepted, and not even compared
		if refused && e.Purpose == string(otp.Phone) {
			t.c.CodesRefused++
			t.effort(name).CodesRefused++
		}
	case audit.Guess:
		if refused {
			t.c.CodesRefused++
			t.effort(name).CodesRefused++
			return
		}
		t.c.Proven++
		t.effort(name).Proven++
	case audit.CallLetter:
		if refused {
			t.c.LettersRefused++
			return
		}
		t.c.LettersProven++
		t.effort(name).Proven++
	}
}

func (t *tally) effort(name string) *Effort {
	if t.efforts[name] == nil {
		t.efforts[name] = &Effort{}
	}
	return t.efforts[name]
}

// counts are those of all rows. A call is open while nothing says that it ended, it is
// younger than calls get, and something was done in it lately.
func (t *tally) counts(now time.Time) Counts {
	for name, e := range t.efforts {
		t.c.Agents[name] = *e
	}
	for _, c := range t.open {
		if now.Sub(c.opened) < callLives && now.Sub(c.last) < callIdles {
			t.c.Open++
		}
	}
	return t.c
}
