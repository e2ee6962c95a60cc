package agent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/lookup"
	"exposure/internal/session"
)

const (
	callAudience = "call"
	callLabel    = "call" // of sealed ids, and of the places calls are kept at
	maxCallID    = 512    // bounds the work on a foreign id
)

// state is all that is kept of a call. It is written whole, so that a proof never meets an
// address that it is not of.
type state struct {
	Number   [16]byte // at random: names the call in rows and opens nothing
	Reason   Reason
	Training bool
	Opened   time.Time
	Ended    bool
	Address  string // folded; empty: none was spelled yet
	Sent     bool
	Proofs   int // how often something was proven, Address and letter numbers together
	Proven   time.Time
	Letter   bool   // what was proven is the number of a letter
	Check    []byte // what the check number is made of
	Extended int
	Practice practice

	tags breach.Tags // of what was proven
}

// practice is what a training call is about.
type practice struct{ Caller, Tries int }

// forget forgets a proof.
func (st *state) forget() {
	st.Proven, st.Letter, st.Check, st.Extended, st.tags = time.Time{}, false, nil, 0, breach.Tags{}
}

// prove remembers one.
func (st *state) prove(sub lookup.Subject, now time.Time) {
	st.forget()
	st.Proven, st.Letter, st.Check, st.tags = now, sub.Letter, sub.Check.Bytes(), sub.Tags
	st.Proofs++
}

func (st state) until() time.Time {
	if st.Proven.IsZero() {
		return time.Time{}
	}
	return st.Proven.Add(Shown * time.Duration(1+st.Extended))
}

func (st state) proven(now time.Time) bool { return now.Before(st.until()) }

// address is what was spelled; ErrNoAddress until then.
func (st state) address() (email.Address, error) {
	if st.Address == "" {
		return email.Address{}, ErrNoAddress
	}
	return email.Parse(st.Address)
}

// subject is who has proven what.
func (st state) subject() (lookup.Subject, error) {
	check, err := breach.ParseTags(st.Check)
	if err != nil {
		return lookup.Subject{}, err
	}
	sub := lookup.Subject{Tags: st.tags, Check: check, Letter: st.Letter}
	if !st.Letter {
		sub.Address, err = st.address()
	}
	return sub, err
}

func (st state) call(id string, ends, now time.Time) Call {
	a, _ := st.address()
	return Call{
		ID: id, Reason: st.Reason, Training: st.Training, Opened: st.Opened, Ends: ends, Address: a, CodeSent: st.Sent,
		Proven: st.proven(now), ByLetter: st.Letter, ProvenUntil: st.until(), Extended: st.Extended, nonce: st.Number,
	}
}

// detail is that of the row of its end.
func (st state) detail(o Outcome) string {
	if st.Training {
		return training
	}
	return string(o)
}

func (st state) record() session.Record {
	b, err := json.Marshal(st)
	if err != nil {
		panic("agent: encoding a call: " + err.Error()) // strings, times and numbers always encode
	}
	return session.Record{Audience: callAudience, Tags: st.tags, Subject: string(b)}
}

func parse(r session.Record) (st state, err error) {
	if err := json.Unmarshal([]byte(r.Subject), &st); err != nil {
		return state{}, ErrNoCall
	}
	st.tags = r.Tags
	return st, nil
}

// placed is a call at its place.
type placed struct {
	state
	id, token string
	ends, now time.Time
}

func (p placed) call() Call { return p.state.call(p.id, p.ends, p.now) }

// desk is on whose behalf the look-up is asked.
func (p placed) desk(who Agent) lookup.Desk {
	return lookup.Desk{Agent: who.Name, Call: p.Number, Proofs: p.Proofs}
}

// id names a call to the agent whose it is. It opens nothing without the session of that
// agent.
func (c *Calls) id(who Agent, number [16]byte) string {
	return base64.RawURLEncoding.EncodeToString(c.c.Keys.Seal(callLabel, append(number[:], who.Name...), nil))
}

// places are where the call of an agent may be kept: the first is for new ones.
func (c *Calls) places(who Agent) [][32]byte {
	return c.c.Keys.DeriveSecrets(callLabel, []byte(who.Name))
}

// read returns a call of this agent. An id that is none reaches no store.
func (c *Calls) read(ctx context.Context, who Agent, id string) (placed, error) {
	if who.MustChange {
		return placed{}, ErrMustChange
	}
	number, owner, err := c.openID(id)
	if err != nil {
		return placed{}, err
	}
	if owner != who.Name {
		return placed{}, c.foreign(ctx, who, number, owner)
	}
	for _, raw := range c.places(who) {
		token := session.Token(raw)
		r, ends, err := c.c.Sessions.Read(ctx, token, callAudience)
		if err := stored("reading a call", err); err != nil && err != ErrNoCall {
			return placed{}, err
		}
		if err != nil {
			continue
		}
		if st, err := parse(r); err == nil && st.Number == number && !st.Ended {
			return placed{st, id, token, ends, c.c.Now()}, nil
		}
	}
	return placed{}, ErrNoCall
}

func (c *Calls) openID(id string) (number [16]byte, owner string, _ error) {
	if len(id) > maxCallID {
		return number, "", ErrNoCall
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil {
		return number, "", ErrNoCall
	}
	b, err := c.c.Keys.Open(callLabel, sealed, nil)
	if err != nil || len(b) <= len(number) {
		return number, "", ErrNoCall
	}
	return [16]byte(b), string(b[len(number):]), nil
}

// foreign puts on record that an agent tried the call of another one.
func (c *Calls) foreign(ctx context.Context, who Agent, number [16]byte, owner string) error {
	c.c.Foreign()
	row := c.row(who, number, audit.CallForeign, "of "+owner)
	row.Outcome = audit.Refused
	if err := c.record(ctx, row); err != nil {
		return err
	}
	return ErrForeignCall
}

// change changes a call, unless it ended or change refuses, and returns it as it is then.
func (c *Calls) change(ctx context.Context, at placed, change func(*state) error) (placed, error) {
	var refused error
	r, ends, err := c.c.Sessions.Rewrite(ctx, at.token, callAudience, func(r *session.Record) {
		st, err := parse(*r)
		switch {
		case err != nil:
			refused = err
		case st.Ended || st.Number != at.Number:
			refused = ErrNoCall
		default:
			refused = change(&st)
		}
		if refused == nil {
			*r = st.record()
		}
	})
	if err != nil {
		return placed{}, stored("changing a call", err)
	}
	if refused != nil {
		return placed{}, refused
	}
	st, err := parse(r)
	if err != nil {
		return placed{}, fmt.Errorf("changing a call: %w", err)
	}
	return placed{st, at.id, at.token, ends, c.c.Now()}, nil
}
