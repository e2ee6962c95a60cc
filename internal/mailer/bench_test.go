package mailer_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

func benchOutboxes(b *testing.B, bench func(b *testing.B, r *rig)) {
	c := mailer.OutboxConfig{Max: 1 << 30}
	b.Run("memory", func(b *testing.B) {
		r := newRig(b)
		r.outbox = mailer.NewMemoryOutbox(c)
		bench(b, r)
	})
	b.Run("redis", func(b *testing.B) {
		r := newRig(b)
		url := live.Redis(b)
		o, err := mailer.NewRedisOutbox(client(b, url), mailer.OutboxConfig{Max: c.Max, Sealer: r.keys})
		if err != nil {
			b.Fatal(err)
		}
		r.outbox = o
		r.codes.Store = otp.NewRedis(client(b, url), otp.Config{})
		bench(b, r)
	})
}

// BenchmarkEnqueue is the part of a request for a code that this package costs.
func BenchmarkEnqueue(b *testing.B) {
	benchOutboxes(b, func(b *testing.B, r *rig) {
		m := r.request("a@example.jp")
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := r.outbox.Enqueue(context.Background(), m); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkWorker works off a full outbox with a sender that discards: codes drawn,
// stored and worded, every entry done. Every request is for another address.
func BenchmarkWorker(b *testing.B) {
	benchOutboxes(b, func(b *testing.B, r *rig) {
		for i := range b.N {
			r.enqueue(r.request(fmt.Sprintf("a%d@example.jp", i)))
		}
		var sent atomic.Int64
		all := make(chan struct{})
		c := r.config()
		c.Parallel = 16
		c.Issuer = r.codes.Store
		c.Sender = senderFunc(func(context.Context, mailer.Message) error {
			if sent.Add(1) == int64(b.N) {
				close(all)
			}
			return nil
		})
		b.ResetTimer()
		_, stop := r.run(c)
		<-all
		b.StopTimer()
		stop()
	})
}

// BenchmarkSMTP hands mails to a server on loopback over kept connections.
func BenchmarkSMTP(b *testing.B) {
	server := startWire(b, nil)
	s := newSMTP(b, mailer.SMTPConfig{URL: server.url(), Connections: 8})
	m := aMessage(b, "a@example.jp")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Send(context.Background(), m); err != nil {
				b.Error(err)
			}
		}
	})
}
