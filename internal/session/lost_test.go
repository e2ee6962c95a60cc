package session_test

import (
	"net"
	"testing"

	"errors"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/session"
)

// behindProxy is a cluster that its client reaches through a proxy only, also when it asks
// where the nodes are. It repeats a call whose reply the proxy cuts.
func behindProxy(t *testing.T) (*redis.ClusterClient, *live.Proxy) {
	t.Helper()
	node := live.NewRedisCluster(t)
	proxy := live.NewProxy(t, node.Addr())
	_, port, err := net.SplitHostPort(proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	node.Do("CONFIG SET cluster-announce-port " + port)
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{proxy.Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	return client, proxy
}

// TestRepeatedCallsAreHarmless: a session whose calls are repeated is issued, read and
// ended as if they were not.
func TestRepeatedCallsAreHarmless(t *testing.T) {
	client, proxy := behindProxy(t)
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
