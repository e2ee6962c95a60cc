package ratelimit_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
)

func BenchmarkTake(b *testing.B) {
	for backend, client := range map[string]redis.UniversalClient{"memory": nil, "redis": dial(b, live.NewRedis(b).Addr())} {
		l := open(b, ratelimit.Config{Client: client, Table: ratelimit.Default()})
		for _, name := range kinds {
			b.Run(backend+"/"+string(name), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					take(b, l, name, fmt.Sprint(i/2))
				}
			})
		}
	}
}

// BenchmarkJourney takes all that one customer's journey takes, of another address each, and
// most of the networks anew. redis-us/op is what Redis itself spends on it.
func BenchmarkJourney(b *testing.B) {
	server := live.NewRedis(b)
	table := ratelimit.Default()
	for _, name := range []ratelimit.Name{ratelimit.SendGlobal, ratelimit.SendDomain} {
		table[name] = []ratelimit.Rate{{Count: 1_000_000_000, Per: table[name][0].Per}}
	}
	l := open(b, ratelimit.Config{Client: dial(b, server.Addr()), Table: table})
	var n atomic.Int64
	begun := server.CPU()
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := journey(context.Background(), l, n.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((server.CPU()-begun).Microseconds())/float64(b.N), "redis-us/op")
}

func journey(ctx context.Context, l *ratelimit.Limiter, n int64) error {
	address, net := fmt.Sprintf("%064x", n), fmt.Sprintf("%032x", n/100)
	ip := fmt.Sprintf("%s:%032x", net, n/3)
	if _, err := l.TakeAll(ctx, ratelimit.Counter{Name: ratelimit.RequestIP, Key: ip}, ratelimit.Counter{Name: ratelimit.RequestNet, Key: net}); err != nil {
		return err
	}
	if _, _, err := l.Borrow(ctx, ratelimit.Counter{Name: ratelimit.SendGlobal}); err != nil {
		return err
	}
	counters := mailCounters(address)
	if way, err := l.TakeFirst(ctx, ratelimit.NewReceipt(), waysOf(counters, mailWays)...); err != nil || way != 0 {
		return fmt.Errorf("a new address is charged in way %d: %w", way, err)
	}
	if _, err := l.Take(ctx, ratelimit.SendDomain, "0123456789abcdef0123456789abcdef"); err != nil {
		return err
	}
	loan, _, err := l.Borrow(ctx, ratelimit.Counter{Name: ratelimit.FailedIP, Key: ip}, ratelimit.Counter{Name: ratelimit.FailedNet, Key: net})
	if err != nil {
		return err
	}
	return l.Return(ctx, loan)
}
