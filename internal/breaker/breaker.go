// Package breaker counts wrong short codes of everybody together. Ten guesses a person are
// harmless; ten guesses at each of very many people are not, and no budget of one person
// sees them.
//
// It guarantees that what it counts is never less than the audit log of the last day says,
// whatever Redis has lost, and that a guess is counted before it is compared. One network
// counts for at most 20 failures a day, and all those of one site together for 40, so that
// nobody can trip it from a few places and change what uninvolved people receive. A block,
// an IPv6 /32 with its 65,536 sites, counts for 2,000: it may bring about longer codes, which
// keep nobody out and answer a spray from there, and never the level without short codes.
//
// It refuses to act: lookup and the mail worker ask it for its level.
package breaker

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Level is how careful everybody has to be.
type Level int

// The levels.
const (
	Calm     Level = iota
	Longer         // new short codes have 10 digits
	LongOnly       // short codes are not compared, and mails carry long ones
)

// LongerDigits is the least length of short codes from level Longer on.
const LongerDigits = 10

const (
	span         = 24 * time.Hour
	perNetwork   = 20
	perSite      = 40
	perBlock     = longerFrom // so that eight, as many as a provider is given at once, stay below longOnlyFrom
	longerFrom   = 2_000      // failures in span
	longOnlyFrom = 20_000
)

// Log is the audit log.
//
// FailedGuesses calls each with the Network of every short code refused since then, until
// it returns false.
type Log interface {
	FailedGuesses(ctx context.Context, since time.Time, each func(network [16]byte) (more bool)) error
}

// Config configures a Breaker. Log is required.
type Config struct {
	Log Log
	// Changed is told of every change of the level; may be nil. It must not call back.
	Changed func(from, to Level)
	Now     func() time.Time // nil means time.Now
}

// Breaker keeps the count. A nil one never trips. Safe for concurrent use.
type Breaker struct {
	c     Config
	fresh sync.Mutex // one Refresh at a time

	mu     sync.Mutex
	counts counts
	level  Level
	open   map[*Guess]bool // guesses being judged
	late   []Network       // failures since the log was last asked
}

// New reads the log of the last day.
func New(ctx context.Context, c Config) (*Breaker, error) {
	if c.Changed == nil {
		c.Changed = func(Level, Level) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	b := &Breaker{c: c, counts: newCounts(), open: map[*Guess]bool{}}
	return b, b.Refresh(ctx)
}

// Refresh counts the log again, so that what is older than a day counts no more and what
// other nodes wrote counts as well. On an error everything stays counted.
func (b *Breaker) Refresh(ctx context.Context) error {
	b.fresh.Lock()
	defer b.fresh.Unlock()
	b.mu.Lock()
	b.late = nil
	b.mu.Unlock()
	logged := newCounts()
	err := b.c.Log.FailedGuesses(ctx, b.c.Now().Add(-span), func(n [16]byte) bool {
		logged.add(n)
		return logged.total < longOnlyFrom
	})
	if err != nil {
		return fmt.Errorf("counting wrong codes of the last day: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts = logged
	// Whether the log held these already cannot be known: until the next time they may
	// count twice, and never not at all.
	for _, network := range b.late {
		b.counts.add(network)
	}
	for g := range b.open {
		g.counted = b.counts.add(g.network)
	}
	b.settle()
	return nil
}

// Level is what mails have to heed.
func (b *Breaker) Level() Level {
	if b == nil {
		return Calm
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.level
}

// Failures is how many count now, those being judged included.
func (b *Breaker) Failures() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts.total
}

// Guess is a short code on its way to be compared.
type Guess struct {
	b       *Breaker
	network Network
	counted bool
}

// Begin counts a guess at a short code as failed and says at which level it is to be
// judged. End must follow.
func (b *Breaker) Begin(network Network) (Level, *Guess) {
	g := &Guess{b: b, network: network}
	if b == nil {
		return Calm, g
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	level := max(b.level, levelOf(b.counts.total))
	g.counted = b.counts.add(network)
	b.open[g] = true
	return level, g
}

// End says whether the guess was, or may have been, compared and was wrong. Its row must
// have been written by then.
func (g *Guess) End(failed bool) {
	b := g.b
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, g)
	switch {
	case failed:
		if g.counted {
			b.late = append(b.late, g.network)
		}
		b.settle()
	case g.counted:
		b.counts.remove(g.network)
	}
}

func (b *Breaker) settle() {
	if to := levelOf(b.counts.total); to != b.level {
		from := b.level
		b.level = to
		b.c.Changed(from, to)
	}
}

func levelOf(failures int) Level {
	switch {
	case failures >= longOnlyFrom:
		return LongOnly
	case failures >= longerFrom:
		return Longer
	default:
		return Calm
	}
}
