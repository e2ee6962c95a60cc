package session_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"exposure/internal/live"
	"exposure/internal/session"
)

// TestRewritingsDoNotLoseEachOther: as many at once as may be, each counts.
func TestRewritingsDoNotLoseEachOther(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		token := w.issue(t, session.Record{Audience: "call", Subject: "0"})
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				_, _, err := w.Rewrite(context.Background(), token, "call", func(r *session.Record) {
					n, _ := strconv.Atoi(r.Subject)
					r.Subject = strconv.Itoa(n + 1)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if r, _, err := w.Read(context.Background(), token, "call"); err != nil || r.Subject != "5" {
			t.Errorf("%q, %v; want 5", r.Subject, err)
		}
	})
}

// TestRewritingBringsNothingBack: what is ended or issued anew while it is rewritten stays so.
func TestRewritingBringsNothingBack(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		place := [32]byte{7}
		token, _, err := w.IssueAs(t.Context(), place, session.Record{Audience: "call", Subject: "first"})
		if err != nil {
			t.Fatal(err)
		}
		r, _, err := w.Rewrite(t.Context(), token, "call", func(r *session.Record) {
			if r.Subject == "first" {
				if _, _, err := w.IssueAs(t.Context(), place, session.Record{Audience: "call", Subject: "second"}); err != nil {
					t.Error(err)
				}
			}
			r.Subject += " rewritten"
		})
		if err != nil || r.Subject != "second rewritten" {
			t.Errorf("%q, %v", r.Subject, err)
		}
		_, _, err = w.Rewrite(t.Context(), token, "call", func(*session.Record) {
			if err := w.End(t.Context(), token, "call"); err != nil && !errors.Is(err, session.ErrNoSession) {
				t.Error(err)
			}
		})
		if !errors.Is(err, session.ErrNoSession) {
			t.Errorf("ended meanwhile: %v", err)
		}
		w.wantNone(t, token, "call")
	})
}

// TestARewritingWhoseReplyIsLost is done once.
func TestARewritingWhoseReplyIsLost(t *testing.T) {
	client, proxy := live.ClusterBehindProxy(t)
	s := open(t, session.Config{Backend: session.NewRedis(client, "t:"), Sealer: keys(t)})
	token, _, err := s.Issue(t.Context(), session.Record{Audience: "call"})
	if err != nil {
		t.Fatal(err)
	}
	add := func(r *session.Record) { r.Subject += "x" }
	if _, _, err := s.Rewrite(t.Context(), token, "call", add); err != nil { // loads the script
		t.Fatal(err)
	}
	proxy.CutOneReply("evalsha", 0)
	if r, _, err := s.Rewrite(t.Context(), token, "call", add); err != nil || r.Subject != "xx" {
		t.Errorf("%q, %v", r.Subject, err)
	}
}
