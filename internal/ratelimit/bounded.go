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
// most counters in one span, which is no shorter than any of them lives, and then no others
// until the span is over. So there are never more than twice as many, and none that still
// counts makes room for another.
type bounded struct {
	store limiter.Store
	most  rooms
	span  time.Duration
	now   func() time.Time

	mu    sync.Mutex
	begun rooms
	since time.Time
}

func newFixedMemory(span time.Duration, now func() time.Time) fixed {
	store := memory.NewStoreWithOptions(limiter.StoreOptions{Prefix: "limit", CleanUpInterval: cleanEvery})
	return fixed{&bounded{store: store, most: rooms{spare: maxSpare / 2, own: maxOwn / 2}, span: span, now: now}}
}

// takeAll returns errFull where a counter is new that is not spare and has no room.
func (b *bounded) takeAll(ctx context.Context, windows []fixedWindow) ([]limiter.Context, error) {
	b.mu.Lock() // nobody else takes between looking and counting
	defer b.mu.Unlock()
	out := make([]limiter.Context, len(windows))
	passed := true
	for i, w := range windows {
		var err error
		if out[i], err = b.store.Peek(ctx, w.key, w.rate); err != nil {
			return nil, err
		}
		if out[i].Remaining == 0 {
			passed, out[i].Reached = false, true
		}
	}
	if !passed {
		return out, nil
	}
	counted, err := b.begin(windows, out)
	if err != nil {
		return nil, err
	}
	for i, w := range windows {
		if !counted[i] {
			continue
		}
		if out[i], err = b.store.Get(ctx, w.key, w.rate); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// begin makes room for those of the windows that nobody took anything of yet, and tells which
// of all to count: a spare one without room is not.
func (b *bounded) begin(windows []fixedWindow, found []limiter.Context) ([]bool, error) {
	if now := b.now(); now.Sub(b.since) >= b.span {
		b.begun, b.since = rooms{}, now
	}
	begun, counted := b.begun, make([]bool, len(windows))
	for i, w := range windows {
		counted[i] = found[i].Remaining < w.rate.Limit || begun.begin(b.most, w.spare)
		if !counted[i] && !w.spare {
			return nil, errFull
		}
	}
	b.begun = begun
	return counted, nil
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
