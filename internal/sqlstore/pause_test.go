package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

func entryFor(action audit.Action, at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: action, Outcome: audit.Done}
}

func (s *store) pause(t *testing.T, at time.Time, back *time.Time) {
	t.Helper()
	order := sqlstore.PauseOrder{Reason: "a wrong list", BackAt: back, OSUser: "hana", Host: "office"}
	if err := s.roster.Pause(t.Context(), order, entryFor(audit.Pause, at)); err != nil {
		t.Fatal(err)
	}
}

// TestPauseStory: shut, shut again with a time, opened, by one process and seen by another.
func TestPauseStory(t *testing.T) {
	s := newStore(t)
	office := s.roster
	s.reopen(t)
	server := s.roster
	is := func(since time.Time, back *time.Time) {
		t.Helper()
		p, err := server.Paused(t.Context())
		switch {
		case err != nil:
			t.Fatal(err)
		case since.IsZero():
			if p != nil {
				t.Errorf("Paused = %+v, want open", p)
			}
		case p == nil || !p.Since.Equal(since) || (p.BackAt == nil) != (back == nil) || back != nil && !p.BackAt.Equal(*back):
			t.Errorf("Paused = %+v, want since %v until %v", p, since, back)
		}
	}
	resume := func(at time.Time) error {
		return office.Resume(t.Context(), sqlstore.ResumeOrder{OSUser: "hana", Host: "office"}, entryFor(audit.Resume, at))
	}
	is(time.Time{}, nil)
	if err := resume(start); !errors.Is(err, sqlstore.ErrNotPaused) {
		t.Errorf("Resume while open = %v, want ErrNotPaused", err)
	}
	s.roster = office
	s.pause(t, start, nil)
	is(start, nil)
	back := start.Add(3 * time.Hour)
	s.pause(t, start.Add(time.Hour), &back) // the time is known now
	is(start, &back)
	if err := resume(start.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	is(time.Time{}, nil)
	s.pause(t, start.Add(4*time.Hour), nil)
	is(start.Add(4*time.Hour), nil)
	if n := count(t, s.raw(t), `SELECT count(*) FROM audit_entries WHERE action IN ('pause', 'resume')`); n != 4 {
		t.Errorf("%d audit rows, want one for each of the four orders", n)
	}
}

func TestPauseRefuses(t *testing.T) {
	s := newStore(t)
	past, useless := start, entryFor(audit.Pause, start)
	useless.Actor.ID = ""
	for name, c := range map[string]struct {
		order sqlstore.PauseOrder
		entry audit.Entry
		want  error
	}{
		"no reason":       {sqlstore.PauseOrder{Reason: " "}, entryFor(audit.Pause, start), sqlstore.ErrNoReason},
		"an address":      {sqlstore.PauseOrder{Reason: "hana＠example.jp called"}, entryFor(audit.Pause, start), sqlstore.ErrAddressInReason},
		"back at once":    {sqlstore.PauseOrder{Reason: "x", BackAt: &past}, entryFor(audit.Pause, start), sqlstore.ErrBackInThePast},
		"another's entry": {sqlstore.PauseOrder{Reason: "x"}, entryFor(audit.Resume, start), audit.ErrInvalid},
		"useless entry":   {sqlstore.PauseOrder{Reason: "x"}, useless, audit.ErrInvalid},
	} {
		if err := s.roster.Pause(t.Context(), c.order, c.entry); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := s.roster.Resume(t.Context(), sqlstore.ResumeOrder{Reason: "a@example.jp"}, entryFor(audit.Resume, start)); !errors.Is(err, sqlstore.ErrAddressInReason) {
		t.Errorf("Resume = %v, want ErrAddressInReason", err)
	}
	if n := count(t, s.raw(t), `SELECT (SELECT count(*) FROM pauses) + (SELECT count(*) FROM audit_entries)`); n != 0 {
		t.Errorf("%d rows of refused orders", n)
	}
}

// TestHarmToPauses: no change to what says whether the look-up is shut reads as open. An
// operator's next order ends the doubt.
func TestHarmToPauses(t *testing.T) {
	for _, shut := range []bool{true, false} {
		s := newStore(t)
		back := start.Add(time.Hour)
		s.pause(t, start, &back)
		if !shut {
			if err := s.roster.Resume(t.Context(), sqlstore.ResumeOrder{}, entryFor(audit.Resume, start)); err != nil {
				t.Fatal(err)
			}
		}
		raw := s.raw(t)
		afresh := func() error { _, err := s.DB.Roster(s.keys, digest).Paused(t.Context()); return err }
		harmEach(t, raw, "pauses", "seq = (SELECT max(seq) FROM pauses)", afresh)
		if err := run(raw, `DELETE FROM pauses`); err != nil {
			t.Fatal(err)
		}
		if err := afresh(); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("all rows deleted: %v", err)
		}
		if shut {
			s.pause(t, start.Add(time.Minute), nil)
		} else if err := s.roster.Resume(t.Context(), sqlstore.ResumeOrder{}, entryFor(audit.Resume, start)); err != nil {
			t.Fatal(err)
		}
		if err := afresh(); err != nil {
			t.Errorf("after a new order: %v", err)
		}
	}
}

// TestPauseIsNotUndoneUnderARunningServer: the table is put back to a flawless earlier
// state, its counter too.
func TestPauseIsNotUndoneUnderARunningServer(t *testing.T) {
	s := newStore(t)
	s.pause(t, start, nil)
	if p, err := s.roster.Paused(t.Context()); err != nil || p == nil {
		t.Fatal(p, err)
	}
	raw := s.raw(t)
	if err := errors.Join(run(raw, `DELETE FROM pauses`), run(raw, `DELETE FROM sqlite_sequence WHERE name = 'pauses'`)); err != nil {
		t.Fatal(err)
	}
	if p, err := s.roster.Paused(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
		t.Errorf("Paused = %v, %v; want ErrAltered", p, err)
	}
}

// TestDoubtAboutAPause: other keys, no connection, no file.
func TestDoubtAboutAPause(t *testing.T) {
	s := newStore(t)
	s.pause(t, start, nil)
	other := s.DB.Roster(newKeys(t), digest)
	if _, err := other.Paused(t.Context()); !errors.Is(err, sqlstore.ErrKeysDiffer) {
		t.Errorf("other keys: %v", err)
	}
	if err := other.Resume(t.Context(), sqlstore.ResumeOrder{}, entryFor(audit.Resume, start)); !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("an order under other keys: %v, want ErrLogAltered", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.roster.Paused(t.Context()); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a closed database: %v", err)
	}
}
