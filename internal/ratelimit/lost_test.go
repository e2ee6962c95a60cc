package ratelimit_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// behindProxy is a cluster that clients reach through a proxy only, also when they ask it
// where its nodes are.
func behindProxy(t *testing.T) (direct, lossy redis.UniversalClient, proxy *live.Proxy) {
	node := live.NewRedisCluster(t)
	proxy = live.NewProxy(t, node.Addr())
	_, port, err := net.SplitHostPort(proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	node.Do("CONFIG SET cluster-announce-port " + port)
	cluster := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{proxy.Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { cluster.Close() })
	return dial(t, node.Addr()), cluster, proxy
}

// TestNoTakeCountsTwice: the connection breaks after the script ran and before its reply. A
// cluster client would send the call again; what was taken is counted once, what was given
// back comes back once, and nobody is let through on it.
func TestNoTakeCountsTwice(t *testing.T) {
	direct, lossy, proxy := behindProxy(t)
	table := merged(limits(9, 9))
	sees := open(t, ratelimit.Config{Client: direct, Table: table, Prefix: "t:"})
	l := open(t, ratelimit.Config{Client: lossy, Table: table, Prefix: "t:"})
	for _, name := range []ratelimit.Name{ratelimit.FailedIP, ratelimit.RequestIP, ratelimit.SendGlobal} {
		if _, over := take(t, l, name, "other"); over != nil { // the script is known now
			t.Fatal(over)
		}
		first, _ := take(t, sees, name, "k")
		proxy.CutOneReply("evalsha", 0)
		if _, err := l.Take(context.Background(), name, "k"); !errors.Is(err, ratelimit.ErrUnavailable) {
			t.Errorf("%s: a take whose reply was lost passed: %v", name, err)
		}
		proxy.Restore()
		if u, over := take(t, sees, name, "k"); over != nil || u.Remaining != first.Remaining-2 {
			t.Errorf("%s: %d left, then %d, %v: want the lost take counted once", name, first.Remaining, u.Remaining, over)
		}
	}
	loan, _, _ := borrow(t, l, counters("a", "n")...)
	giveBack(t, l, loan) // this script is known now as well
	loan, _, over := borrow(t, l, counters("b", "n")...)
	if over != nil {
		t.Fatal(over)
	}
	proxy.CutOneReply("evalsha", 0)
	if err := l.Return(context.Background(), loan); err == nil {
		t.Error("a return whose reply was lost succeeded")
	}
	proxy.Restore()
	if u, over := take(t, sees, ratelimit.FailedIP, "b"); over != nil || u.Remaining != 8 {
		t.Errorf("%d left, %v: want the loan given back once", u.Remaining, over)
	}
	proxy.CutOneReply("evalsha", 0)
	if _, _, err := l.Borrow(context.Background(), counters("c", "n")...); !errors.Is(err, ratelimit.ErrUnavailable) {
		t.Errorf("a loan whose reply was lost: %v", err)
	}
	proxy.Restore()
	if u, over := take(t, sees, ratelimit.FailedIP, "c"); over != nil || u.Remaining > 8 || u.Remaining < 7 {
		t.Errorf("%d left, %v: want the lost loan counted at most once", u.Remaining, over)
	}
}

// TestLoansComeBackWithoutMemory: a Redis that is full takes back what was lent, or everybody's
// budget would shrink by every request that came to nothing.
func TestLoansComeBackWithoutMemory(t *testing.T) {
	server := live.NewRedis(t)
	l := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: merged(limits(1, 1))})
	loan, _, over := borrow(t, l, counters("k", "n")...)
	if over != nil {
		t.Fatal(over)
	}
	server.Do("CONFIG SET maxmemory 1")
	giveBack(t, l, loan)
	server.Do("CONFIG SET maxmemory 0")
	if _, _, over := borrow(t, l, counters("k", "n")...); over != nil {
		t.Errorf("what was given back is still counted: %v", over)
	}
}
