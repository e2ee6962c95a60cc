package lookup_test

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/lookup"
	"exposure/internal/otp"
)

var desk = lookup.Desk{Agent: "sato", Call: [16]byte{'c', 'a', 'l', 'l'}}

func parsed(t *testing.T, s string) email.Address {
	t.Helper()
	a, err := email.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestPhoneFaults: what an agent hears, what was committed, and whether a right code is given
// back, whatever fails on the way.
func TestPhoneFaults(t *testing.T) {
	right := otp.Verdict{Accepted: true, Evaluated: true, AttemptsLeft: 4}
	wrong := otp.Verdict{Evaluated: true, AttemptsLeft: 4}
	for _, c := range []struct {
		name     string
		faults   map[string]error
		verdict  otp.Verdict
		want     error
		rejected bool
		failed   bool
		rows     string
		back     bool
	}{
		{name: "nothing fails", verdict: right, rows: "guess accepted, disclosure done"},
		{name: "a wrong code", verdict: wrong, rejected: true, failed: true, rows: "guess refused"},
		{name: "a guess that was not compared", rejected: true, failed: true, rows: "disclosure refused"},
		{name: "the roster cannot prove anything", faults: map[string]error{"standing": errDown}, verdict: right, want: lookup.ErrCouldNotCheck},
		{name: "the answer cannot be proven", faults: map[string]error{"answer": errDown}, verdict: right, want: lookup.ErrCouldNotCheck, back: true},
		{name: "no row for an answer", faults: map[string]error{"append": errDown}, verdict: right, want: lookup.ErrCouldNotCheck, back: true},
		{name: "no row for a refusal", faults: map[string]error{"append": errDown}, verdict: wrong, failed: true, want: lookup.ErrCouldNotCheck},
		{name: "no row for what was not compared", faults: map[string]error{"append": errDown}, failed: true, want: lookup.ErrCouldNotCheck},
		{name: "nobody knows whether it was the only one", faults: map[string]error{"standing again": errDown}, verdict: right, want: lookup.ErrCouldNotCheck, rows: "guess accepted, disclosure done", back: true},
		{name: "nobody can keep who proved it", faults: map[string]error{"keep": errDown}, verdict: right, want: errDown, rows: "guess accepted, disclosure done", back: true},
		{name: "the codes are away", faults: map[string]error{"redeem": errDown}, verdict: right, failed: true, want: lookup.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{verdict: c.verdict, faults: c.faults}
			s := w.service(t)
			var sub lookup.Subject
			r, failed, err := s.ConfirmPhone(t.Context(), desk, parsed(t, "hanako@example.jp"), "12-34-56-78", func(_ context.Context, proven lookup.Subject) error {
				sub = proven
				return c.faults["keep"]
			})
			if !c.rejected && !errors.Is(err, c.want) || errors.As(err, new(*lookup.Rejected)) != c.rejected {
				t.Errorf("error %v, want %v, rejected %t", err, c.want, c.rejected)
			}
			if failed != c.failed {
				t.Errorf("counts as failed %t, want %t", failed, c.failed)
			}
			if told := sub.Tags.Len() > 0 && r.Version == 1; told != (err == nil) || err != nil && r.Version != 0 {
				t.Errorf("told %t with error %v", told, err)
			}
			if rows := w.outcomes(); rows != c.rows {
				t.Errorf("committed: %q, want %q", rows, c.rows)
			}
			for _, row := range w.rows {
				if row.Actor != (audit.Actor{Kind: audit.Agent, ID: "sato/" + hex.EncodeToString(desk.Call[:])}) || row.Purpose != "phone" || row.Tag == nil {
					t.Errorf("a row %+v does not say who asked, how and about whom", row)
				}
			}
			if w.did("revive") != c.back || w.did("enqueue") != c.back {
				t.Errorf("given back %t, mailed %t, want %t", w.did("revive"), w.did("enqueue"), c.back)
			}
			if slices.ContainsFunc(w.calls, func(call string) bool { return strings.HasPrefix(call, "borrow") || call == "issue" }) {
				t.Errorf("a limit of the page or a session on the phone: %v", w.calls)
			}
		})
	}
}

// TestPhoneMails: the row of a code that was asked for is committed before a mail is.
func TestPhoneMails(t *testing.T) {
	w := &world{}
	s := w.service(t)
	if err := s.SendPhone(t.Context(), desk, parsed(t, "hanako@example.jp")); err != nil {
		t.Fatal(err)
	}
	if w.outcomes() != "call_code done" || slices.Index(w.calls, "append") > slices.Index(w.calls, "enqueue") {
		t.Errorf("committed %q, in the order %v", w.outcomes(), w.calls)
	}
	w.calls, w.faults = nil, map[string]error{"append": errDown}
	if err := s.SendPhone(t.Context(), desk, parsed(t, "hanako@example.jp")); !errors.Is(err, lookup.ErrCouldNotCheck) || w.did("enqueue") {
		t.Errorf("without a row: %v, mailed %t", err, w.did("enqueue"))
	}
}

// closedGate pauses.
type closedGate struct{}

func (closedGate) Paused(context.Context) (*breach.Pause, error) { return &breach.Pause{}, nil }

// TestThePhoneOutlivesThePage: the end of the incident leaves the telephone, a pause does not.
func TestThePhoneOutlivesThePage(t *testing.T) {
	w := &world{verdict: otp.Verdict{Accepted: true, Evaluated: true}}
	s := w.service(t)
	s.Incident.ClosesAt = time.Now().Add(-time.Hour)
	a := parsed(t, "hanako@example.jp")
	all := func() []error {
		sent := s.SendPhone(t.Context(), desk, a)
		_, _, err := s.ConfirmPhone(t.Context(), desk, a, "12345678", func(context.Context, lookup.Subject) error { return nil })
		_, again := s.TellPhone(t.Context(), desk, lookup.Subject{Tags: s.Keys.Tags(a), Address: a})
		return []error{sent, err, again}
	}
	if err := errors.Join(all()...); err != nil {
		t.Errorf("after the end: %v", err)
	}
	if _, err := s.Start(t.Context(), client, "hanako@example.jp"); !errors.Is(err, lookup.ErrClosed) {
		t.Errorf("the page after the end: %v", err)
	}
	s.Gate = closedGate{}
	for i, err := range all() {
		if !errors.As(err, new(*lookup.PausedError)) {
			t.Errorf("step %d during a pause: %v", i, err)
		}
	}
}

// TestALetterReadOut: what an agent hears and what was committed, whatever fails on the way;
// the limits on numbers typed on the page are not touched.
func TestALetterReadOut(t *testing.T) {
	for name, c := range map[string]struct {
		number, fault string
		nobodys       bool
		want          error
		rejected      bool
		rows          string
	}{
		"told":                     {number: number, rows: "call_letter done, disclosure done"},
		"nobody's":                 {number: number, nobodys: true, rejected: true, rows: "call_letter refused"},
		"a slip":                   {number: "12345-67890-1234", want: breach.ErrLetterSlip},
		"no number":                {number: "12345678", want: breach.ErrLetterForm},
		"nobody can tell whose":    {number: number, fault: "holder", want: lookup.ErrCouldNotCheck},
		"no row for an answer":     {number: number, fault: "append", want: lookup.ErrCouldNotCheck},
		"no row for a refusal":     {number: number, fault: "append", nobodys: true, want: lookup.ErrCouldNotCheck},
		"the end of the incident":  {number: number, fault: "closed", rows: "call_letter done, disclosure done"},
		"the look-up is shut then": {number: number, fault: "paused", want: lookup.ErrCouldNotCheck},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{faults: map[string]error{c.fault: errDown}}
			s := w.withLetters(t)
			if c.nobodys {
				w.letter = nil
			}
			switch c.fault {
			case "closed":
				s.Incident.ClosesAt = time.Now().Add(-time.Hour)
			case "paused":
				s.Gate = doubtfulGate{}
			}
			sub, r, failed, err := s.ConfirmLetterByPhone(t.Context(), desk, c.number)
			if !c.rejected && !errors.Is(err, c.want) || errors.As(err, new(*lookup.Rejected)) != c.rejected {
				t.Errorf("%v, want %v, rejected %t", err, c.want, c.rejected)
			}
			if failed != c.nobodys {
				t.Errorf("counts as failed %t, want %t", failed, c.nobodys)
			}
			if told := sub.Letter && sub.Tags.Len() > 0 && sub.Check == w.check() && r.ByLetter; told != (err == nil) {
				t.Errorf("told %t with error %v", told, err)
			}
			if rows := w.outcomes(); rows != c.rows || c.rejected && w.rows[0].Tag != nil {
				t.Errorf("committed: %q, want %q; a tag of nobody %t", rows, c.rows, c.rejected)
			}
			if slices.ContainsFunc(w.calls, func(call string) bool { return strings.HasPrefix(call, "borrow") || call == "issue" }) {
				t.Errorf("a limit of the page or a session on the phone: %v", w.calls)
			}
			if err != nil {
				return
			}
			w.rows = nil
			if again, err := s.TellPhone(t.Context(), desk, sub); err != nil || !again.ByLetter || w.outcomes() != "disclosure done" || w.rows[0].Purpose != audit.Letter {
				t.Errorf("again: %v, committed %q", err, w.outcomes())
			}
			w.letter = nil
			if _, err := s.TellPhone(t.Context(), desk, sub); !errors.Is(err, lookup.ErrUnauthenticated) {
				t.Errorf("after the number was replaced: %v", err)
			}
		})
	}
}

// check is what the letter's check number is made of.
func (w *world) check() breach.Tags {
	if w.letter == nil {
		return breach.Tags{}
	}
	return w.letter.Check
}

// doubtfulGate does not know whether there is a pause.
type doubtfulGate struct{}

func (doubtfulGate) Paused(context.Context) (*breach.Pause, error) { return nil, errDown }
