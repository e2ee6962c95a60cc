package otp_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/otp"
)

// Scripts are forgotten and killed all the time; nothing is judged twice or not at all.
func TestScriptFlushAndKillDuringLoad(t *testing.T) {
	server := live.NewRedis(t)
	w := &world{Store: otp.NewRedis(dial(t, server.Addr()), otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}}
	stop := make(chan struct{})
	var flushers sync.WaitGroup
	flushers.Go(func() {
		admin := dial(t, server.Addr())
		for {
			select {
			case <-stop:
				return
			default:
				admin.ScriptFlush(context.Background())
				admin.ScriptKill(context.Background()) // mostly finds nothing to kill
			}
		}
	})
	for range 20 {
		v := w.person().visit(otp.Web)
		m := v.mail()
		var all []otp.Attempt
		for range 4 {
			all = append(all, slices.Repeat([]otp.Attempt{v.attempt(wrong(v))}, 3)...)
		}
		left := map[int]int{}
		for _, got := range burst(t, w, all) {
			left[got.AttemptsLeft]++
		}
		if want := map[int]int{4: 3, 3: 3, 2: 3, 1: 3}; !maps.Equal(left, want) {
			t.Fatalf("replies by tries left %v, want %v", left, want)
		}
		if n := count(burst(t, w, slices.Repeat([]otp.Attempt{v.attempt(m.digits)}, 20)), accepted); n != 20 {
			t.Fatalf("%d of 20 replies to the one right call accept it", n)
		}
	}
	close(stop)
	flushers.Wait()
}

// On a cluster every script must keep to one slot.
func TestCluster(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{live.NewRedisCluster(t).Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	w := &world{Store: otp.NewRedis(client, otp.Config{Prefix: "t:"}), tb: t, now: time.Now(), back: func(time.Time) {}}
	for range 20 {
		p := w.person()
		v := p.visit(otp.Web)
		m := v.mail()
		v.want(wrong(v), otp.Wrong)
		if n := count(burst(t, w, slices.Repeat([]otp.Attempt{v.attempt(m.digits)}, 5)), accepted); n != 5 {
			t.Fatalf("%d of 5 replies to the right call accept it", n)
		}
		if err := w.Revive(context.Background(), p.tag, otp.Web, v.nonce); err != nil {
			t.Fatal(err)
		}
		v.want(v.mail().digits, otp.Accepted)
	}
}

func TestFlushedStoreKeepsTheBudget(t *testing.T) {
	server := live.NewRedis(t)
	w := &world{Store: otp.NewRedis(dial(t, server.Addr()), otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}}
	p := w.person()
	evaluatedInAll := 0
	for range 30 {
		v := p.visit(otp.Web)
		v.mail()
		for range 3 {
			if v.try(wrong(v)).Evaluated {
				evaluatedInAll++
			}
		}
		server.Flush()
	}
	if evaluatedInAll > 10 {
		t.Errorf("%d failures were evaluated although the audit table remembered", evaluatedInAll)
	}
	v := p.visit(otp.Web)
	if m := v.mail(); m.Form != otp.Long || !v.try(m.digits).Accepted {
		t.Error("the owner does not get in")
	}
}

func TestStoppedStoreAcceptsNothing(t *testing.T) {
	server := live.NewRedis(t)
	w := &world{Store: otp.NewRedis(dial(t, server.Addr()), otp.Config{}), tb: t, now: time.Now(), back: func(time.Time) {}}
	v := w.person().visit(otp.Web)
	m := v.mail()
	draft, _, _ := v.draft("2-0", false)
	unavailable := func(when string) {
		t.Helper()
		for name, call := range map[string]func(context.Context) error{
			"Redeem": func(ctx context.Context) error {
				got, err := w.Redeem(ctx, v.attempt(m.digits))
				if got != (otp.Verdict{}) {
					t.Errorf("%s: judged %+v", when, got)
				}
				return err
			},
			"Issue":  func(ctx context.Context) error { _, err := w.Issue(ctx, draft); return err },
			"Revive": func(ctx context.Context) error { return w.Revive(ctx, v.p.tag, v.purpose, v.nonce) },
		} {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			begun := time.Now()
			err := call(ctx)
			cancel()
			if took := time.Since(begun); !errors.Is(err, otp.ErrUnavailable) || took > 5*time.Second {
				t.Errorf("%s: %s gave %v after %v, want ErrUnavailable by its deadline", when, name, err, took)
			}
		}
	}
	server.Hang(time.Hour)
	unavailable("hanging")
	server.Stop()
	unavailable("stopped")
	server.Restart()
	if got := v.try(m.digits); got.Accepted {
		t.Errorf("a code survived the loss of everything: %+v", got)
	}
	again := v.mail()
	v.want(again.digits, otp.Accepted)
}

// The reply is lost after the script ran: sending the same call again gets the verdict.
func TestLostReply(t *testing.T) {
	server := live.NewRedis(t)
	direct := otp.NewRedis(dial(t, server.Addr()), otp.Config{})
	relay := newRelay(t, server.Addr())
	lossy := otp.NewRedis(dial(t, relay.addr), otp.Config{})
	w := &world{Store: direct, tb: t, now: time.Now(), back: func(time.Time) {}}
	v := w.person().visit(otp.Web)
	m := v.mail()
	// The connection is made and the script known before replies are lost.
	if _, err := lossy.Redeem(context.Background(), v.attempt(wrong(v))); err != nil {
		t.Fatal(err)
	}
	a := v.attempt(m.digits)
	relay.mute.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if got, err := lossy.Redeem(ctx, a); !errors.Is(err, otp.ErrUnavailable) || got.Accepted {
		t.Fatalf("without a reply: %+v, %v", got, err)
	}
	got, err := direct.Redeem(context.Background(), a)
	if err != nil || !got.Accepted || got.AttemptsLeft != 3 {
		t.Errorf("the same call again: %+v, %v; want it accepted and charged once", got, err)
	}
	v.want(m.digits, otp.Consumed)
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
	var wg sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	wg.Go(func() {
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
			mu.Lock()
			open = append(open, client, server)
			mu.Unlock()
			wg.Go(func() { io.Copy(server, client) })
			wg.Go(func() { io.Copy(muted{client, r}, server) })
		}
	})
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
