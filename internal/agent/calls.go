package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/lookup"
	"exposure/internal/session"
)

// Journey is the look-up as the desk uses it. What it returns is told only when its audit row
// is committed. SendPhone answers the same for every address.
type Journey interface {
	SendPhone(ctx context.Context, d lookup.Desk, a email.Address) error
	ConfirmPhone(ctx context.Context, d lookup.Desk, a email.Address, code string, keep func(context.Context, lookup.Subject) error) (report breach.Report, failed bool, err error)
	ConfirmLetterByPhone(ctx context.Context, d lookup.Desk, number string) (sub lookup.Subject, report breach.Report, failed bool, err error)
	TellPhone(ctx context.Context, d lookup.Desk, sub lookup.Subject) (breach.Report, error)
}

// CallKeys names addresses, knows check numbers, and keeps what only this program may make.
type CallKeys interface {
	Tags(a email.Address) breach.Tags
	KnowsCheckNumber(of breach.Tags, n breach.CheckNumber) bool
	DeriveSecrets(label string, nonce []byte) [][32]byte
	session.Sealer
}

// Trainees are told that an agent took a training call to its end.
type Trainees interface {
	Trained(ctx context.Context, who Agent) error
}

// CallsConfig is all that calls depend on. Foreign and Now may be missing.
type CallsConfig struct {
	Incident *breach.Incident
	Journey  Journey
	Sessions CallStore
	Recorder Recorder
	Limits   Limits
	Keys     CallKeys
	Trainees Trainees
	Foreign  func() // told when an agent tries the call of another one; it must not wait
	Now      func() time.Time
}

// Calls are the calls agents take, one at a time each. It is safe for concurrent use.
type Calls struct {
	c      CallsConfig
	people []trainee
}

// NewCalls checks that nothing is missing.
func NewCalls(c CallsConfig) (*Calls, error) {
	for name, missing := range map[string]bool{
		"Incident": c.Incident == nil, "Journey": c.Journey == nil, "Sessions": c.Sessions == nil, "Recorder": c.Recorder == nil,
		"Limits": c.Limits == nil, "Keys": c.Keys == nil, "Trainees": c.Trainees == nil,
	} {
		if missing {
			return nil, fmt.Errorf("agent: %s of calls is missing", name)
		}
	}
	if c.Foreign == nil {
		c.Foreign = func() {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Calls{c: c, people: trainees(c.Incident)}, nil
}

// training is the detail of the rows of a training call: all others count.
const training = "training"

// Open takes a call. The call the agent was in ends, as dropped: who takes the next one has
// left the one before.
//
// Errors: ErrMustChange, ErrChoice, ErrUnavailable, lookup.ErrCouldNotCheck.
func (c *Calls) Open(ctx context.Context, who Agent, r Reason, practice bool) (Call, error) {
	if who.MustChange {
		return Call{}, ErrMustChange
	}
	if !slices.Contains(Reasons(), r) {
		return Call{}, fmt.Errorf("%w: the reason of a call", ErrChoice)
	}
	st := state{Reason: r, Training: practice, Opened: c.c.Now()}
	rand.Read(st.Number[:]) // never fails: crypto/rand aborts the program instead
	if practice {
		st.Practice.Caller = pick(len(c.people))
	}
	detail := string(r)
	if practice {
		detail = training
	}
	// From here on it must be recorded even if the agent's browser has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	if err := c.leave(ctx, who, c.row(who, st.Number, audit.CallOpen, detail)); err != nil {
		return Call{}, err
	}
	raw := c.places(who)[0]
	_, ends, err := c.c.Sessions.IssueAs(ctx, raw, st.record())
	if err != nil {
		return Call{}, stored("beginning a call", err)
	}
	return st.call(c.id(who, st.Number), ends, c.c.Now()), nil
}

// leave ends the call an agent is in, and records that with what comes after it.
func (c *Calls) leave(ctx context.Context, who Agent, next audit.Entry) error {
	var rows []audit.Entry
	var ended []ending
	for _, raw := range c.places(who) {
		e, err := c.end(ctx, session.Token(raw), nil)
		switch {
		case errors.Is(err, ErrNoCall):
			continue
		case err != nil:
			return err
		}
		ended, rows = append(ended, e), append(rows, c.row(who, e.last.Number, audit.CallEnd, e.last.detail(OutcomeDropped)))
	}
	return c.recordEnd(ctx, ended, append(rows, next)...)
}

// recordEnd records that calls ended. Without its row no call has: they go on then.
func (c *Calls) recordEnd(ctx context.Context, ended []ending, rows ...audit.Entry) error {
	err := c.record(ctx, rows...)
	for _, e := range ended {
		if err != nil {
			c.resume(ctx, e)
		} else {
			_ = c.c.Sessions.End(ctx, e.token, callAudience) // or it lasts a while, ended
		}
	}
	return err
}

// Get returns a call as it stands.
//
// Errors: ErrMustChange, ErrNoCall, ErrForeignCall, ErrUnavailable.
func (c *Calls) Get(ctx context.Context, who Agent, id string) (Call, error) {
	at, err := c.read(ctx, who, id)
	if err != nil {
		return Call{}, err
	}
	return at.call(), nil
}

// End ends a call. A training call that was taken to a proof makes its agent a trained one.
//
// Errors: those of Get, ErrChoice, lookup.ErrCouldNotCheck, and those of Trainees.
func (c *Calls) End(ctx context.Context, who Agent, id string, o Outcome) error {
	if !slices.Contains(Outcomes(), o) {
		return fmt.Errorf("%w: the outcome of a call", ErrChoice)
	}
	at, err := c.read(ctx, who, id)
	if err != nil {
		return err
	}
	// From here on it must be recorded even if the agent's browser has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	e, err := c.end(ctx, at.token, &at.Number)
	if err != nil {
		return err
	}
	st := e.last
	if err := c.recordEnd(ctx, []ending{e}, c.row(who, st.Number, audit.CallEnd, st.detail(o))); err != nil {
		return err
	}
	if st.Training && st.Proofs > 0 {
		return c.c.Trainees.Trained(ctx, who)
	}
	return nil
}

// settle bounds what runs although whoever asked has left.
const settle = 10 * time.Second

// ending is a call that was ended, as it stood.
type ending struct {
	token string
	last  state
}

// end ends the call of a token, if it is this one or whichever it is. Of several that end it
// at once one does; the others hear ErrNoCall.
func (c *Calls) end(ctx context.Context, token string, only *[16]byte) (ending, error) {
	var last state
	var none error
	_, _, err := c.c.Sessions.Rewrite(ctx, token, callAudience, func(r *session.Record) {
		if last, none = parse(*r); none == nil && (last.Ended || only != nil && last.Number != *only) {
			none = ErrNoCall
		}
		if none == nil {
			ended := last
			ended.Ended = true
			*r = ended.record()
		}
	})
	if err == nil {
		err = none
	}
	if err != nil {
		return ending{}, stored("ending a call", err)
	}
	return ending{token, last}, nil
}

// resume lets a call go on whose end could not be recorded. If that fails as well it has
// ended without a row, like one that nobody ended.
func (c *Calls) resume(ctx context.Context, e ending) {
	_, _, _ = c.c.Sessions.Rewrite(ctx, e.token, callAudience, func(r *session.Record) {
		if st, err := parse(*r); err == nil && st.Number == e.last.Number {
			st.Ended = false
			*r = st.record()
		}
	})
}

// row is a row about a call. It has no tag and is done.
func (c *Calls) row(who Agent, number [16]byte, a audit.Action, detail string) audit.Entry {
	return audit.Entry{
		At: c.c.Now(), Actor: audit.Actor{Kind: audit.Agent, ID: who.Name + "/" + hex.EncodeToString(number[:])},
		Action: a, Outcome: audit.Done, Detail: detail,
	}
}

func (c *Calls) record(ctx context.Context, rows ...audit.Entry) error {
	if err := c.c.Recorder.Append(ctx, rows...); err != nil {
		return fmt.Errorf("recording a step of a call: %w: %w", lookup.ErrCouldNotCheck, err)
	}
	return nil
}

// stored says what an error of the store of calls means.
func stored(doing string, err error) error {
	switch {
	case err == nil || errors.Is(err, ErrNoCall):
		return err
	case errors.Is(err, session.ErrNoSession):
		return ErrNoCall
	default:
		return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
	}
}
