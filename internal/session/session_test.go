package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/session"
)

func TestSessionHoldsItsRecord(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		tag := breach.Tag{1, 2, 3}
		token, expires, err := w.Issue(context.Background(), session.Record{Audience: "customer", Tags: named(tag), Subject: "call 7"})
		if err != nil || len(token) != 43 || !expires.Equal(w.clock.now.Add(15*time.Minute)) {
			t.Fatalf("issued %d characters until %v, %v", len(token), expires, err)
		}
		want := session.Record{
			Audience: "customer", Tags: named(tag), Subject: "call 7", Issued: w.clock.now, Expires: w.clock.now.Add(time.Hour),
		}
		got, _, err := w.Read(context.Background(), token, "customer")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v; record differs: %s", err, diff)
		}
		if again := w.issue(t, session.Record{Audience: "customer", Tags: named(tag)}); again == token {
			t.Error("a token was issued twice")
		}
	})
}

func TestAnotherAudienceHasNoSession(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token := w.issue(t, session.Record{Audience: "customer"})
		for _, other := range []string{"agent", "", "custome", "customer ", "Customer"} {
			w.wantNone(t, token, other)
			if err := w.End(context.Background(), token, other); !errors.Is(err, session.ErrNoSession) {
				t.Errorf("audience %q ended the session: %v", other, err)
			}
		}
		if _, _, err := w.Read(context.Background(), token, "customer"); err != nil {
			t.Errorf("after the others: %v", err)
		}
	})
}

func TestMalformedTokensHaveNoSession(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token := w.issue(t, session.Record{Audience: "customer"})
		last := token[42]
		for _, bad := range []string{
			"", "x", token[:42], token + "A", token + "=", " " + token, token + "\n", token[:42] + "\n", "\n" + token[:42],
			token[:42] + "+", token[:42] + "/", token[:20] + "\r\n" + token[20:41], strings.Repeat("A", 43), strings.Repeat("A", 1<<20),
			token[:42] + string(otherSpelling(last)),
		} {
			w.wantNone(t, bad, "customer")
			if err := w.End(context.Background(), bad, "customer"); !errors.Is(err, session.ErrNoSession) {
				t.Errorf("ending %q: %v", bad, err)
			}
		}
	})
}

// otherSpelling differs from the last character in bits that hold no data.
func otherSpelling(last byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, last)|1]
}

func TestNewWantsItsParts(t *testing.T) {
	for _, c := range []session.Config{
		{}, {Backend: session.NewMemory(nil)}, {Sealer: keys(t)},
		{Backend: session.NewMemory(nil), Sealer: keys(t), Idle: -1}, {Backend: session.NewMemory(nil), Sealer: keys(t), Absolute: -1},
	} {
		if _, err := session.New(c); err == nil {
			t.Errorf("New accepted %+v", c)
		}
	}
	s := open(t, session.Config{Backend: session.NewMemory(nil), Sealer: keys(t)})
	if _, _, err := s.Issue(context.Background(), session.Record{}); err == nil {
		t.Error("a session without an audience was issued")
	}
}

func FuzzToken(f *testing.F) {
	c := &clock{now: time.Now()}
	s, err := session.New(session.Config{Backend: session.NewMemory(c.Now), Sealer: keys(f), Now: c.Now})
	if err != nil {
		f.Fatal(err)
	}
	token, _, err := s.Issue(context.Background(), session.Record{Audience: "customer"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:42])
	f.Add(token[:42] + "\n")
	f.Add(strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, in string) {
		_, _, err := s.Read(context.Background(), in, "customer")
		if in == token && err != nil {
			t.Fatalf("the token itself: %v", err)
		}
		if in != token && !errors.Is(err, session.ErrNoSession) {
			t.Fatalf("Read(%q) = %v, want ErrNoSession", in, err)
		}
	})
}
