package redisdial_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/redisdial"
)

// trips is a hook behind the gather: it sees what is really sent, and holds the first round
// trip until it is let go.
type trips struct {
	first   atomic.Bool
	began   chan struct{} // closed when the first is held
	release chan struct{}

	mu   sync.Mutex
	sent []int // calls of each
}

func watch(c *redis.Client) *trips {
	w := &trips{began: make(chan struct{}), release: make(chan struct{})}
	c.AddHook(w)
	return w
}

func (w *trips) pass(cmds ...redis.Cmder) {
	if !slices.Contains([]string{"eval", "set"}, cmds[0].Name()) { // a connection's beginning
		return
	}
	w.mu.Lock()
	w.sent = append(w.sent, len(cmds))
	w.mu.Unlock()
	if w.first.CompareAndSwap(false, true) {
		close(w.began)
		<-w.release
	}
}

func (w *trips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (w *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { w.pass(cmd); return next(ctx, cmd) }
}

func (w *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { w.pass(cmds...); return next(ctx, cmds) }
}

// gathered is a client that gathers, and whatever patience it is given.
func gathered(t *testing.T, addr string, patience time.Duration) (*redis.Client, interface{ Waiting() int }) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { c.Close() })
	return c, redisdial.Gathering(c, patience)
}

func echo(ctx context.Context, c *redis.Client, word string) (string, error) {
	return c.Eval(ctx, `if ARGV[1] == 'bad' then return redis.error_reply('NO') end return ARGV[1]`, []string{"k"}, word).Text()
}

func TestCallsGatherWhileARoundTripIsUnderWay(t *testing.T) {
	c, g := gathered(t, live.NewRedis(t).Addr(), time.Hour)
	w := watch(c)
	var all sync.WaitGroup
	all.Go(func() {
		if got, err := echo(t.Context(), c, "alone"); got != "alone" || err != nil {
			t.Errorf("the first call: %q, %v", got, err)
		}
	})
	<-w.began
	for i := range 20 {
		all.Go(func() {
			switch word := strconv.Itoa(i); i % 4 {
			case 0:
				if got, err := echo(t.Context(), c, word); got != word || err != nil {
					t.Errorf("call %d: %q, %v", i, got, err)
				}
			case 1:
				if got, err := echo(t.Context(), c, "bad"); err == nil || err.Error() != "ERR NO" {
					t.Errorf("call %d, which fails: %q, %v", i, got, err)
				}
			case 2:
				if err := c.Set(t.Context(), "s"+word, word, time.Hour).Err(); err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			default:
				cmds, err := c.Pipelined(t.Context(), func(p redis.Pipeliner) error {
					p.Eval(t.Context(), "return ARGV[1]", []string{"k"}, word)
					p.Set(t.Context(), "p"+word, word, time.Hour)
					return nil
				})
				if err != nil || cmds[0].(*redis.Cmd).Val() != word || cmds[1].(*redis.StatusCmd).Val() != "OK" {
					t.Errorf("pipeline %d: %v, %v", i, cmds, err)
				}
			}
		})
	}
	eventually(t, "all have joined", func() bool { return g.Waiting() == 25 })
	close(w.release)
	all.Wait()
	if want := []int{1, 25}; !slices.Equal(w.sent, want) {
		t.Errorf("sent in round trips of %v calls, wanted %v", w.sent, want)
	}
	if got := c.Get(t.Context(), "s18").Val(); got != "18" {
		t.Errorf("what was set together reads %q", got)
	}
}

func TestNobodyWaitsForARoundTripThatHangs(t *testing.T) {
	c, _ := gathered(t, live.NewRedis(t).Addr(), time.Millisecond)
	w := watch(c)
	var first sync.WaitGroup
	first.Go(func() { _, _ = echo(t.Context(), c, "held") })
	<-w.began
	for i := range 3 {
		if got, err := echo(t.Context(), c, "beside"); got != "beside" || err != nil {
			t.Fatalf("call %d beside one that hangs: %q, %v", i, got, err)
		}
	}
	close(w.release)
	first.Wait()
}

func TestAFullRoundTripWaitsForNoOther(t *testing.T) {
	c, _ := gathered(t, live.NewRedis(t).Addr(), time.Hour)
	w := watch(c)
	var first, others sync.WaitGroup
	first.Go(func() { _, _ = echo(t.Context(), c, "held") })
	<-w.began
	for range redisdial.MostGathered {
		others.Go(func() { _, _ = echo(t.Context(), c, "beside") })
	}
	others.Wait()
	close(w.release)
	first.Wait()
}

// A caller's deadline is its own: it ends the wait and not the call, and what the call
// brings later is written where nobody reads.
func TestACallerLeavesAGatheredCall(t *testing.T) {
	c, g := gathered(t, live.NewRedis(t).Addr(), time.Hour)
	w := watch(c)
	var first sync.WaitGroup
	first.Go(func() { _, _ = echo(t.Context(), c, "held") })
	<-w.began
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{"n"})
			p.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{"n"})
			return nil
		})
		left <- err
	}()
	eventually(t, "it waits", func() bool { return g.Waiting() == 2 })
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left was told %v", err)
	}
	close(w.release)
	first.Wait()
	eventually(t, "the calls are done", func() bool { return c.Get(t.Context(), "n").Val() == "2" })
}

// A round trip whose replies are lost is an error for every call of it, and none is sent
// again.
func TestALostReplyIsLostForAllAndNothingIsRepeated(t *testing.T) {
	server := live.NewRedis(t)
	proxy := live.NewProxy(t, server.Addr())
	c, g := gathered(t, proxy.Addr(), time.Hour)
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	w := watch(c)
	var first, others sync.WaitGroup
	first.Go(func() { _, _ = echo(t.Context(), c, "held") })
	<-w.began
	proxy.CutReply("INCR", 0)
	for i := range 5 {
		others.Go(func() {
			if err := c.Eval(t.Context(), "return redis.call('INCR', KEYS[1])", []string{fmt.Sprint("lost", i)}).Err(); err == nil {
				t.Errorf("call %d has a reply", i)
			}
		})
	}
	eventually(t, "all have joined", func() bool { return g.Waiting() == 5 })
	close(w.release)
	first.Wait()
	others.Wait()
	proxy.Restore()
	for i := range 5 {
		if got := server.Do(fmt.Sprint("GET lost", i)); got != "1" {
			t.Errorf("call %d was done %q times", i, got)
		}
	}
}

// What is no call of the hot path, above all what waits in Redis, goes by itself.
func TestOtherCallsDoNotGather(t *testing.T) {
	c, g := gathered(t, live.NewRedis(t).Addr(), time.Hour)
	w := watch(c)
	var first sync.WaitGroup
	first.Go(func() { _, _ = echo(t.Context(), c, "held") })
	<-w.began
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	if err := c.XRead(t.Context(), &redis.XReadArgs{Streams: []string{"none", "$"}, Block: time.Millisecond}).Err(); !errors.Is(err, redis.Nil) {
		t.Error(err)
	}
	_, err := c.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
		p.Set(t.Context(), "a", 1, 0)
		return p.Set(t.Context(), "b", 2, 0).Err()
	})
	if err != nil || g.Waiting() != 0 {
		t.Errorf("a transaction: %v, %d calls wait", err, g.Waiting())
	}
	close(w.release)
	first.Wait()
}

func TestGatheringUnderLoad(t *testing.T) {
	c := open(t, live.NewRedis(t).URL())
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for k := range 50 {
				word := fmt.Sprint(i, "-", k)
				if got, err := c.Eval(t.Context(), "return ARGV[1]", []string{"k"}, word).Text(); got != word || err != nil {
					t.Errorf("%s: %q, %v", word, got, err)
					return
				}
			}
		})
	}
	all.Wait()
}
