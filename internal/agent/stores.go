package agent

import (
	"context"
	"time"

	"exposure/internal/ratelimit"
	"exposure/internal/session"
)

// Limits counts, by account. Take and Borrow return *ratelimit.Exceeded when over a limit;
// any other error means that the limit could not be checked. Borrow takes of all counters or
// of none, and Return gives that back, once.
type Limits interface {
	Take(ctx context.Context, name ratelimit.Name, key string) (ratelimit.Usage, error)
	Borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error)
	Return(ctx context.Context, loan ratelimit.Loan) error
}

// CallStore keeps the call each agent is in, sealed, under a token that is derived from the
// account. Errors are those of package session: session.ErrNoSession, or it is unavailable.
type CallStore interface {
	IssueAs(ctx context.Context, raw [32]byte, r session.Record) (token string, expires time.Time, err error)
	Read(ctx context.Context, token, audience string) (session.Record, time.Time, error)
	Rewrite(ctx context.Context, token, audience string, change func(*session.Record)) (session.Record, time.Time, error)
	End(ctx context.Context, token, audience string) error
}
