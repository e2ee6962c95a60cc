package lookup_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/otp"
)

// gate is what the operator has said last.
type gate struct {
	pause *breach.Pause
	err   error
	hangs bool
}

func (g *gate) Paused(ctx context.Context) (*breach.Pause, error) {
	if g.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return g.pause, g.err
}

// TestAPauseShutsEverythingButTheWayOut: nothing is charged, mailed, compared, told or
// recorded, by any way in; and the same holds while nobody knows whether it is paused.
func TestAPauseShutsEverythingButTheWayOut(t *testing.T) {
	back := time.Date(2023, 7, 26, 7, 0, 0, 0, time.UTC)
	for name, shut := range map[string]*gate{
		"paused": {pause: &breach.Pause{Since: back.Add(-time.Hour), BackAt: &back}}, "in doubt": {err: breach.ErrUnproven},
	} {
		t.Run(name, func(t *testing.T) {
			w, g := &world{verdict: otp.Verdict{Accepted: true, Evaluated: true}}, &gate{}
			s := w.service(t)
			s.Gate = g
			v, err := s.Start(t.Context(), client, "hanako@example.jp")
			if err != nil {
				t.Fatal(err)
			}
			told, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
			if err != nil {
				t.Fatal(err)
			}
			w.calls, w.rows = nil, nil
			*g = *shut
			for call, do := range map[string]func() error{
				"Start":             func() error { _, err := s.Start(t.Context(), client, "hanako@example.jp"); return err },
				"Start, no address": func() error { _, err := s.Start(t.Context(), client, "?"); return err },
				"Begin":             func() error { _, err := s.Begin(t.Context(), client, "hanako@example.jp"); return err },
				"Resend":            func() error { _, err := s.Resend(t.Context(), client, v.ID, v.Secret); return err },
				"Confirm":           func() error { _, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678"); return err },
				"ConfirmLetter":     func() error { _, err := s.ConfirmLetter(t.Context(), client, "12345678901244"); return err },
				"Report":            func() error { _, err := s.Report(t.Context(), client, told.Token); return err },
				"RequestReset":      func() error { _, err := s.RequestReset(t.Context(), client, told.Token); return err },
			} {
				err := do()
				paused := new(lookup.PausedError)
				if shut.pause != nil && !errors.As(err, &paused) || shut.err != nil && !errors.Is(err, lookup.ErrCouldNotCheck) {
					t.Errorf("%s: %v", call, err)
				}
				if shut.pause != nil && (paused.Pause.BackAt.Location() != s.Incident.Zone || !paused.Pause.BackAt.Equal(back)) {
					t.Errorf("%s: back at %v", call, paused.Pause.BackAt)
				}
			}
			if len(w.calls) != 0 || len(w.rows) != 0 {
				t.Errorf("while shut it did %v and recorded %q", w.calls, w.outcomes())
			}
			if err := s.End(t.Context(), client, told.Token); err != nil || w.outcomes() != "session_end done" {
				t.Errorf("the way out is shut: %v, %q", err, w.outcomes())
			}
			*g = gate{}
			if _, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678"); err != nil {
				t.Errorf("open again: %v", err)
			}
		})
	}
}

// shutting is a gate that shuts once a row is on its way to the audit log, as when the
// row waited for the pause to be written.
type shutting struct{ w *world }

func (g shutting) Paused(context.Context) (*breach.Pause, error) {
	if g.w.did("append") {
		return &breach.Pause{Since: time.Now()}, nil
	}
	return nil, nil
}

// TestNobodyIsToldOnceItIsShut: whoever was being answered when the look-up was shut is
// not answered any more, and their code is not lost.
func TestNobodyIsToldOnceItIsShut(t *testing.T) {
	w := &world{verdict: otp.Verdict{Accepted: true, Evaluated: true}}
	s := w.service(t)
	v, err := s.Start(t.Context(), client, "hanako@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	told, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678")
	if err != nil {
		t.Fatal(err)
	}
	s.Gate, w.calls, w.rows = shutting{w}, nil, nil // else its code would be a used one
	var paused *lookup.PausedError
	if c, err := s.Confirm(t.Context(), client, v.ID, v.Secret, "12345678"); !errors.As(err, &paused) || c.Token != "" {
		t.Errorf("Confirm: %+v, %v", c, err)
	}
	if !w.did("revive") || w.did("issue") {
		t.Errorf("Confirm did %v", w.calls)
	}
	w.calls = nil
	if r, err := s.Report(t.Context(), client, told.Token); !errors.As(err, &paused) || r.Status != "" {
		t.Errorf("Report: %+v, %v", r, err)
	}
	if err := s.Shut(t.Context()); !errors.As(err, &paused) {
		t.Errorf("Shut: %v", err)
	}
	s.Gate = nil
	if err := s.Shut(t.Context()); err != nil {
		t.Errorf("Shut while open: %v", err)
	}
}

func TestRetryAfterAPause(t *testing.T) {
	now := time.Date(2023, 7, 26, 14, 0, 0, 0, time.UTC)
	for in, want := range map[time.Duration]time.Duration{
		-time.Hour: time.Minute, 0: time.Minute, 59 * time.Second: time.Minute, 90 * time.Second: 90 * time.Second,
		time.Hour: time.Hour, time.Hour + 1: time.Hour, 48 * time.Hour: time.Hour,
	} {
		back := now.Add(in)
		if got := (&lookup.PausedError{Pause: breach.Pause{BackAt: &back}}).RetryAfter(now); got != want {
			t.Errorf("back in %v: %v, want %v", in, got, want)
		}
	}
	if got := (&lookup.PausedError{}).RetryAfter(now); got != 5*time.Minute {
		t.Errorf("back nobody knows when: %v", got)
	}
}

// TestFactsAreToldWhateverHappens: the phone number does not depend on a database.
func TestFactsAreToldWhateverHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := w.service(t)
		since := time.Now()
		for name, g := range map[string]*gate{
			"open": {}, "in doubt": {err: errDown}, "hanging": {hangs: true}, "paused": {pause: &breach.Pause{Since: since}},
		} {
			s.Gate = g
			begun := time.Now()
			p := s.Public(t.Context())
			if p.Incident == nil || p.Contact.Phone == "" || (p.Pause != nil) != (g.pause != nil) || time.Since(begun) > 2*time.Second {
				t.Errorf("%s: %+v after %v", name, p, time.Since(begun))
			}
		}
	})
}

// TestClosedForGoodBeatsAPause: "come back later" would be a lie then.
func TestClosedForGoodBeatsAPause(t *testing.T) {
	s := (&world{}).service(t)
	s.Gate = &gate{pause: &breach.Pause{}}
	closed := *s.Incident
	closed.ClosesAt = time.Now().Add(-time.Second)
	s.Incident = &closed
	if _, err := s.Start(t.Context(), client, "hanako@example.jp"); !errors.Is(err, lookup.ErrClosed) {
		t.Errorf("closed and paused: %v", err)
	}
}
