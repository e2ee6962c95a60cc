package ratelimit

import (
	"context"
	"errors"
	"fmt"
)

// Counter names one counter of a limit.
type Counter struct {
	Name Name
	Key  string
}

// TakeAll counts one take of every counter, or of none: whoever is refused by one of them
// uses up no other, and no counter begins for them, however many names they have. The limits
// count in fixed windows. The keys must be alike up to the first colon, so that they are
// counted together on one node of a Cluster.
//
// Over a limit it returns *Exceeded, with the name of the first of them, the longest wait of
// them all, and the usages all the same; if one cannot be checked, an error wrapping
// ErrUnavailable.
func (l *Limiter) TakeAll(ctx context.Context, counters ...Counter) ([]Usage, error) {
	m, err := l.mean(counters, Name.fixed, errNotFixed)
	if err != nil || len(m.asks) == 0 {
		return m.usages, err
	}
	if len(byPlace(m.asks)) != 1 {
		return nil, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, m.names[0], errApart)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	tallies, err := l.fixed.count(ctx, m.asks)
	if err != nil {
		return nil, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, m.names[0], err)
	}
	if over := m.judge(tallies); over != nil {
		return m.usages, over
	}
	return m.usages, nil
}

var (
	errNotFixed = errors.New("it does not count in fixed windows")
	errApart    = errors.New("it is not counted where the others are")
)

// meant is what a caller wants counted: the counters that are not lifted, and the usages of
// all, in the caller's order.
type meant struct {
	asks   []ask
	names  []Name // of asks
	places []int  // of asks, in usages
	usages []Usage
}

// mean refuses, with the reason given, limits that are not of the kind.
func (l *Limiter) mean(counters []Counter, kind func(Name) bool, unless error) (meant, error) {
	m := meant{usages: make([]Usage, len(counters))}
	for i, c := range counters {
		rates, err := l.ratesOf(c.Name)
		switch {
		case err != nil:
			return meant{}, err
		case !kind(c.Name):
			return meant{}, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, c.Name, unless)
		case l.lifts(c.Name):
			m.usages[i] = untouched(rates)
			continue
		}
		m.asks, m.names, m.places = append(m.asks, ask{c.member(), rates}), append(m.names, c.Name), append(m.places, i)
	}
	return m, nil
}

// judge fills in the usages, and returns the first limit that is over, with the longest wait
// of all that are: whoever comes after a shorter one is refused by the next.
func (m meant) judge(tallies []tally) (over *Exceeded) {
	for i, t := range tallies {
		m.usages[m.places[i]] = t.usage
		if !t.over {
			continue
		}
		if over == nil {
			over = &Exceeded{Name: m.names[i]}
		}
		over.RetryAfter = max(over.RetryAfter, t.wait)
	}
	return over
}
