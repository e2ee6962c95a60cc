// Package lookup is the journey: prove a mailbox with a mailed code, be told exactly
// what concerns you, and nobody else.
//
// It guarantees the order of steps on which every promise rests: first whether the
// operator has shut the look-up; then limits; then the database must prove that it could
// answer, before any guess is charged; then one atomic step charges, compares and
// consumes; then the answer is read, its audit row is committed, and only then is
// anything told. Start and Begin have no store of people at all: they cannot leak who is
// listed because they cannot see it.
//
// It refuses to guess: trouble with the database is [ErrCouldNotCheck], trouble with a
// store that guards a secret is [ErrUnavailable], and neither is ever an answer.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/breaker"
	"exposure/internal/email"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
)

const (
	// Life is how long one verification accepts codes, from its start.
	Life = 60 * time.Minute
	// ResendAfter is how long a customer waits before asking for another code: the
	// shortest window of the send-address limit.
	ResendAfter = 60 * time.Second
	// settle bounds the steps after a guess was evaluated. They run even if the client
	// has gone: a guess that was compared must leave its audit row.
	settle = 10 * time.Second
	// makeUp bounds giving a right code back that could not be answered.
	makeUp = 5 * time.Second
	// audience is the kind of session this journey issues.
	audience = "customer"
)

// Roster is the published roster as the journey needs it.
//
// Standing proves in one snapshot that the database could answer, and returns the
// address's evaluated guesses under any of its tags, newest first. Answer proves and reads
// the answer; breach.ErrNoTag when the tags are all of other keys than the published
// version's. Both return an error wrapping breach.ErrUnproven, or any other error, on the
// slightest doubt; neither ever returns an empty answer in place of one.
type Roster interface {
	Standing(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error)
	Answer(ctx context.Context, tags breach.Tags) (breach.Version, breach.Answer, error)
}

// Codes redeems codes.
//
// Redeem is atomic and replay-safe: it charges, compares and consumes in one step, and a
// repeated attempt id gets the same verdict without another charge. Revive undoes the
// consumption of a verification whose right code could not be answered.
type Codes interface {
	Redeem(ctx context.Context, a otp.Attempt) (otp.Verdict, error)
	Revive(ctx context.Context, tag breach.Tag, purpose otp.Purpose, nonce [16]byte) error
}

// Outbox takes requests for code mails.
//
// Room returns nil when there is room, and so much of it that requests under way now find
// it; otp.ErrOutboxFull when there is not; any other error when nothing can be queued. It
// tells nothing of whoever asks. Enqueue returns nil once the request is safely queued; an
// error is otp.ErrNotQueued when it certainly is not and never will be, and any other when
// nobody knows.
type Outbox interface {
	Room(ctx context.Context) error
	Enqueue(ctx context.Context, m otp.MailRequest) error
}

// Recorder is the audit log. Append returns nil only when every row is committed.
type Recorder interface {
	Append(ctx context.Context, entries ...audit.Entry) error
}

// Sessions keeps the sealed right to read one's own report.
type Sessions interface {
	Issue(ctx context.Context, r session.Record) (token string, expires time.Time, err error)
	Read(ctx context.Context, token, audience string) (session.Record, time.Time, error)
	End(ctx context.Context, token, audience string) error
}

// Limits counts. Take, TakeAll and Borrow return *ratelimit.Exceeded when over a limit; any
// other error means that the limit could not be checked. TakeAll and Borrow take of all
// counters or of none, and Return gives what was borrowed back, once.
type Limits interface {
	Take(ctx context.Context, name ratelimit.Name, key string) (ratelimit.Usage, error)
	TakeAll(ctx context.Context, counters ...ratelimit.Counter) ([]ratelimit.Usage, error)
	Borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error)
	Return(ctx context.Context, loan ratelimit.Loan) error
}

// MailLimits counts the mails of an address and of a mailbox. TakeFirst takes, in one step and
// under the receipt, of every counter of the first way in which all have room, and tells which
// way that was, -1 when none has. A counter that has a take of the receipt has room and counts no
// other. After an error the takes may be counted. GiveBack takes the takes of a receipt back,
// whether or not there are any and however often, and goes on when the client has left.
type MailLimits interface {
	TakeFirst(ctx context.Context, r ratelimit.Receipt, ways ...[]ratelimit.Counter) (way int, err error)
	GiveBack(ctx context.Context, r ratelimit.Receipt, counters ...ratelimit.Counter) error
}

// Keys turns what customers say into what the stores know.
type Keys interface {
	Tags(a email.Address) breach.Tags
	NetworkTag(b []byte) [16]byte
	CheckNumber(of breach.Tags) breach.CheckNumber
	LetterTags(digits string) breach.Tags
	Secrets
}

// Secrets makes and opens the sealed parts of a verification. What is made is made under
// one key of each kind; CodeMACs and DeriveSecrets give what may have been made under any
// that lives, newest first, and Open opens what was sealed under any.
type Secrets interface {
	CodeMACs(parts ...[]byte) [][32]byte
	DeriveSecret(label string, nonce []byte) [32]byte
	DeriveSecrets(label string, nonce []byte) [][32]byte
	Seal(label string, plaintext, ad []byte) []byte
	Open(label string, sealed, ad []byte) ([]byte, error)
}

// Config is all the journey depends on. Gate, Resets, Tickets, Letters, Canaries, Breaker, Now and Count may be missing.
type Config struct {
	Incident   *breach.Incident
	CodeDigits func() int // of a short code, by the number of people of the published version
	Roster     Roster
	Codes      Codes
	Outbox     Outbox
	Recorder   Recorder
	Sessions   Sessions
	Limits     Limits
	MailLimits MailLimits
	Keys       Keys
	Gate       Gate             // nil: the look-up is never paused
	Resets     Resets           // nil: no password is to be changed
	Tickets    Tickets          // nil: nobody gets the right to change one here
	Letters    Letters          // nil: every letter number is nobody's
	Canaries   Canaries         // nil: there are none
	Breaker    *breaker.Breaker // nil: never trips
	Now        func() time.Time
	Count      func(Event) // told of what is counted but not audited; may be nil
}

// Event is something worth counting that leaves no audit row.
type Event string

// Events.
const (
	EventCodeRequested    Event = "code_requested"
	EventBegunWithoutMail Event = "begun_without_mail" // by somebody who has a long code
	EventMailSuppressed   Event = "mail_suppressed"    // over send-address or send-mailbox, reserve spent
	EventMailBudgetSpent  Event = "mail_budget_spent"  // over send-global
	EventGuessUnjudged    Event = "guess_unjudged"     // refused without being compared
	EventGuessRefused     Event = "guess_refused"      // compared and refused
	EventGuessOverruled   Event = "guess_overruled"    // accepted by the store of codes, which had forgotten something
	EventDisclosed        Event = "disclosed"          // a report was told
	EventAnswerWithheld   Event = "answer_withheld"    // right code, but no provable answer
	EventCouldNotCheck    Event = "could_not_check"    // the guard refused
	EventTicketIssued     Event = "ticket_issued"      // the right to set a new password was handed out
	EventPaused           Event = "paused"             // turned away while the look-up is shut
	EventLetterRefused    Event = "letter_refused"     // a letter number that is nobody's
)

// Service is the journey of one incident.
type Service struct {
	Config
}

// New checks that nothing is missing.
func New(c Config) (*Service, error) {
	for name, missing := range map[string]bool{
		"Incident": c.Incident == nil, "Roster": c.Roster == nil, "Codes": c.Codes == nil, "Outbox": c.Outbox == nil,
		"Recorder": c.Recorder == nil, "Sessions": c.Sessions == nil, "Limits": c.Limits == nil, "Keys": c.Keys == nil,
		"MailLimits": c.MailLimits == nil, "CodeDigits": c.CodeDigits == nil,
	} {
		if missing {
			return nil, fmt.Errorf("lookup: %s is missing", name)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Count == nil {
		c.Count = func(Event) {}
	}
	return &Service{Config: c}, nil
}

func (s *Service) open() error {
	if s.Incident.ClosedAt(s.Now()) {
		return ErrClosed
	}
	return nil
}

// doubt turns any trouble with the database into the one thing a customer may hear.
func (s *Service) doubt(doing string, err error) error {
	s.Count(EventCouldNotCheck)
	return fmt.Errorf("%s: %w: %w", doing, ErrCouldNotCheck, err)
}

func unavailable(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

// limit charges a limit that guards a secret: it fails closed.
func (s *Service) limit(ctx context.Context, c Client, name ratelimit.Name, key string) error {
	usage, err := s.Limits.Take(ctx, name, key)
	return s.judged(c, name, usage, err)
}

func (s *Service) judged(c Client, name ratelimit.Name, usage ratelimit.Usage, err error) error {
	var over *ratelimit.Exceeded
	switch {
	case err == nil:
		c.observe(name, usage)
		return nil
	case errors.As(err, &over):
		c.observe(name, usage)
		return err
	default:
		return unavailable("checking a limit", err)
	}
}
