package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

func counters(ip, net string) []ratelimit.Counter {
	return []ratelimit.Counter{{Name: ratelimit.FailedIP, Key: ip}, {Name: ratelimit.FailedNet, Key: net}}
}

func limits(ip, net int64) ratelimit.Table {
	return ratelimit.Table{ratelimit.FailedIP: {{Count: ip, Per: time.Hour}}, ratelimit.FailedNet: {{Count: net, Per: time.Hour}}}
}

func borrow(t testing.TB, l *ratelimit.Limiter, c ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, *ratelimit.Exceeded) {
	t.Helper()
	loan, usages, err := l.Borrow(context.Background(), c...)
	return loan, usages, exceeded(t, err)
}

func giveBack(t testing.TB, l *ratelimit.Limiter, loan ratelimit.Loan) {
	t.Helper()
	if err := l.Return(context.Background(), loan); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsGivenBackCanBeTakenAgain(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(limits(2, 3))
		for range 20 {
			loan, usages, over := borrow(t, l, counters("a", "n")...)
			if over != nil || usages[0].Remaining != 1 || usages[1].Remaining != 2 || usages[1].Limit != 3 {
				t.Fatalf("%+v, %v", usages, over)
			}
			giveBack(t, l, loan)
		}
		borrow(t, l, counters("a", "n")...)
		borrow(t, l, counters("a", "n")...)
		_, usages, over := borrow(t, l, counters("a", "n")...)
		if over == nil || over.Name != ratelimit.FailedIP || usages[0].Remaining != 0 || over.RetryAfter < 59*time.Minute {
			t.Errorf("the third of two: %+v, %v", usages, over)
		}
		// What was refused by one was not counted by the other.
		if _, usages, over := borrow(t, l, counters("b", "n")...); over != nil || usages[1].Remaining != 0 {
			t.Errorf("a neighbour: %+v, %v", usages, over)
		}
		if _, _, over := borrow(t, l, counters("c", "n")...); over == nil || over.Name != ratelimit.FailedNet {
			t.Errorf("the fourth of a network: %v", over)
		}
		// Nor is one who was refused for the network charged for it.
		for range 2 {
			if _, over := take(t, l, ratelimit.FailedIP, "c"); over != nil {
				t.Errorf("an address that was only refused for its network: %v", over)
			}
		}
		giveBack(t, l, ratelimit.Loan{})
	})
}

// However many guesses are in the air at once, and whatever of them is given back, no
// more fail than may.
func TestABurstOfLoans(t *testing.T) {
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(limits(30, 7))
		var failed, free atomic.Int64
		var wg sync.WaitGroup
		for i := range 600 {
			wg.Go(func() {
				loan, _, err := l.Borrow(context.Background(), counters(fmt.Sprint(i%3), "n")...)
				switch {
				case err == nil && i%2 == 0:
					free.Add(1)
					if err := l.Return(context.Background(), loan); err != nil {
						t.Error(err)
					}
				case err == nil:
					failed.Add(1)
				case !errors.As(err, new(*ratelimit.Exceeded)):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for { // the rest of the allowance is still there, and not more
			if _, _, over := borrow(t, l, counters("9", "n")...); over != nil {
				break
			}
			failed.Add(1)
		}
		if n := failed.Load(); n != 7 {
			t.Errorf("%d failed in all, want 7; %d were right", n, free.Load())
		}
	})
}

// A window that is over, or was lost with Redis, is another window: a late return must not
// take away what was counted in the new one.
func TestALateReturnChangesNothing(t *testing.T) {
	t.Parallel()
	late := func(t *testing.T, l *ratelimit.Limiter, end func()) {
		t.Helper()
		loan, _, over := borrow(t, l, ratelimit.Counter{Name: ratelimit.FailedIP, Key: "k"})
		if over != nil {
			t.Fatal(over)
		}
		end()
		take(t, l, ratelimit.FailedIP, "k")
		take(t, l, ratelimit.FailedIP, "k")
		giveBack(t, l, loan)
		if _, over := take(t, l, ratelimit.FailedIP, "k"); over == nil {
			t.Error("a return of the window before made room")
		}
	}
	backends(t, func(t *testing.T, open func(ratelimit.Table) *ratelimit.Limiter) {
		l := open(ratelimit.Table{ratelimit.FailedIP: {{Count: 2, Per: time.Second}, {Count: 50, Per: time.Hour}}})
		late(t, l, func() { time.Sleep(1010 * time.Millisecond) })
	})
	t.Run("lost", func(t *testing.T) {
		server := live.NewRedis(t)
		l := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: merged(limits(2, 2))})
		late(t, l, func() { time.Sleep(2 * time.Millisecond); server.Flush() })
	})
}

// On a cluster the counters of a loan are on any nodes, and a call is repeated when its
// reply was lost: what comes back twice counts once.
func TestLoansOnACluster(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	l := open(t, ratelimit.Config{Client: client, Table: merged(limits(2, 5)), Prefix: "t:"})
	for i := range 5 {
		loan, usages, over := borrow(t, l, counters(fmt.Sprint(i), "n")...)
		if over != nil || usages[1].Remaining != int64(4-i) {
			t.Fatalf("%+v, %v", usages, over)
		}
		if i == 4 {
			for range 3 {
				giveBack(t, l, loan)
			}
		}
	}
	for i := range 2 {
		if _, _, over := borrow(t, l, counters("z", "n")...); (over != nil) != (i == 1) {
			t.Errorf("after one loan came back three times, take %d: %v", i, over)
		}
	}
}

// TestLostRepliesCountAgainstTheGuesser: a take whose reply is lost is refused and stays
// counted; a return whose reply is lost has happened; nothing is ever given back twice.
func TestLostRepliesCountAgainstTheGuesser(t *testing.T) {
	server := live.NewRedis(t)
	relay := newRelay(t, server.Addr())
	direct := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: merged(limits(3, 9))})
	lossy := open(t, ratelimit.Config{Client: dial(t, relay.addr), Table: merged(limits(3, 9))})
	loan, _, over := borrow(t, lossy, counters("k", "n")...)
	if over != nil {
		t.Fatal(over)
	}
	giveBack(t, lossy, loan) // both scripts are known now
	loan, _, _ = borrow(t, lossy, counters("k", "n")...)
	relay.mute.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if got, usages, err := lossy.Borrow(ctx, counters("k", "n")...); !errors.Is(err, ratelimit.ErrUnavailable) || usages != nil {
		t.Fatalf("a take without a reply: %+v, %+v, %v", got, usages, err)
	}
	if err := lossy.Return(context.Background(), loan); !errors.Is(err, ratelimit.ErrUnavailable) || strings.Contains(err.Error(), "limit:") {
		t.Fatalf("a return without a reply: %v", err)
	}
	if err := direct.Return(context.Background(), loan); err != nil { // as a cluster client would
		t.Fatal(err)
	}
	// One of three is counted: the take without a reply.
	if u, over := take(t, direct, ratelimit.FailedIP, "k"); over != nil || u.Remaining != 1 {
		t.Errorf("%+v, %v; want one left after this one and the lost one", u, over)
	}
	if u, over := take(t, direct, ratelimit.FailedNet, "n"); over != nil || u.Remaining != 7 {
		t.Errorf("%+v, %v; want seven left", u, over)
	}
}

func TestLoansFailClosed(t *testing.T) {
	server := live.NewRedis(t)
	l := open(t, ratelimit.Config{Client: dial(t, server.Addr()), Table: ratelimit.Default()})
	loan, _, _ := borrow(t, l, counters("canary", "n")...)
	server.Stop()
	if _, usages, err := l.Borrow(context.Background(), counters("canary", "n")...); !errors.Is(err, ratelimit.ErrUnavailable) || usages != nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("without Redis: %+v, %v", usages, err)
	}
	if err := l.Return(context.Background(), loan); !errors.Is(err, ratelimit.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
		t.Errorf("giving back without Redis: %v", err)
	}
	for _, name := range []ratelimit.Name{ratelimit.RequestIP, ratelimit.SendAddress, "no-such"} {
		if _, _, err := l.Borrow(context.Background(), ratelimit.Counter{Name: name}); !errors.Is(err, ratelimit.ErrUnavailable) {
			t.Errorf("borrowing from %s: %v", name, err)
		}
	}
}

// A script flush between two calls changes nothing.
func TestLoansAfterAScriptFlush(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	l := open(t, ratelimit.Config{Client: client, Table: merged(limits(3, 3))})
	for range 4 {
		client.ScriptFlush(context.Background())
		loan, usages, over := borrow(t, l, counters("k", "n")...)
		if over != nil || usages[0].Remaining != 2 {
			t.Fatalf("%+v, %v", usages, over)
		}
		client.ScriptFlush(context.Background())
		giveBack(t, l, loan)
	}
}

// TestMemoryOfLoansIsBounded: beyond the bound new counters are refused and known ones
// still count; what is over makes room.
func TestMemoryOfLoansIsBounded(t *testing.T) {
	now := time.UnixMilli(1_690_000_000_000)
	l := open(t, ratelimit.Config{Table: ratelimit.Default(), Now: func() time.Time { return now }})
	full := 0
	for ; ; full++ {
		_, _, err := l.Borrow(context.Background(), ratelimit.Counter{Name: ratelimit.FailedIP, Key: fmt.Sprint(full)})
		if errors.Is(err, ratelimit.ErrUnavailable) {
			break
		}
		if err != nil || full > 1_000_000 {
			t.Fatalf("after %d: %v", full, err)
		}
	}
	if u, over := take(t, l, ratelimit.FailedIP, "0"); over != nil || u.Remaining != 58 {
		t.Errorf("a known counter with %d others: %+v, %v", full, u, over)
	}
	now = now.Add(time.Hour)
	if _, over := take(t, l, ratelimit.FailedIP, "new"); over != nil {
		t.Errorf("after the hour: %v", over)
	}
}

// relay passes bytes on, and while mute swallows what the server says.
type relay struct {
	addr string
	mute atomic.Bool
}

func newRelay(t *testing.T, to string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String()}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			t.Cleanup(func() { client.Close(); server.Close() })
			go io.Copy(server, client)
			go io.Copy(muted{client, r}, server)
		}
	}()
	return r
}

type muted struct {
	io.Writer
	r *relay
}

func (m muted) Write(b []byte) (int, error) {
	if m.r.mute.Load() {
		return len(b), nil
	}
	return m.Writer.Write(b)
}
