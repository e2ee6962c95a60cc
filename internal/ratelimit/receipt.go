package ratelimit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// Receipt names one take of an exact limit, so that it can be given back: also by another
// node, an hour later, and by one who never heard whether the take passed. It may name one
// take of each of several counters. It tells nothing and is worth nothing but to whoever
// can name the counter as well. The zero Receipt names no take.
type Receipt [8]byte

// NewReceipt draws a receipt at random.
func NewReceipt() Receipt {
	var r Receipt
	rand.Read(r[:]) // never fails: crypto/rand aborts the program instead
	return r
}

// String is the receipt in hexadecimal.
func (r Receipt) String() string { return hex.EncodeToString(r[:]) }

// errInexact: receipts are for exact limits; the takes of others are lent, or stay.
var errInexact = errors.New("its takes have no receipts")

// TakeFor is Take of an exact limit under that receipt, of which the counter may have no
// take yet. After an error the take may be counted: GiveBack is for that, too.
func (l *Limiter) TakeFor(ctx context.Context, c Counter, r Receipt) (Usage, error) {
	rates, err := l.exactRates(c.Name)
	if err != nil {
		return Usage{}, err
	}
	if l.lifts(c.Name) {
		return untouched(rates), nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	t, err := l.exact.take(ctx, c.member(), rates, r)
	if err != nil {
		return Usage{}, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, c.Name, err)
	}
	if t.over {
		return t.usage, &Exceeded{Name: c.Name, RetryAfter: t.wait}
	}
	return t.usage, nil
}

// GiveBack takes the takes of that receipt back from exact limits. A counter that has none
// stays as it is, so that it may be called again, by anybody, after any error. It goes on
// when the client has left. On an error some of the takes may stay counted; only a take that
// is still on its way to Redis, its caller having given up, can be counted afterwards.
//
// Whoever calls it knows that what the take allowed has not happened and never will.
func (l *Limiter) GiveBack(ctx context.Context, r Receipt, counters ...Counter) error {
	if r == (Receipt{}) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnWithin)
	defer cancel()
	var failed error
	for _, c := range counters {
		_, err := l.exactRates(c.Name)
		if err == nil && !l.lifts(c.Name) {
			err = l.exact.undo(ctx, c.member(), r)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("limit %s: %w", c.Name, err))
		}
	}
	if failed != nil {
		return fmt.Errorf("%w: giving a take back: %w", ErrUnavailable, failed)
	}
	return nil
}

func (l *Limiter) exactRates(name Name) ([]Rate, error) {
	rates, err := l.ratesOf(name)
	if err == nil && !name.exact() {
		err = fmt.Errorf("%w: limit %s: %w", ErrUnavailable, name, errInexact)
	}
	return rates, err
}

// member is the counter's key among those of all limits.
func (c Counter) member() string { return string(c.Name) + ":" + c.Key }
