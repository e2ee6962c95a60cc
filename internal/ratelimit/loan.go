package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Loan is what Borrow took. The zero Loan holds nothing.
type Loan struct {
	asks     []ask
	receipts []receipt
}

// ErrNotReturnable means that the takes of a limit cannot be given back.
var ErrNotReturnable = errors.New("its takes cannot be given back")

// Borrow counts one take of every counter, or none: what is counted before it is known
// whether it has to be, so that a burst cannot slip through between looking and counting.
// Return gives back what turned out to be free; whatever is not given back stays counted.
// Of counters whose keys are alike up to the first colon, none begins for whoever is refused.
//
// Over a limit it returns *Exceeded, with the name of the first of them, the longest wait of
// them all, and the usages all the same; if one cannot be checked, an error wrapping
// ErrUnavailable. In both cases nothing is owed to Return; if even giving back fails then,
// counters are too high until their windows end, and never too low.
func (l *Limiter) Borrow(ctx context.Context, counters ...Counter) (Loan, []Usage, error) {
	m, err := l.mean(counters, Name.returnable, ErrNotReturnable)
	if err != nil || len(m.asks) == 0 {
		return Loan{}, m.usages, err
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	tallies, receipts, err := l.lender.borrow(call, m.asks)
	loan := Loan{}
	for i, r := range receipts {
		if r.ends != nil {
			loan.asks, loan.receipts = append(loan.asks, m.asks[i]), append(loan.receipts, r)
		}
	}
	over := m.judge(tallies)
	if err == nil && over == nil {
		return loan, m.usages, nil
	}
	_ = l.Return(ctx, loan)
	if err != nil {
		return Loan{}, nil, fmt.Errorf("%w: limit %s: %w", ErrUnavailable, m.names[0], err)
	}
	return Loan{}, m.usages, over
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
