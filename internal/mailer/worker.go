package mailer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync/atomic"
	"time"

	"exposure/internal/breach"
	"exposure/internal/breaker"
	"exposure/internal/email"
	"exposure/internal/otp"
)

// Keys computes what needs the server's keys (vault.Server does). CodeMAC is a MAC
// under the code pepper.
type Keys interface {
	Tags(a email.Address) breach.Tags
	CodeMAC(parts ...[]byte) [32]byte
	DeriveSecret(label string, nonce []byte) [32]byte
}

// Issuer reserves room for a code (an otp.Store does). Issuing the same slot again
// replaces the code in it and counts no further mail. The mail may go out only after it
// returned nil, with the form it answered, and not at all if it answered None. Withdraw takes
// the code of a mail back that never left.
type Issuer interface {
	Issue(ctx context.Context, i otp.Issue) (otp.Issued, error)
	Withdraw(ctx context.Context, tag breach.Tag, purpose otp.Purpose, slot string) error
}

// History reads the evaluated guesses of 30 days about one address from durable
// storage, so that a code store that lost its data issues no short code to somebody who
// is owed a long one. An error means that the mail must wait. Safe for concurrent use.
type History func(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error)

// MaxAge is the age at which a request is dropped: the verification it belongs to is
// over, and a code that comes an hour late only confuses.
const MaxAge = 60 * time.Minute

// WorkerConfig configures a Worker. Incident, Outbox, Keys, Issuer, History and Sender
// are required.
type WorkerConfig struct {
	Incident *breach.Incident
	Outbox   Outbox
	Keys     Keys
	Issuer   Issuer
	History  History
	Sender   Sender
	// Shut returns an error while no mail may leave. Mails then wait as for any other
	// trouble, those that are on their way go out. Default: never.
	Shut func(ctx context.Context) error
	// Listed tells whether an address is on the published list; asked about mails that go to
	// listed addresses alone, which wait on an error, and under pressure about all, which
	// go in turn then. Default: all are.
	Listed func(ctx context.Context, tags breach.Tags) (bool, error)
	// Unsent gives back what a mail was charged to that never left and never will. It may be
	// called again. Default: nothing was charged.
	Unsent func(ctx context.Context, m CodeMail) error
	// Owed charges a mail that says so to what its address is owed whatever the budget of
	// everybody says, and tells whether there was anything left. Asked again about one mail it
	// charges nothing more and says the same. Default: it is owed.
	Owed func(ctx context.Context, m CodeMail) (bool, error)
	// Pace counts a mail to that domain and tells how long it must wait, 0 if it may go now.
	// Those that go ahead of others are counted by themselves, or the others' pace would tell of
	// them. Default: never. It only paces: one who cannot tell says 0.
	Pace func(ctx context.Context, domain string, ahead bool) time.Duration
	// Hesitate is for how long at most, by chance, a mail waits that goes ahead of others.
	// Default 30 seconds.
	Hesitate time.Duration
	// Scarce tells whether the mail budget is nearly spent, so that listed people go first.
	// Default: never.
	Scarce func() bool
	// Breaker says whether codes have to be longer than usual. Nil: never.
	Breaker *breaker.Breaker
	// From is the sender's address. Default Incident.Mail.From.
	From string
	// Digits of short web codes as of now (otp.DigitsFor). Default 8. Phone codes always
	// have 8, since they are read out in pairs and are guessed at a slower pace.
	Digits func() int
	// Parallel is how many mails are worked on at a time. Default 12, three times the
	// connections of SMTPConfig: while some are on their way the others draw and store their
	// codes, so that no connection waits for Redis or the database. With more of them
	// confirmations wait longer. Under pressure a quarter of them looks after those who go ahead
	// of others; a single one mails in turn.
	Parallel int
	// Connections is how many mails the Sender sends at a time. Default 4, as of SMTPConfig.
	Connections int
	// Deadline bounds the handling of one mail, the answer of the mail server included.
	// Default 90 seconds; longer than SMTPConfig.Whole.
	Deadline time.Duration
	// Drain is how long a mail in work may go on after the end of Run's context. What is
	// not handed over by then stays in the outbox. Default 10 seconds.
	Drain time.Duration
	// BackOff is the pause before the first retries, growing up to MaxBackOff. Defaults
	// 5 seconds and 2 minutes. A retry never comes sooner than half of it.
	BackOff, MaxBackOff time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Log takes what operators should know; default none.
	Log *slog.Logger
}

func (c WorkerConfig) withDefaults() (WorkerConfig, error) {
	for _, f := range []struct {
		name    string
		missing bool
	}{
		{"Incident", c.Incident == nil}, {"Outbox", c.Outbox == nil}, {"Keys", c.Keys == nil},
		{"Issuer", c.Issuer == nil}, {"History", c.History == nil}, {"Sender", c.Sender == nil},
	} {
		if f.missing {
			return c, fmt.Errorf("mail worker: %s is required", f.name)
		}
	}
	c.Parallel = or(c.Parallel, 12)
	c.Connections = or(c.Connections, connections)
	c.Hesitate = or(c.Hesitate, 30*time.Second)
	c.Deadline = or(c.Deadline, 90*time.Second)
	c.Drain = or(c.Drain, 10*time.Second)
	c.BackOff = or(c.BackOff, 5*time.Second)
	c.MaxBackOff = or(c.MaxBackOff, 2*time.Minute)
	if c.Digits == nil {
		c.Digits = func() int { return 8 }
	}
	if c.Shut == nil {
		c.Shut = func(context.Context) error { return nil }
	}
	if c.Listed == nil {
		c.Listed = func(context.Context, breach.Tags) (bool, error) { return true, nil }
	}
	if c.Scarce == nil {
		c.Scarce = func() bool { return false }
	}
	if c.Pace == nil {
		c.Pace = func(context.Context, string, bool) time.Duration { return 0 }
	}
	if c.Owed == nil {
		c.Owed = func(context.Context, CodeMail) (bool, error) { return true, nil }
	}
	if c.Unsent == nil {
		c.Unsent = func(context.Context, CodeMail) error { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func or[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// Worker takes requests from an outbox and mails codes. Several may serve one outbox.
type Worker struct {
	c         WorkerConfig
	from      email.Address
	fromName  string
	counts    counts
	waitTimes waitTimes
	pressure  pressure
	lanes     *lanes
	seed      maphash.Seed // of who hesitates for how long

	// settled remembers entries whose work is over while the outbox could not be told.
	settled *recent[struct{}]
	// unsettled remembers the codes of mails that may have arrived; see Worker.codes.
	unsettled *recent[drawn]
	// strange remembers entries that could not be read, stepBack until when nothing is taken, so
	// that others have these.
	strange  *recent[struct{}]
	stepBack atomic.Int64 // unix nanoseconds
	// troubled: the latest try of any mail failed; away: the outbox could not be read. They
	// keep the log short.
	troubled, away atomic.Bool
}

// NewWorker checks the configuration.
func NewWorker(c WorkerConfig) (*Worker, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if c.From == "" {
		c.From = c.Incident.Mail.From
	}
	from, err := email.Parse(c.From)
	if err != nil {
		return nil, fmt.Errorf("sender address of code mails: %w", err)
	}
	if c.Incident.Zone == nil {
		return nil, errors.New("mail worker: the incident has no time zone")
	}
	if _, err := otp.DrawShort(c.Digits()); err != nil {
		return nil, fmt.Errorf("mail worker: Digits: %w", err)
	}
	return &Worker{
		c: c, from: from, fromName: c.Incident.Site.Name.In(breach.Japanese),
		waitTimes: waitTimes{unusual: newRecent[struct{}]()},
		lanes:     newLanes(c.Connections), seed: maphash.MakeSeed(),
		settled: newRecent[struct{}](), strange: newRecent[struct{}](), unsettled: newRecent[drawn](),
	}, nil
}
