package mailer_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

// deadlines notes how long each call of Redis may still take when it is sent.
type deadlines struct {
	mu   sync.Mutex
	left []time.Duration
}

func (d *deadlines) note(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := 24 * time.Hour
	if at, bounded := ctx.Deadline(); bounded {
		left = time.Until(at)
	}
	d.left = append(d.left, left)
}

func (d *deadlines) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (d *deadlines) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { d.note(ctx); return next(ctx, cmd) }
}

func (d *deadlines) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { d.note(ctx); return next(ctx, cmds) }
}

// TestHowLongARequestWaitsForTheOutbox: while Redis hangs, a request that asks for room is over
// after two seconds, and one whose mail may be queued a second after the five of queueing,
// also when nobody who calls sets a deadline.
func TestHowLongARequestWaitsForTheOutbox(t *testing.T) {
	r, server := newRig(t), live.NewRedis(t)
	c, seen := client(t, server.URL()), &deadlines{}
	c.AddHook(seen)
	o, err := mailer.NewRedisOutbox(c, mailer.OutboxConfig{Prefix: "test:", Sealer: r.keys})
	if err != nil {
		t.Fatal(err)
	}
	most := func(what string, limits ...time.Duration) {
		t.Helper()
		if len(seen.left) < len(limits) {
			t.Fatalf("%s: %d calls of Redis", what, len(seen.left))
		}
		for i, left := range seen.left { // a script that is not known is sent twice
			if limit := limits[min(i, len(limits)-1)]; left > limit {
				t.Errorf("%s: call %d may take %v, want %v at most", what, i+1, left, limit)
			}
		}
		seen.left = nil
	}
	if err := o.Room(context.Background()); err != nil {
		t.Fatal(err)
	}
	most("asking for room", 2*time.Second)
	if err := o.Enqueue(context.Background(), r.request("a@example.jp")); err != nil {
		t.Fatal(err)
	}
	most("queueing", 5*time.Second)
	server.Do("CONFIG SET maxmemory 1") // so that it is asked what became of the mail
	if err := o.Enqueue(context.Background(), r.request("b@example.jp")); err == nil {
		t.Fatal("queued without memory")
	}
	most("queueing without memory", 5*time.Second, time.Second)
}

// TestMarksOutliveRepeats: a cluster client repeats a call whose reply was lost until its
// deadline, five seconds after it began. By then the mark that makes it harmless is there, for
// queueing and for putting back.
func TestMarksOutliveRepeats(t *testing.T) {
	r, server := newRig(t), live.NewRedis(t)
	r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
	c := client(t, server.URL())
	known := map[string]bool{}
	marked := func(what string, call func() error) {
		t.Helper()
		before := c.Time(t.Context()).Val()
		if err := call(); err != nil {
			t.Fatal(err)
		}
		marks := 0
		for _, key := range c.Keys(t.Context(), stream+":seen:*").Val() {
			if known[key] {
				continue
			}
			known[key] = true
			marks++
			if lives := time.UnixMilli(c.PExpireTime(t.Context(), key).Val().Milliseconds()).Sub(before); lives < 2*mailer.CallTimeout {
				t.Errorf("%s is marked for %v, and repeated for %v", what, lives, mailer.CallTimeout)
			}
		}
		if marks != 1 {
			t.Errorf("%s left %d marks", what, marks)
		}
	}
	marked("queueing", func() error { return r.outbox.Enqueue(t.Context(), r.request("a@example.jp")) })
	e := take(t, r.outbox, 1)[0]
	marked("putting back", func() error { return r.outbox.Retry(t.Context(), e.ID, time.Second, mailer.NotMailed) })
	marked("shelving", func() error { return r.outbox.Shelve(t.Context(), e.ID, mailer.NotMailed) })
}
