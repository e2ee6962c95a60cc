package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Counter names one counter of a limit.
type Counter struct {
	Name Name
	Key  string
}

// Loan is what Borrow took. The zero Loan holds nothing.
type Loan struct {
	asks     []ask
	receipts []receipt
}

// ErrNotReturnable means that the takes of a limit cannot be given back.
var ErrNotReturnable = fmt.Errorf("%w: its takes cannot be given back", ErrUnavailable)

// Borrow counts one take of every counter, or none: what is counted before it is known
// whether it has to be, so that a burst cannot slip through between looking and counting.
// Return gives back what turned out to be free; whatever is not given back stays counted.
//
// Over a limit it returns *Exceeded, the first of them, with the usages all the same; if
// one cannot be checked, an error wrapping ErrUnavailable. In both cases nothing is owed
// to Return; if even giving back fails then, counters are too high until their windows
// end, and never too low.
func (l *Limiter) Borrow(ctx context.Context, counters ...Counter) (Loan, []Usage, error) {
	usages := make([]Usage, len(counters))
	var asks []ask
	var places []int // in counters
	for i, c := range counters {
		rates, err := l.ratesOf(c.Name)
		switch {
		case err != nil:
			return Loan{}, nil, err
		case !c.Name.returnable():
			return Loan{}, nil, fmt.Errorf("%w: limit %s", ErrNotReturnable, c.Name)
		case l.lifts(c.Name):
			usages[i] = untouched(rates)
			continue
		}
		asks, places = append(asks, ask{string(c.Name) + ":" + c.Key, rates}), append(places, i)
	}
	if len(asks) == 0 {
		return Loan{}, usages, nil
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	tallies, receipts, err := l.lender.borrow(call, asks)
	loan := Loan{}
	var over *Exceeded
	for i, t := range tallies {
		if usages[places[i]] = t.usage; t.over && over == nil {
			over = &Exceeded{Name: counters[places[i]].Name, RetryAfter: t.wait}
		}
		if receipts[i].ends != nil {
			loan.asks, loan.receipts = append(loan.asks, asks[i]), append(loan.receipts, receipts[i])
		}
	}
	if err == nil && over == nil {
		return loan, usages, nil
	}
	_ = l.Return(ctx, loan)
	if err != nil {
		return Loan{}, nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return Loan{}, usages, over
}

// returnWithin bounds giving back, which goes on when the client has left.
const returnWithin = time.Second

// Return gives a loan back. It must be called at most once for a loan. On an error some
// of it may stay counted until its window ends.
func (l *Limiter) Return(ctx context.Context, loan Loan) error {
	if len(loan.asks) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnWithin)
	defer cancel()
	if err := l.lender.giveBack(ctx, loan.asks, loan.receipts); err != nil {
		return fmt.Errorf("%w: giving a take back: %w", ErrUnavailable, err)
	}
	return nil
}

// lent makes a lender count takes that nobody will give back.
type lent struct{ lender }

func (l lent) count(ctx context.Context, key string, rates []Rate) (tally, error) {
	tallies, _, err := l.borrow(ctx, []ask{{key, rates}})
	if err != nil {
		return tally{}, err
	}
	if len(tallies) != 1 {
		return tally{}, errors.New("a take without an outcome")
	}
	return tallies[0], nil
}
