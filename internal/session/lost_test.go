package session_test

import (
	"testing"

	"errors"

	"exposure/internal/live"
	"exposure/internal/session"
)

// TestRepeatedCallsAreHarmless: a session whose calls are repeated is issued, read and
// ended as if they were not.
func TestRepeatedCallsAreHarmless(t *testing.T) {
	client, proxy := live.ClusterBehindProxy(t)
	s := open(t, session.Config{Backend: session.NewRedis(client, "t:"), Sealer: keys(t)})
	cut := func() { proxy.CutOneReply("t:session:", 0) }
	cut()
	token, _, err := s.Issue(t.Context(), session.Record{Audience: "customer", Tags: named([32]byte{1})})
	if err != nil {
		t.Fatal(err)
	}
	cut()
	if r, _, err := s.Read(t.Context(), token, "customer"); err != nil || r.Tags != named([32]byte{1}) {
		t.Errorf("reading: %+v, %v", r, err)
	}
	proxy.CutOneReply("del", 0)
	if err := s.End(t.Context(), token, "customer"); err != nil {
		t.Errorf("ending: %v", err)
	}
	if _, _, err := s.Read(t.Context(), token, "customer"); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("after the end: %v", err)
	}
}
