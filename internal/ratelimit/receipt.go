package ratelimit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// Receipt names takes of exact limits, one of a counter at most, so that they can be given back:
// also by another node, an hour later, and by one who never heard whether they were counted. It
// tells nothing and is worth nothing but to whoever can name the counter as well. The zero
// Receipt names no take.
type Receipt [8]byte

// NewReceipt draws a receipt at random.
func NewReceipt() Receipt {
	var r Receipt
	rand.Read(r[:]) // never fails: crypto/rand aborts the program instead
	return r
}

// String is the receipt in hexadecimal.
func (r Receipt) String() string { return hex.EncodeToString(r[:]) }

var (
	// errInexact: receipts are for exact limits; the takes of others are lent, or stay.
	errInexact = errors.New("its takes have no receipts")
	errReceipt = errors.New("its takes have receipts")
)

// TakeFirst counts one take, under that receipt, of every counter of the first way in which all
// have room, and of no other counter. It tells which way that was, -1 when none has room. The
// limits are exact, the keys alike up to the first colon, so that they are counted in one step
// on one node of a Cluster. A counter that has a take of the receipt has room for it and counts
// no other: whoever did not hear the answer may ask again.
//
// On an error, which wraps ErrUnavailable, the takes may be counted: GiveBack is for that, too.
func (l *Limiter) TakeFirst(ctx context.Context, r Receipt, ways ...[]Counter) (int, error) {
	asks, choices, err := l.choices(ways)
	if err != nil {
		return -1, err
	}
	if len(asks) == 0 {
		return 0, nil // lifted
	}
	if len(byPlace(asks)) != 1 {
		return -1, fmt.Errorf("%w: %w", ErrUnavailable, errApart)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	way, err := l.exact.take(ctx, asks, choices, r)
	if err != nil {
		return -1, fmt.Errorf("%w: limit %s and those asked for with it: %w", ErrUnavailable, ways[0][0].Name, err)
	}
	return way, nil
}

// choices are the counters of all ways that are not lifted, and the ways by their indices.
func (l *Limiter) choices(ways [][]Counter) (asks []ask, choices [][]int, err error) {
	at := map[Counter]int{}
	choices = make([][]int, len(ways))
	for w, way := range ways {
		for _, c := range way {
			rates, err := l.exactRates(c.Name)
			if err != nil {
				return nil, nil, err
			}
			if l.lifts(c.Name) {
				continue
			}
			i, known := at[c]
			if !known {
				i = len(asks)
				at[c], asks = i, append(asks, ask{c.member(), rates})
			}
			choices[w] = append(choices[w], i)
		}
	}
	return asks, choices, nil
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
	asks, _, failed := l.choices([][]Counter{counters})
	if failed == nil && len(asks) > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnWithin)
		defer cancel()
		failed = l.exact.undo(ctx, asks, r)
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
