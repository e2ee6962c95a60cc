package mailer_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// TestRoomEndsBeforeTheOutbox: nobody is promised a mail while there is still room for those
// who were promised one in the same moment.
func TestRoomEndsBeforeTheOutbox(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{Max: 32}, func(t *testing.T, r *rig) {
		promised := 0
		for ; r.outbox.Room(t.Context()) == nil && promised < 100; promised++ {
			r.enqueue(r.request(fmt.Sprintf("a%d@example.jp", promised)))
		}
		if err := r.outbox.Room(t.Context()); promised != 30 || !errors.Is(err, mailer.ErrOutboxFull) {
			t.Errorf("room ended after %d of 32 with %v, want 30 and ErrOutboxFull", promised, err)
		}
		for i := range 2 {
			r.enqueue(r.request(fmt.Sprintf("b%d@example.jp", i)))
		}
		if err := r.outbox.Enqueue(t.Context(), r.request("c@example.jp")); !errors.Is(err, otp.ErrNotQueued) {
			t.Errorf("a full outbox is no otp.ErrNotQueued: %v", err)
		}
		if err := r.outbox.Done(t.Context(), take(t, r.outbox, 1)[0].ID); err != nil {
			t.Fatal(err)
		}
		if d, err := r.outbox.Depth(t.Context()); err != nil || !d.Full() {
			t.Errorf("%+v, %v: 31 of 32 is full", d, err)
		}
	})
}

// TestNoRoomWhereNothingCanBeWritten: a Redis without memory, and one that became a replica,
// says so before anybody is charged, and nothing is queued there.
func TestNoRoomWhereNothingCanBeWritten(t *testing.T) {
	for name, commands := range map[string][2]string{
		"no memory": {"CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"},
		"a replica": {"REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"},
	} {
		t.Run(name, func(t *testing.T) {
			r, server := newRig(t), live.NewRedis(t)
			r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
			r.enqueue(r.request("a@example.jp")) // the scripts are known
			server.Do(commands[0])
			if err := r.outbox.Room(t.Context()); !errors.Is(err, mailer.ErrUnavailable) {
				t.Errorf("room: %v", err)
			}
			err := r.outbox.Enqueue(t.Context(), r.request("b@example.jp"))
			if !errors.Is(err, mailer.ErrUnavailable) || name == "no memory" && !errors.Is(err, otp.ErrNotQueued) {
				t.Errorf("queueing: %v", err)
			}
			server.Do(commands[1])
			if err := r.outbox.Room(t.Context()); err != nil {
				t.Errorf("room afterwards: %v", err)
			}
			if got := r.waiting(); got != 1 {
				t.Errorf("%d wait, want 1", got)
			}
		})
	}
}

// TestWhatBecameOfAMailIsFoundOut: a request or its reply is lost, and the client repeats
// nothing. The mail is queued once, or it is known not to be; only with Redis gone for good
// nobody knows.
func TestWhatBecameOfAMailIsFoundOut(t *testing.T) {
	for name, c := range map[string]struct {
		fault   func(*live.Proxy)
		waiting int
		known   bool
	}{
		"the reply is lost":     {func(p *live.Proxy) { p.CutOneReply("evalsha", 0) }, 2, true},
		"the request is lost":   {func(p *live.Proxy) { p.CutRequest("\r\n10000\r\n") }, 1, true},
		"nothing is answered":   {(*live.Proxy).Refuse, 1, false},
		"every reply is lost":   {func(p *live.Proxy) { p.CutReply("evalsha", 0) }, 2, false},
		"nothing is the matter": {func(*live.Proxy) {}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server := newRig(t), live.NewRedis(t)
			proxy := live.NewProxy(t, server.Addr())
			r.outbox = redisOutbox(t, r, "redis://"+proxy.Addr(), mailer.OutboxConfig{})
			r.enqueue(r.request("a@example.jp"))
			c.fault(proxy)
			err := r.outbox.Enqueue(t.Context(), r.request("b@example.jp"))
			proxy.Restore()
			if got := r.waiting(); got != c.waiting {
				t.Errorf("%d wait, want %d", got, c.waiting)
			}
			if known := err == nil || errors.Is(err, otp.ErrNotQueued); known != c.known || (err == nil) != (c.known && c.waiting == 2) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// TestAVoidAttemptQueuesNothing: once it was said that a mail is not queued, what of it was
// still on its way is not queued either. A mail with a name can be asked for again.
func TestAVoidAttemptQueuesNothing(t *testing.T) {
	r, server := newRig(t), live.NewRedis(t)
	r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
	r.enqueue(r.request("a@example.jp"))
	server.Do("CONFIG SET maxmemory 1")
	named := r.request("b@example.jp")
	named.Once = [16]byte{1}
	if err := r.outbox.Enqueue(t.Context(), named); err == nil || errors.Is(err, otp.ErrNotQueued) {
		t.Errorf("a mail with a name: %v", err)
	}
	if err := r.outbox.Enqueue(t.Context(), r.request("c@example.jp")); !errors.Is(err, otp.ErrNotQueued) {
		t.Fatal(err)
	}
	server.Do("CONFIG SET maxmemory 0")
	c := client(t, server.URL())
	void := 0
	for _, key := range c.Keys(t.Context(), stream+":seen:*").Val() {
		if c.Get(t.Context(), key).Val() == "0" {
			void++
			if left := c.TTL(t.Context(), key).Val(); left < 31*time.Minute { // what a system goes on to deliver
				t.Errorf("it is void for %v only", left)
			}
			// It arrives after all.
			if err := mailer.EnqueueScript.Run(t.Context(), c, []string{stream, key}, 100, "late", 15).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.enqueue(named)
	if got := r.waiting(); void != 1 || got != 2 {
		t.Errorf("%d void attempts, %d wait; want 1, and 2", void, got)
	}
}
