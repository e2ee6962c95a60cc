package lookup_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/lookup"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
)

// TestFaults: what a customer hears, what was committed, and whether a right code is given
// back, whatever fails or hangs on the way.
func TestFaults(t *testing.T) {
	right := otp.Verdict{Accepted: true, Evaluated: true, AttemptsLeft: 4}
	wrong := otp.Verdict{Evaluated: true, AttemptsLeft: 4}
	for _, c := range []struct {
		name     string
		faults   map[string]error
		hangs    string
		verdict  otp.Verdict
		want     error // nil: a report
		rejected bool
		rows     string
		back     bool // a right code is given back
	}{
		{name: "nothing fails", verdict: right, rows: "guess accepted, disclosure done"},
		{name: "a wrong code", verdict: wrong, rejected: true, rows: "guess refused"},
		{name: "a guess that was not compared", rejected: true, rows: "disclosure refused"},
		{name: "no row for a guess that was not compared", faults: map[string]error{"append": errDown}, want: lookup.ErrCouldNotCheck},
		{name: "the roster cannot prove anything", faults: map[string]error{"standing": errDown}, verdict: right, want: lookup.ErrCouldNotCheck},
		{name: "the answer cannot be proven", faults: map[string]error{"answer": errDown}, verdict: right, want: lookup.ErrCouldNotCheck, back: true},
		{name: "no row for an answer", faults: map[string]error{"append": errDown}, verdict: right, want: lookup.ErrCouldNotCheck, back: true},
		{name: "no row for a refusal", faults: map[string]error{"append": errDown}, verdict: wrong, want: lookup.ErrCouldNotCheck},
		{name: "the audit log hangs", hangs: "append", verdict: right, want: lookup.ErrCouldNotCheck, back: true},
		{name: "nobody knows whether it was the only one", faults: map[string]error{"standing again": errDown}, verdict: right, want: lookup.ErrCouldNotCheck, rows: "guess accepted, disclosure done", back: true},
		{name: "no session", faults: map[string]error{"issue": errDown}, verdict: right, want: lookup.ErrUnavailable, rows: "guess accepted, disclosure done", back: true},
		{name: "the codes are away", faults: map[string]error{"redeem": errDown}, verdict: right, want: lookup.ErrUnavailable},
		{name: "a limit cannot be checked", faults: map[string]error{"borrow failed-net": errDown}, verdict: right, want: lookup.ErrUnavailable},
		{name: "failures cannot be counted", faults: map[string]error{"borrow failed-ip": errDown}, verdict: wrong, want: lookup.ErrUnavailable},
		{name: "the limits hang after a right code", faults: map[string]error{"return": errDown}, verdict: right, rows: "guess accepted, disclosure done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{verdict: c.verdict}
				s := w.service(t)
				v, err := s.Start(t.Context(), client, "hanako@example.jp")
				if err != nil {
					t.Fatal(err)
				}
				w.calls, w.faults, w.hangs = nil, c.faults, map[string]bool{c.hangs: true}
				got, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
				refused := new(lookup.Rejected)
				if !c.rejected && !errors.Is(err, c.want) || errors.As(err, &refused) != c.rejected || (err == nil) != (got.Token != "") {
					t.Errorf("token %t, error %v, want %v, rejected %t", got.Token != "", err, c.want, c.rejected)
				}
				if rows := w.outcomes(); rows != c.rows {
					t.Errorf("committed: %q, want %q", rows, c.rows)
				}
				// A guess that may have been compared stays charged unless it was right.
				free := c.verdict.Accepted && w.did("redeem") || c.faults["standing"] != nil
				if w.did("return") != (free && c.faults["return"] == nil) {
					t.Errorf("the charge was given back: %t, want %t", w.did("return"), free)
				}
				if w.did("revive") != c.back || w.did("enqueue") != c.back {
					t.Errorf("given back %t, mailed %t, want %t", w.did("revive"), w.did("enqueue"), c.back)
				}
			})
		})
	}
}

// TestTheAuditLogHasTheLastWord: a store of codes that forgot what it knew accepts a code
// again, or one guess too many. Nothing is told, no session is issued, the guess stays
// charged and earns no new code.
func TestTheAuditLogHasTheLastWord(t *testing.T) {
	var ten []otp.Past
	for i := range 10 {
		ten = append(ten, otp.Past{Attempt: [16]byte{byte(i)}, At: time.Now()})
	}
	for name, overrule := range map[string]func(w *world, confirm func() error){
		"the same code again": func(w *world, confirm func() error) {
			if err := confirm(); err != nil {
				t.Fatal(err)
			}
		},
		"an eleventh guess": func(w *world, _ func() error) { w.past = ten },
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{verdict: otp.Verdict{Accepted: true, Evaluated: true}}
			s := w.service(t)
			v, err := s.Start(t.Context(), client, "hanako@example.jp")
			if err != nil {
				t.Fatal(err)
			}
			confirm := func() error {
				_, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
				return err
			}
			overrule(w, confirm)
			w.calls = nil
			if err := confirm(); !errors.As(err, new(*lookup.Rejected)) {
				t.Errorf("it was answered: %v", err)
			}
			for _, call := range []string{"issue", "return", "revive", "enqueue"} {
				if w.did(call) {
					t.Errorf("it did %v", w.calls)
				}
			}
		})
	}
}

// TestEndingASession: over its limit as well, once, and never without a row.
func TestEndingASession(t *testing.T) {
	w := &world{verdict: otp.Verdict{Accepted: true, Evaluated: true}}
	s := w.service(t)
	v, err := s.Start(t.Context(), client, "hanako@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
	if err != nil {
		t.Fatal(err)
	}
	w.rows, w.faults = nil, map[string]error{"take report-session": &ratelimit.Exceeded{Name: ratelimit.ReportSession}}
	if _, err := s.Report(t.Context(), client, got.Token); !errors.As(err, new(*ratelimit.Exceeded)) {
		t.Errorf("a report over the limit: %v", err)
	}
	w.faults["end"] = session.ErrNoSession
	if err := s.End(t.Context(), client, got.Token); !errors.Is(err, lookup.ErrUnauthenticated) {
		t.Errorf("ended by another request meanwhile: %v", err)
	}
	delete(w.faults, "end")
	if err := s.End(t.Context(), client, got.Token); err != nil || w.outcomes() != "session_end done" {
		t.Errorf("ending over the limit: %v, committed %q", err, w.outcomes())
	}
	if err := s.End(t.Context(), client, got.Token); !errors.Is(err, lookup.ErrUnauthenticated) {
		t.Errorf("ending twice: %v", err)
	}
}
