package ratelimit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrUnavailable means that a limit could not be checked. What the caller does then is
// part of each limit's documentation.
var ErrUnavailable = errors.New("the limits cannot be checked")

// Exceeded is the error of a limit that is used up. It carries no key.
type Exceeded struct {
	Name       Name
	RetryAfter time.Duration // until a take may pass again; of several limits that are over, the longest
}

func (e *Exceeded) Error() string {
	return fmt.Sprintf("limit %s exceeded, again in %s", e.Name, e.RetryAfter.Round(time.Second))
}

// Usage is what is left of a limit; of several rates, the one closest to its end.
type Usage struct {
	Limit     int64
	Remaining int64
	Reset     time.Duration // until Remaining is larger again
	Window    time.Duration
}

// Config configures a Limiter. Table is required.
type Config struct {
	Client redis.UniversalClient // nil counts in memory, for one node
	Table  Table
	// Lifted is --insecure-no-limits: limits by network, on mails and over everybody
	// together always pass. Nothing lifts the limits of a session, an agent or a client.
	Lifted bool
	Prefix string           // in front of every key in Redis
	Now    func() time.Time // clock of exact and returnable limits in memory; nil means time.Now
}

// callTimeout bounds a call whose context has no earlier deadline.
const callTimeout = 2 * time.Second

// tally is the state of one key after a take.
type tally struct {
	usage Usage
	over  bool
	wait  time.Duration // until a take may pass again, if over
}

// Limiter checks limits. It is safe for concurrent use.
type Limiter struct {
	table  Table
	lifted bool
	fixed  fixed
	exact  exactCounter
	lender lender
	things *distinctMemory
	shared *distinctRedis // nil: there is only this node
}

// New checks the table. It does not talk to Redis, so that a server can start, and say
// what is wrong, while Redis is away. The client must have ContextTimeoutEnabled, or a
// hanging server holds requests longer than their deadline.
func New(c Config) (*Limiter, error) {
	for name := range Default() {
		if err := checkRates(name, c.Table[name]); err != nil {
			return nil, fmt.Errorf("limit %q: %w", name, err)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	l := &Limiter{table: c.Table.clone(), lifted: c.Lifted, things: newDistinctMemory(c.Now)}
	if c.Client == nil {
		l.fixed, l.exact, l.lender = newFixedMemory(c.Table.fixedSpan(), c.Now), newExactMemory(c.Now), newWindowMemory(c.Now)
		return l, nil
	}
	var err error
	if l.fixed, err = newFixedRedis(c.Client, c.Prefix); err != nil {
		return nil, fmt.Errorf("preparing limits in Redis: %w", err)
	}
	l.exact, l.lender = newExactRedis(c.Client, c.Prefix), newWindowRedis(c.Client, c.Prefix)
	l.shared = newDistinctRedis(c.Client, c.Prefix)
	return l, nil
}

// Take counts one take. Over the limit it returns *Exceeded, with the usage all the
// same; if the limit cannot be checked, an error wrapping ErrUnavailable. A take that is
// refused is not counted. Of exact limits TakeFirst takes.
func (l *Limiter) Take(ctx context.Context, name Name, key string) (Usage, error) {
	c := Counter{name, key}
	if name.exact() {
		return Usage{}, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, name, errReceipt)
	}
	var usages []Usage
	var err error
	if name.returnable() {
		_, usages, err = l.Borrow(ctx, c)
	} else {
		usages, err = l.TakeAll(ctx, c)
	}
	if len(usages) != 1 {
		return Usage{}, err
	}
	return usages[0], err
}

func (l *Limiter) ratesOf(name Name) ([]Rate, error) {
	rates, known := l.table[name]
	if !known {
		return nil, fmt.Errorf("%w: there is no limit %q", ErrUnavailable, name)
	}
	return rates, nil
}

func (l *Limiter) lifts(name Name) bool { return l.lifted && name.liftable() }

// untouched is the usage of a limit that is lifted.
func untouched(rates []Rate) Usage {
	r := rates[0]
	return Usage{Limit: r.Count, Remaining: r.Count, Window: r.Per}
}

// worst joins the tallies of several rates: over if any is, until all pass again.
func worst(tallies []tally) tally {
	out := slices.MinFunc(tallies, func(a, b tally) int {
		// Equally little left: the longer wait tells more.
		return cmp.Or(cmp.Compare(a.usage.Remaining, b.usage.Remaining), cmp.Compare(b.usage.Reset, a.usage.Reset))
	})
	for _, t := range tallies {
		out.over = out.over || t.over
		out.wait = max(out.wait, t.wait)
	}
	return out
}
