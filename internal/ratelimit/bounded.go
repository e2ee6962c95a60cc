package ratelimit

import (
	"context"
	"sync"
	"time"

	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
)

// cleanEvery is how often counters in memory that are over are dropped.
const cleanEvery = time.Minute

// bounded is the library's store in memory, kept from growing without end: it begins at most
// most counters in one span, which is no shorter than any of them lives, and refuses further
// keys until the span is over. So there are never more than twice as many, and none that
// still counts makes room for another.
type bounded struct {
	store limiter.Store
	most  int
	span  time.Duration
	now   func() time.Time

	mu    sync.Mutex
	begun int
	since time.Time
}

func newFixedMemory(span time.Duration, now func() time.Time) fixed {
	store := memory.NewStoreWithOptions(limiter.StoreOptions{Prefix: "limit", CleanUpInterval: cleanEvery})
	return fixed{&bounded{store: store, most: maxLogs / 2, span: span, now: now}}
}

// takeAll returns errFull where a counter is new and there is no room for it.
func (b *bounded) takeAll(ctx context.Context, windows []fixedWindow) ([]limiter.Context, error) {
	b.mu.Lock() // nobody else takes between looking and counting
	defer b.mu.Unlock()
	out := make([]limiter.Context, len(windows))
	begin, passed := 0, true
	for i, w := range windows {
		var err error
		if out[i], err = b.store.Peek(ctx, w.key, w.rate); err != nil {
			return nil, err
		}
		if out[i].Remaining == w.rate.Limit {
			begin++
		}
		if out[i].Remaining == 0 {
			passed, out[i].Reached = false, true
		}
	}
	if !passed {
		return out, nil
	}
	if !b.begin(begin) {
		return nil, errFull
	}
	for i, w := range windows {
		var err error
		if out[i], err = b.store.Get(ctx, w.key, w.rate); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *bounded) begin(counters int) bool {
	if now := b.now(); now.Sub(b.since) >= b.span {
		b.begun, b.since = 0, now
	}
	if b.begun+counters > b.most {
		return false
	}
	b.begun += counters
	return true
}

// fixedSpan is how long the counters of fixed windows live at most.
func (t Table) fixedSpan() time.Duration {
	span := cleanEvery
	for name, rates := range t {
		if name.fixed() {
			span = max(span, longest(rates)+cleanEvery)
		}
	}
	return span
}
