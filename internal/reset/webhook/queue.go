package webhook

import (
	"context"
	"errors"
	"time"
)

// ErrLeaseLost: another worker delivers now. Nothing was changed.
var ErrLeaseLost = errors.New("another worker delivers webhooks now")

// Holder names one worker: random, new with each start.
type Holder [16]byte

// Lease is the right to deliver.
type Lease struct {
	Stopped bool // the receiver said that it is gone for good
}

// Candidate is a member who may have to be told of.
type Candidate struct {
	MemberID string
	Event    [16]byte
	Bars     bool
}

// Waiting is a member who has to be told of.
type Waiting struct {
	MemberID string
	Tries    int       // of this event, all failed
	First    time.Time // of these; zero: none
}

// Outcome is what became of telling one member's state.
type Outcome struct {
	MemberID string
	Accepted *[16]byte // the event that the receiver took
	Nothing  bool      // there is nothing to tell of this member
	Dead     bool      // not tried any more
	Tries    int
	First    time.Time
	Next     time.Time // when it is tried again
}

// Queue remembers, through restarts, what was told and what is to be told. It works for
// one receiver. All but Due answer [ErrLeaseLost] to whoever does not hold the lease.
//
// Lease takes or renews the lease until a time; one that ran out may be taken by anybody.
// Add puts those members into the queue whose event is not what was told last; who waits already keeps their place, and tries of an earlier event are
// forgotten. Due returns members to be tried now, those who waited longest for it first;
// while barring is held only those who need none. Settle notes outcomes, and with stop that
// nothing is delivered any more.
type Queue interface {
	Lease(ctx context.Context, h Holder, now, until time.Time) (Lease, error)
	Add(ctx context.Context, h Holder, now time.Time, all []Candidate) error
	Due(ctx context.Context, now time.Time, held bool, limit int) ([]Waiting, error)
	Settle(ctx context.Context, h Holder, all []Outcome, stop bool) error
}
