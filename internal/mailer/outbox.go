package mailer

import (
	"context"
	"errors"
	"time"

	"exposure/internal/otp"
)

// Errors of the outboxes. The request that meets one of them answers everybody alike.
var (
	// ErrOutboxFull: as many mails wait as the outbox may hold.
	ErrOutboxFull = otp.ErrOutboxFull
	// ErrUnavailable: the outbox cannot be reached.
	ErrUnavailable = errors.New("outbox is unavailable")
)

// Entry is one request taken out of an outbox to be worked on.
type Entry struct {
	// ID stays the same over retries and over workers. It names the slot in which the
	// code store keeps the code of this mail.
	ID   string
	Mail CodeMail // zero when Damaged
	// Until is when work on the entry must stop: soon after, the outbox hands it to
	// somebody else, taking this worker for dead.
	Until time.Time
	// Damaged: the stored entry does not open or does not read. It can only be dropped.
	Damaged bool
	// Shelved: it was on the shelf, and its turn has come.
	Shelved bool
	// StandIn: its mail has left already; all that is left is to take its turn.
	StandIn bool
}

// Order says which entries Take hands out, and which first. Among entries of a kind those that
// came first go first.
type Order int

// The orders. On the shelf are entries that a worker put there until their turn comes.
const (
	// ShelfFirst: those on the shelf, which are older, before those nobody has had.
	ShelfFirst Order = iota
	// FreshOnly: none of the shelf.
	FreshOnly
)

// Mailed says, of an entry that is put back or on the shelf, whether its mail has left.
type Mailed int

// Whether a mail has left. The outbox does not forget the second, and hands what it was told
// the third of out as a stand-in.
const (
	NotMailed Mailed = iota
	MaybeMailed
	SurelyMailed
)

// Depth is how much waits in an outbox.
type Depth struct {
	Waiting int           // entries not done, those being worked on included
	Oldest  time.Duration // how long the oldest of them has waited, 0 when there is none
	Max     int           // entries it may hold
}

// Full tells whether nobody is to be promised a mail any more. That is one in sixteen before
// Max: those who were promised one at the same time find room, so that nobody hears anything
// else than the others.
func (d Depth) Full() bool { return d.Waiting >= d.Max-d.Max/16 }

// Outbox is the worker's side of an outbox. Every method is safe for concurrent use by
// many workers on many nodes and returns ErrUnavailable (wrapped) when the outbox cannot
// be reached.
type Outbox interface {
	Queue
	// NeverSent tells whoever has the entry in hand whether nobody can have sent its mail
	// before: each who had it shelved it or put it back, and said that the mail has not left.
	// Somebody who died, or was not heard, may have sent it.
	NeverSent(ctx context.Context, id string) (bool, error)
	// Depth measures the outbox.
	Depth(ctx context.Context) (Depth, error)
}

// Queue hands out entries. One that was taken and neither done nor put back is handed out
// again, but not before its Until.
type Queue interface {
	// Take waits for entries and returns at most max (> 0) of them. It may return none
	// after a while, and does so soon after ctx has ended.
	Take(ctx context.Context, max int, o Order) ([]Entry, error)
	// Done forgets the entry for good. An unknown id is no error.
	Done(ctx context.Context, id string) error
	// Retry hands the entry out again after that time, without holding up others.
	Retry(ctx context.Context, id string, after time.Duration, m Mailed) error
	// Shelve puts the entry on the shelf, which every worker sees.
	Shelve(ctx context.Context, id string, m Mailed) error
}

// OutboxConfig configures both kinds of outbox. The zero value of each field but Sealer
// is its default.
type OutboxConfig struct {
	// Max bounds the entries held, waiting and being worked on. Default 10,000: more
	// than a mail server takes within the hour after which entries are dropped anyway
	// at 3 a second. Nobody is promised a mail from fifteen sixteenths of it on; see
	// [Depth.Full].
	Max int
	// Lease is how long a worker has an entry to itself; the last eighth of it is for
	// putting the entry back. Default 3 minutes, longer than WorkerConfig.Deadline, or
	// slow mail servers get no answer in. Redis only.
	Lease time.Duration
	// Wait is how long Take waits for a first entry. Default 1 second; Redis only.
	Wait time.Duration
	// Sweep is how often Take looks for entries to try again. Default 250 ms; Redis only.
	Sweep time.Duration
	// Prefix goes in front of every Redis key.
	Prefix string
	// Sealer seals the entries; required for Redis.
	Sealer Sealer
	// Now is the clock of the memory outbox. Default time.Now.
	Now func() time.Time
}

// Sealer encrypts and authenticates (vault.Server does). Open returns an error for
// anything that Seal did not make under the same label and ad.
type Sealer interface {
	Seal(label string, plaintext, ad []byte) []byte
	Open(label string, sealed, ad []byte) ([]byte, error)
}

func (c OutboxConfig) withDefaults() OutboxConfig {
	if c.Max <= 0 {
		c.Max = 10_000
	}
	if c.Lease <= 0 {
		c.Lease = 3 * time.Minute
	}
	if c.Wait <= 0 {
		c.Wait = time.Second
	}
	if c.Sweep <= 0 {
		c.Sweep = 250 * time.Millisecond
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
