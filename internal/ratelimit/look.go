package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// errNoLook: nobody watches these.
var errNoLook = errors.New("this limit is only taken from")

// Look tells what is left of a limit whose takes can be given back, without counting a
// take: for whoever watches it. When a window ends is told by this machine's clock.
func (l *Limiter) Look(ctx context.Context, name Name, key string) (Usage, error) {
	rates, err := l.ratesOf(name)
	if err != nil {
		return Usage{}, err
	}
	if l.lifts(name) {
		return untouched(rates), nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	u, err := Usage{}, errNoLook
	if name.returnable() {
		u, err = l.lender.look(ctx, ask{string(name) + ":" + key, rates})
	}
	if err != nil {
		return Usage{}, fmt.Errorf("%w: looking at limit %s: %w", ErrUnavailable, name, err)
	}
	return u, nil
}

// look is the windows' usage as they stand.
func look(old []window, rates []Rate, now int64) Usage {
	return windowTally(current(old, rates, now), rates, now, true).usage
}

func (m *windowMemory) look(_ context.Context, a ask) (Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return look(m.counts[a.key].windows, a.rates, m.now().UnixMilli()), nil
}

func (w *windowRedis) look(ctx context.Context, a ask) (Usage, error) {
	stored, err := w.client.HGetAll(ctx, w.key(a)).Result()
	if err != nil {
		return Usage{}, err
	}
	windows := make([]window, len(a.rates))
	for i, r := range a.rates {
		length := strconv.FormatInt(r.Per.Milliseconds(), 10)
		if stored["n"+length] == "" {
			continue // nobody took anything yet
		}
		n, err := strconv.ParseInt(stored["n"+length], 10, 64)
		end, err2 := strconv.ParseInt(stored["e"+length], 10, 64)
		if err != nil || err2 != nil {
			return Usage{}, errReply
		}
		windows[i] = window{n, end}
	}
	return look(windows, a.rates, time.Now().UnixMilli()), nil
}
