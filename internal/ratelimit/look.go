package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ulule/limiter/v3"
)

// errNoLook: limits of single people are not looked at.
var errNoLook = errors.New("this limit is only taken from")

// Look tells what is left of a limit without counting a take: for whoever watches it. It
// knows those that count everybody or networks; of the exact ones it returns an error.
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
	var u Usage
	switch key = string(name) + ":" + key; {
	case name.exact():
		err = errNoLook
	case name.returnable():
		u, err = l.lender.look(ctx, ask{key, rates})
	default:
		u, err = l.fixed.look(ctx, key, rates)
	}
	if err != nil {
		return Usage{}, fmt.Errorf("%w: looking at limit %s: %w", ErrUnavailable, name, err)
	}
	return u, nil
}

// look is the windows' usage as they stand.
func look(old []window, rates []Rate, now int64) Usage {
	windows := make([]window, len(rates))
	for i, r := range rates {
		windows[i].end = now + r.Per.Milliseconds()
		if i < len(old) && now < old[i].end {
			windows[i] = old[i]
		}
	}
	return windowTally(windows, rates, now, true).usage
}

func (m *windowMemory) look(_ context.Context, a ask) (Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return look(m.counts[a.key].windows, a.rates, m.now().UnixMilli()), nil
}

func (w *windowRedis) look(ctx context.Context, a ask) (Usage, error) {
	now, err := w.client.Time(ctx).Result()
	if err != nil {
		return Usage{}, err
	}
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
	return look(windows, a.rates, now.UnixMilli()), nil
}

func (f fixed) look(ctx context.Context, key string, rates []Rate) (Usage, error) {
	tallies := make([]tally, len(rates))
	for i, r := range rates {
		c, err := f.store.Peek(ctx, windowKey(key, r), limiter.Rate{Period: r.Per, Limit: r.Count})
		if err != nil {
			return Usage{}, err
		}
		tallies[i] = fixedTally(c, r)
	}
	return worst(tallies).usage, nil
}

// windowKey: the window is part of the key, because two rates of a name must not share a
// counter.
func windowKey(key string, r Rate) string {
	return key + ":" + strconv.FormatInt(r.Per.Milliseconds(), 10)
}
