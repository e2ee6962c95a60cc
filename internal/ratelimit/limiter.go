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
	RetryAfter time.Duration // until a take may pass again
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
	Now    func() time.Time // clock of exact limits in memory; nil means time.Now
}

// callTimeout bounds a call whose context has no earlier deadline.
const callTimeout = 2 * time.Second

// Take is one take of a limit.
type Take struct {
	Name Name
	Key  string
	// Group is a key that all takes of one TakeAll or SpentAll share, such as the network
	// around an address: on a cluster it keeps their counters on one node. A limit must
	// always be taken under the same group. Empty means Key.
	Group string
}

// counted is a take as counters see it.
type counted struct {
	group, key string
	rates      []Rate
}

// counter counts takes of keys, each against all of its rates at once, in order, up to
// and including the first that is over.
type counter interface {
	count(ctx context.Context, takes []counted, charge bool) ([]tally, error)
}

// tally is the state of one key after a take or a look.
type tally struct {
	usage Usage
	over  bool
	wait  time.Duration // until a take may pass again, if over
}

// Limiter checks limits. It is safe for concurrent use.
type Limiter struct {
	table        Table
	lifted       bool
	fixed, exact counter
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
	l := &Limiter{table: c.Table.clone(), lifted: c.Lifted}
	if c.Client == nil {
		l.fixed, l.exact = newFixedMemory(), newExactMemory(c.Now)
		return l, nil
	}
	l.fixed, l.exact = newFixedRedis(c.Client, c.Prefix), newExactRedis(c.Client, c.Prefix)
	return l, nil
}

// Take counts one take. Over the limit it returns *Exceeded, with the usage all the
// same; if the limit cannot be checked, an error wrapping ErrUnavailable. A take that is
// refused by an exact limit is not counted.
func (l *Limiter) Take(ctx context.Context, name Name, key string) (Usage, error) {
	return first(l.count(ctx, true, Take{Name: name, Key: key}))
}

// Spent looks without counting: *Exceeded if the next take would be over the limit.
func (l *Limiter) Spent(ctx context.Context, name Name, key string) (Usage, error) {
	return first(l.count(ctx, false, Take{Name: name, Key: key}))
}

// TakeAll does what Take does with one take after the other, until one is over: those
// behind it are not counted. Limits of one kind cost one call to Redis together. The
// usages are those of the takes counted, in order.
func (l *Limiter) TakeAll(ctx context.Context, takes ...Take) ([]Usage, error) {
	return l.count(ctx, true, takes...)
}

// SpentAll does what Spent does, in the same way.
func (l *Limiter) SpentAll(ctx context.Context, takes ...Take) ([]Usage, error) {
	return l.count(ctx, false, takes...)
}

func first(usages []Usage, err error) (Usage, error) {
	if len(usages) == 0 {
		return Usage{}, err
	}
	return usages[0], err
}

func (l *Limiter) count(ctx context.Context, charge bool, takes ...Take) ([]Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var usages []Usage
	for rest := takes; len(rest) > 0; {
		n := l.together(rest)
		more, err := l.countTogether(ctx, charge, rest[:n])
		usages = append(usages, more...)
		if err != nil {
			return usages, err
		}
		rest = rest[n:]
	}
	return usages, nil
}

// together is how many takes from the first on one counter counts in one go.
func (l *Limiter) together(takes []Take) int {
	n := 1
	for n < len(takes) && takes[n].Name.exact() == takes[0].Name.exact() && l.free(takes[n].Name) == l.free(takes[0].Name) {
		n++
	}
	return n
}

// free tells whether a limit is lifted.
func (l *Limiter) free(name Name) bool { return l.lifted && name.liftable() }

func (l *Limiter) countTogether(ctx context.Context, charge bool, takes []Take) ([]Usage, error) {
	all := make([]counted, len(takes))
	usages := make([]Usage, len(takes))
	for i, t := range takes {
		rates, known := l.table[t.Name]
		if !known {
			return nil, fmt.Errorf("%w: there is no limit %q", ErrUnavailable, t.Name)
		}
		all[i] = counted{group: cmp.Or(t.Group, t.Key), key: string(t.Name) + ":" + t.Key, rates: rates}
		usages[i] = Usage{Limit: rates[0].Count, Remaining: rates[0].Count, Window: rates[0].Per}
	}
	if l.free(takes[0].Name) {
		return usages, nil
	}
	counter := l.fixed
	if takes[0].Name.exact() {
		counter = l.exact
	}
	tallies, err := counter.count(ctx, all, charge)
	if err != nil {
		return nil, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, takes[0].Name, err)
	}
	for i, t := range tallies {
		usages[i] = t.usage
		if t.over {
			return usages[:i+1], &Exceeded{Name: takes[i].Name, RetryAfter: t.wait}
		}
	}
	return usages, nil
}

// oneByOne counts takes where doing it together saves nothing.
func oneByOne(takes []counted, count func(counted) (tally, error)) ([]tally, error) {
	var tallies []tally
	for _, c := range takes {
		t, err := count(c)
		if err != nil {
			return nil, err
		}
		if tallies = append(tallies, t); t.over {
			break
		}
	}
	return tallies, nil
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
