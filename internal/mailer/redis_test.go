package mailer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

const stream = "test:outbox:{mail}"

// TestRedisStopsAndComesBackEmpty: requests are refused while it is down; afterwards the
// same workers go on, although stream and group are gone.
func TestRedisStopsAndComesBackEmpty(t *testing.T) {
	r := newRig(t)
	server := live.NewRedis(t)
	r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
	w, _ := r.run(r.config())
	r.enqueue(r.request("before@example.jp"))
	r.messages(1)

	server.Stop()
	if err := r.outbox.Enqueue(t.Context(), r.request("canary@example.jp")); !errors.Is(err, mailer.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if s, err := w.Stats(t.Context()); !errors.Is(err, mailer.ErrUnavailable) || s.Mailed != 1 {
		t.Errorf("stats %+v %v, want the counters and ErrUnavailable", s, err)
	}
	await(t, "the worker to notice", func() bool { return strings.Contains(r.log.String(), "code mails wait") })
	server.Restart()
	r.enqueue(r.request("after@example.jp"))
	r.messages(2)
	r.awaitEmpty()

	server.Flush()
	r.enqueue(r.request("flushed@example.jp"))
	r.messages(3)
	r.awaitEmpty()
}

// TestEntriesBeforeTheFirstReader: what was queued before any worker ever ran is mailed.
func TestEntriesBeforeTheFirstReader(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{})
	for range 3 {
		r.enqueue(r.request("a@example.jp"))
	}
	r.run(r.config())
	r.messages(3)
}

// TestDamagedEntriesAreDropped: somebody wrote into Redis. Nothing that we did not seal
// is mailed, and it holds nobody up.
func TestDamagedEntriesAreDropped(t *testing.T) {
	r := newRig(t)
	url := live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{})
	c := client(t, url)
	good := mailer.EncodeMail(r.request("a@example.jp"))
	foreign := newKeys(t)
	for _, sealed := range [][]byte{
		nil, []byte("x"), good,
		foreign.Seal(mailer.SealLabel, good, []byte(stream)),                // another key
		r.keys.Seal("other", good, []byte(stream)),                          // another label
		r.keys.Seal(mailer.SealLabel, good, []byte("live:outbox:{mail}")),   // another installation
		r.keys.Seal(mailer.SealLabel, []byte("not a mail"), []byte(stream)), // opens, but is no entry
	} {
		if err := c.Do(t.Context(), "XADD", stream, "*", "e", sealed).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Do(t.Context(), "XADD", stream, "*", "other", "field").Err(); err != nil {
		t.Fatal(err)
	}
	r.enqueue(r.request("b@example.jp"))
	w, _ := r.run(r.config())
	r.awaitEmpty()
	if got := r.messages(1)[0].To.Reveal(); got != "b@example.jp" {
		t.Errorf("mailed to %s", got)
	}
	if s, _ := w.Stats(t.Context()); s.Damaged != 8 {
		t.Errorf("%d damaged, want 8", s.Damaged)
	}
}

// TestRepeatedCommandQueuesOnce: a cluster client sends a command again when the reply
// was lost.
func TestRepeatedCommandQueuesOnce(t *testing.T) {
	r := newRig(t)
	url := live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{})
	for range 2 {
		n, err := mailer.EnqueueScript.Run(t.Context(), client(t, url), []string{stream, stream + ":seen:x"}, 10, "sealed", 15).Int()
		if err != nil || n != 1 {
			t.Fatalf("%d %v", n, err)
		}
	}
	if got := r.waiting(); got != 1 {
		t.Errorf("%d waiting, want 1", got)
	}
}

// calls is a hook that notes what is sent.
type calls struct{ names []string }

func (c *calls) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *calls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.names = append(c.names, cmd.Name())
		return next(ctx, cmd)
	}
}

func (c *calls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			c.names = append(c.names, cmd.Name())
		}
		return next(ctx, cmds)
	}
}

// TestAMailIsDoneByOneScript: scripts go together with the calls of others (see redisdial), and
// a call that does not costs each mail a round trip.
func TestAMailIsDoneByOneScript(t *testing.T) {
	r := newRig(t)
	c, seen := client(t, live.Redis(t)), &calls{}
	o, err := mailer.NewRedisOutbox(c, mailer.OutboxConfig{Sealer: r.keys, Prefix: "test:"})
	must(t, err)
	must(t, o.Done(t.Context(), "1-1")) // the server knows the script from here on
	c.AddHook(seen)
	must(t, o.Done(t.Context(), "1-2"))
	if want := []string{"evalsha"}; !slices.Equal(seen.names, want) {
		t.Errorf("it takes %v, wanted %v", seen.names, want)
	}
}

// TestDueEntryAmongManyThatWait: the sweep finds one entry that is due behind thousands
// that are not.
func TestDueEntryAmongManyThatWait(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{})
	const many = 3000
	for range many {
		r.enqueue(r.request("a@example.jp"))
	}
	var last mailer.Entry
	for taken := 0; taken < many; {
		for _, e := range take(t, r.outbox, 500) {
			last = e
			taken++
			if err := r.outbox.Retry(t.Context(), e.ID, time.Minute, mailer.NotMailed); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.outbox.Retry(t.Context(), last.ID, 0, mailer.NotMailed); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if got := take(t, r.outbox, 1)[0]; got.ID != last.ID {
		t.Errorf("took %s, want %s", got.ID, last.ID)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}
