package ratelimit

import (
	"context"
	"sync"
	"time"

	"github.com/ulule/limiter/v3"
)

// bounded keeps a store in memory from growing without end: it begins at most most
// counters in one span, which is no shorter than any of them lives, and refuses further
// keys until the span is over. So there are never more than twice as many.
type bounded struct {
	limiter.Store
	most int
	span time.Duration
	now  func() time.Time

	mu    sync.Mutex
	begun int
	since time.Time
}

// Get counts one take, or returns errFull for a key that is new while there is no room.
func (b *bounded) Get(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	c, err := b.Peek(ctx, key, rate)
	if err != nil {
		return c, err
	}
	if c.Remaining == rate.Limit && !b.begin() {
		return c, errFull
	}
	return b.Store.Get(ctx, key, rate)
}

func (b *bounded) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.now(); now.Sub(b.since) >= b.span {
		b.begun, b.since = 0, now
	}
	if b.begun >= b.most {
		return false
	}
	b.begun++
	return true
}

// fixedSpan is how long the counters of fixed windows live at most.
func (t Table) fixedSpan() time.Duration {
	span := cleanEvery
	for name, rates := range t {
		if !name.exact() && !name.returnable() {
			span = max(span, longest(rates)+cleanEvery)
		}
	}
	return span
}
