package ratelimit_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

// TestAMarkOutlivesRepeats: a cluster client repeats a return whose reply was lost for a second.
// By then its mark is there, or the take would come back twice.
func TestAMarkOutlivesRepeats(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	l := open(t, ratelimit.Config{Client: client, Table: merged(limits(2, 2)), Prefix: "t:"})
	loan, _, over := borrow(t, l, counters("k", "n")...)
	if over != nil {
		t.Fatal(over)
	}
	before := client.Time(t.Context()).Val()
	giveBack(t, l, loan)
	marks := client.Keys(t.Context(), "t:limit:*:back:*").Val()
	for _, mark := range marks {
		if ends := time.UnixMilli(client.PExpireTime(t.Context(), mark).Val().Milliseconds()); ends.Before(before.Add(10 * time.Second)) {
			t.Errorf("a mark lives for %v", ends.Sub(before))
		}
	}
	if len(marks) == 0 {
		t.Error("a return leaves no mark")
	}
}

// TestNoWindowOwesATake: whatever Redis lost or put back of a counter and of the marks, a loan
// that comes back never leaves less than nothing counted, which would let one more pass.
func TestNoWindowOwesATake(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	l := open(t, ratelimit.Config{Client: client, Prefix: "t:", Table: merged(ratelimit.Table{
		ratelimit.FailedIP: {{Count: 2, Per: time.Minute}, {Count: 50, Per: time.Hour}},
	})})
	c := ratelimit.Counter{Name: ratelimit.FailedIP, Key: "k"}
	loan, _, over := borrow(t, l, c)
	if over != nil {
		t.Fatal(over)
	}
	borrow(t, l, c) // the hour goes on
	keys := client.Keys(t.Context(), "t:limit:*").Val()
	if len(keys) != 1 {
		t.Fatalf("%d counters", len(keys))
	}
	client.HSet(t.Context(), keys[0], "n60000", 0)
	giveBack(t, l, loan)
	if got := client.HMGet(t.Context(), keys[0], "n60000", "n3600000").Val(); got[0] != "0" || got[1] != "1" {
		t.Errorf("the minute counts %v, the hour %v; want 0 and 1", got[0], got[1])
	}
}

// boundedCalls fails the test for each call of Redis whose context is over, or not over within
// a second.
type boundedCalls struct{ t *testing.T }

func (b boundedCalls) check(ctx context.Context) {
	if at, bounded := ctx.Deadline(); !bounded || time.Until(at) > time.Second || errors.Is(ctx.Err(), context.Canceled) {
		b.t.Errorf("a call that is bounded %t, by %v, %v", bounded, time.Until(at), ctx.Err())
	}
}

func (b boundedCalls) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (b boundedCalls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { b.check(ctx); return next(ctx, cmd) }
}

func (b boundedCalls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { b.check(ctx); return next(ctx, cmds) }
}

// TestGivingBackIsBounded: it goes on when the client has left, and holds nobody up for more
// than a second while Redis hangs.
func TestGivingBackIsBounded(t *testing.T) {
	client := dial(t, live.NewRedis(t).Addr())
	l := open(t, ratelimit.Config{Client: client, Table: merged(limits(2, 2))})
	loan, _, over := borrow(t, l, counters("k", "n")...)
	receipt := ratelimit.NewReceipt()
	mail := ratelimit.Counter{Name: ratelimit.SendAddress, Key: "k"}
	if over != nil || !takeFor(t, l, mail, receipt) {
		t.Fatal(over)
	}
	left, leave := context.WithCancel(context.Background())
	leave()
	client.AddHook(boundedCalls{t})
	if err := l.Return(left, loan); err != nil {
		t.Error(err)
	}
	if err := l.GiveBack(left, receipt, mail); err != nil {
		t.Error(err)
	}
}
