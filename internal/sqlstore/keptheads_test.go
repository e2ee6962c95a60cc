package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// by appends a row of somebody at some time and signs a head.
func (s *store) by(t *testing.T, kind audit.ActorKind, at time.Time) audit.Head {
	t.Helper()
	e := guess(1, otp.Web, audit.Refused)
	e.Actor, e.At = audit.Actor{Kind: kind}, at
	if kind == audit.Operator {
		e = audit.Entry{At: at, Actor: audit.Actor{Kind: kind, ID: "Sato"}, Action: audit.Explain, Outcome: audit.Done}
	}
	if err := s.Audit().Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return s.head(t)
}

// TestLacking: what a file of kept heads can lack without anybody having touched it, and what
// it cannot.
func TestLacking(t *testing.T) {
	s := newStore(t)
	now := time.Now()
	var heads []audit.Head
	for _, kind := range []audit.ActorKind{audit.Operator, audit.Operator} {
		heads = append(heads, s.by(t, kind, now))
	}
	lack := func(kept ...audit.Head) sqlstore.Lack {
		t.Helper()
		l, err := s.Lacking(t.Context(), s.keys, kept)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	loaded := audit.Entry{At: now.Add(time.Hour), Actor: audit.Actor{Kind: audit.System, ID: "host"}, Action: audit.KeysLoaded, Outcome: audit.Done}
	told := audit.Entry{At: now.Add(time.Hour), Actor: audit.Actor{Kind: audit.System}, Action: audit.ResetComplete, Outcome: audit.Done, Detail: "connector"}
	if err := s.Audit().Append(t.Context(), loaded, told); err != nil { // a server that did not get as far; a command
		t.Fatal(err)
	}
	if l := lack(); l != (sqlstore.Lack{Heads: 2}) {
		t.Errorf("a new file, nobody served: %+v", l)
	}
	heads = append(heads, s.by(t, audit.Customer, now), s.by(t, audit.Operator, now.Add(time.Hour)), s.by(t, audit.Customer, now.Add(time.Second)))
	for _, c := range []struct {
		name string
		kept []audit.Head
		want sqlstore.Lack
	}{
		{"all", heads, sqlstore.Lack{}},
		{"in another order", []audit.Head{heads[4], heads[2], heads[0], heads[1], heads[3]}, sqlstore.Lack{}},
		{"none, and somebody was served", nil, sqlstore.Lack{Heads: 5, Served: true}},
		{"the first gone", heads[1:], sqlstore.Lack{Heads: 1, Inside: true}},
		{"one in the middle gone", append(append([]audit.Head{}, heads[:2]...), heads[3:]...), sqlstore.Lack{Heads: 1, Inside: true}},
		{"the newest not yet there", heads[:3], sqlstore.Lack{Heads: 2}},
	} {
		if l := lack(c.kept...); l != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, l, c.want)
		}
	}
	s.by(t, audit.Customer, now.Add(time.Hour))
	if l := lack(heads[:3]...); l != (sqlstore.Lack{Heads: 3, Served: true}) {
		t.Errorf("a server ran on, and wrote no head: %+v", l)
	}
}

// TestBeginsWithAll: a head over more rows that fits hides none over fewer that does not.
func TestBeginsWithAll(t *testing.T) {
	s, path := forty(t)
	first := s.head(t)
	s.guesses(t, 40, 5)
	second := s.head(t)
	fork := s.in(t, path)
	fork.guesses(t, 500, 3)
	other := fork.head(t)
	if err := s.BeginsWith(t.Context(), second, first, second); err != nil {
		t.Error(err)
	}
	for _, heads := range [][]audit.Head{{second, other}, {other, first, second}, {other}} {
		if err := s.BeginsWith(t.Context(), heads...); !errors.Is(err, sqlstore.ErrRolledBack) {
			t.Errorf("a head of another log: %v", err)
		}
	}
	if err := s.BeginsWith(t.Context()); err != nil {
		t.Error(err)
	}
}
