package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/otp"
	"exposure/internal/redisdial"
)

// readyTimeout bounds one readiness probe.
const readyTimeout = 3 * time.Second

// ready tells whether every customer could be answered now. With one shard of a Redis
// Cluster gone it says no, although some are answered still.
func (b *product) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := b.roster.Ready(ctx); err != nil {
		return err
	}
	if err := b.audit.Ready(ctx); err != nil { // no row, no answer
		return err
	}
	v, err := b.roster.Published(ctx)
	if err != nil {
		return err
	}
	if err := b.resets.Ready(ctx, v); err != nil {
		return err
	}
	if doubt := b.inDoubt(); doubt != nil {
		return doubt
	}
	if b.redis == nil {
		return nil
	}
	return redisdial.Ready(ctx, b.redis, b.prefix)
}

// checkEvery is how often every row of the published version is proven again. Single
// answers are proven each time; this finds damage before a customer does. After a check
// that failed the next one comes sooner: a passing trouble must not keep the server out
// of service.
const (
	checkEvery = 10 * time.Minute
	checkAgain = 30 * time.Second
)

// watch proves the whole roster and all resets again and again until ctx ends. While they
// cannot be proven the server is not ready. Both were looked at before.
func (b *product) watch(ctx context.Context) error {
	for {
		again := checkEvery
		if b.inDoubt() != nil {
			again = checkAgain
		}
		next := time.NewTimer(again)
		select {
		case <-ctx.Done():
			next.Stop()
			return nil
		case <-next.C:
			b.check(ctx)
			b.checkResets(ctx)
		}
	}
}

func (b *product) check(ctx context.Context) {
	roster, digits := b.roster.Check(ctx), b.lookAtDigits(ctx) // of a version of too many people both say so
	err := errors.Join(cmp.Or(roster, digits), b.clients.Check(ctx))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		b.doubt.Store(&err)
		b.log.Error("the published version cannot be answered from", "error", err)
	case b.doubt.Swap(nil) != nil:
		b.log.Info("the published version can be answered from again")
	}
}

// lookAtDigits makes short codes as long as the published version needs. It never makes them
// shorter: going back to a version of fewer people does that at the next start.
func (b *product) lookAtDigits(ctx context.Context) error {
	v, err := b.roster.Published(ctx)
	if err != nil {
		return err
	}
	digits, err := otp.DigitsFor(int(v.Persons))
	if err != nil {
		return fmt.Errorf("the length of short codes: %w", err)
	}
	if before, longer := raise(&b.digits, int64(digits)); longer && before > 0 {
		b.log.Info("short codes are longer from now on: a version of more people was published", "digits", digits, "before", before)
	}
	return nil
}

// number is one that several may change at once, such as an atomic.Int64.
type number interface {
	Load() int64
	CompareAndSwap(old, new int64) (swapped bool)
}

// raise never makes a number smaller: several look at the published version at once, and who
// read an earlier one may be the last to say so. It returns what it was.
func raise(n number, to int64) (before int64, raised bool) {
	for {
		if before = n.Load(); to <= before {
			return before, false
		}
		if n.CompareAndSwap(before, to) {
			return before, true
		}
	}
}

// codeDigits is how many digits short codes have now.
func (b *product) codeDigits() int { return int(b.digits.Load()) }

// checkResets proves every row about a member. What it finds wrong keeps everybody who asks
// for one from being answered, until a check finds all well.
func (b *product) checkResets(ctx context.Context) {
	err := b.resets.Check(ctx)
	if ctx.Err() != nil {
		return
	}
	switch {
	case err != nil:
		b.resetDoubt.Store(&err)
		b.link.unproven(err)
		b.log.Error("the forced resets cannot be proven", "error", err)
	case b.resetDoubt.Swap(nil) != nil:
		b.log.Info("the forced resets are proven again")
	}
}

// inDoubt is what the last checks found, nil when all was well.
func (b *product) inDoubt() error {
	for _, doubt := range []*error{b.doubt.Load(), b.resetDoubt.Load()} {
		if doubt != nil {
			return *doubt
		}
	}
	return nil
}
