package lookup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/breaker"
	"exposure/internal/otp"
	"exposure/internal/session"
)

// Confirmed is a proven mailbox: the report, and the token to read it again.
type Confirmed struct {
	Token     string
	ExpiresAt time.Time
	Report    breach.Report
}

// Confirm redeems a code and tells the report.
//
// Errors: ErrClosed, *PausedError, ErrMalformedCode, ErrNotFound (nothing charged by any of
// these), *Rejected, *ratelimit.Exceeded, ErrUnavailable, ErrCouldNotCheck. After
// ErrCouldNotCheck nothing was consumed, or a fresh code has been queued.
func (s *Service) Confirm(ctx context.Context, c Client, id, secret, code string) (Confirmed, error) {
	if err := s.enter(ctx); err != nil {
		return Confirmed{}, err
	}
	digits, form, err := otp.Fold(code)
	if err != nil {
		return Confirmed{}, fmt.Errorf("%w: %w", ErrMalformedCode, err)
	}
	v, err := s.openID(id) // a foreign id reaches no store
	if err != nil {
		return Confirmed{}, err
	}
	n := s.networks(c)
	fee, err := s.chargeGuess(ctx, c, n)
	if err != nil {
		return Confirmed{}, err
	}
	s.asked(v.tags, v.by(n))
	confirmed, failed, err := s.admit(ctx, v, n, secret, said{digits, form})
	s.settleFee(ctx, c, fee, failed)
	return confirmed, err
}

// admit judges a guess from a browser and issues a session for a right one. It says besides
// whether the guess counts as failed; see judge.
func (s *Service) admit(ctx context.Context, v verification, n networks, secret string, code said) (confirmed Confirmed, failed bool, err error) {
	if !s.knows(v, secret) { // another browser: says nothing about the owner, so charges nothing of theirs
		s.Count(EventGuessUnjudged)
		return Confirmed{}, true, &Rejected{}
	}
	failed, err = s.judge(ctx, v, v.by(n), code, func(ctx context.Context, r breach.Report) error {
		token, expires, err := s.Sessions.Issue(ctx, session.Record{Audience: audience, Tags: v.tags, Subject: v.address.Reveal()})
		if err != nil {
			return unavailable("issuing a session", err)
		}
		confirmed = Confirmed{Token: token, ExpiresAt: expires, Report: r}
		return nil
	})
	return confirmed, failed, err
}

// asker is who asks, as the rows about it say.
type asker struct {
	actor   audit.Actor
	network [16]byte // zero for an agent: rows of the desk name the account
}

func (s *Service) customer(c Client) asker {
	return asker{audit.Actor{Kind: audit.Customer}, s.networks(c).tag}
}

// said is a code as it was typed or read out.
type said struct {
	digits string
	form   otp.Form
}

// judge compares a code and, when it is right, has the report told: the last step, which may
// still fail. It returns whether the guess counts as failed: whatever was or may have been
// compared and was not right, and whatever a guesser could repeat for nothing.
func (s *Service) judge(ctx context.Context, v verification, by asker, code said, tell func(context.Context, breach.Report) error) (failed bool, _ error) {
	past, err := s.Roster.Standing(ctx, v.tags, v.purpose)
	if err != nil {
		return false, s.doubt("proving that the roster could answer", err)
	}
	guess := s.attempt(v, code, past)
	// From here on the guess is judged: it must be recorded even if the client has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	verdict, settled, err := s.redeemCounted(ctx, by, guess)
	defer settled()
	if err != nil {
		return true, unavailable("redeeming a code", err)
	}
	entry := s.guessEntry(v, guess, verdict, by)
	if !verdict.Accepted {
		return true, s.refused(ctx, verdict, entry)
	}
	err = s.disclose(ctx, v, by, guess, entry, tell)
	if errors.As(err, new(*Rejected)) {
		return true, err
	}
	if err != nil {
		s.giveBack(ctx, v)
	}
	return false, err
}

// redeemCounted redeems a code and lets the breaker know of a short one: before it is
// compared, and how it ended once settled is called, after its row. Codes of the telephone
// do not concern it: each agent has a limit of their own.
func (s *Service) redeemCounted(ctx context.Context, by asker, a otp.Attempt) (_ otp.Verdict, settled func(), _ error) {
	if a.Form == otp.Long || a.Purpose == otp.Phone {
		verdict, err := s.redeem(ctx, a)
		return verdict, func() {}, err
	}
	level, counted := s.Breaker.Begin(by.network)
	a.Barred = level >= breaker.LongOnly
	verdict, err := s.redeem(ctx, a)
	wrong := verdict.Evaluated && !verdict.Accepted || err != nil
	return verdict, func() { counted.End(wrong) }, err
}

// redeem asks once more when the reply was lost: the guess may have been charged, and a
// right code consumed. The attempt id makes the second call repeat the verdict.
func (s *Service) redeem(ctx context.Context, a otp.Attempt) (otp.Verdict, error) {
	verdict, err := s.Codes.Redeem(ctx, a)
	if err == nil {
		return verdict, nil
	}
	return s.Codes.Redeem(ctx, a)
}

func (s *Service) attempt(v verification, code said, past []otp.Past) otp.Attempt {
	a := otp.Attempt{Tag: v.place(), Purpose: v.purpose, Nonce: v.nonce, Form: code.form, Past: past}
	rand.Read(a.ID[:])
	switch {
	case code.form == otp.Long:
		a.MACs = otp.LongMACs(s.Keys, v.purpose, v.place(), code.digits, s.Now())
	case v.purpose == otp.Phone:
		a.MACs = otp.PhoneMACs(s.Keys, v.place(), code.digits)
	default:
		a.MACs = otp.ShortMACs(s.Keys, v.purpose, v.nonce, s.secrets(v), code.digits)
	}
	return a
}

func (s *Service) guessEntry(v verification, a otp.Attempt, verdict otp.Verdict, by asker) audit.Entry {
	e := s.entry(audit.Guess, v.tags, by)
	e.Purpose, e.Attempt, e.Detail = string(v.purpose), a.ID, audit.ShortCode
	if a.Form == otp.Long {
		e.Detail = audit.LongCode
	}
	e.Outcome = audit.Refused
	if verdict.Accepted {
		e.Outcome, e.Attempt = audit.Accepted, verdict.Used
	}
	return e
}

// entry is a row about somebody. It carries the tag of the newest key: who reads the log
// looks for those of all keys.
func (s *Service) entry(action audit.Action, tags breach.Tags, by asker) audit.Entry {
	tag := tags.Newest()
	return audit.Entry{At: s.Now(), Actor: by.actor, Action: action, Outcome: audit.Done, Tag: &tag, Network: by.network}
}

// refused records a guess before it is answered: no committed row, no answer. One that was
// compared with nothing leaves a row as well, which weighs nothing: by an answer that waits for
// no row whoever guesses would see that no code was mailed yet, as to a stranger while mail
// runs short.
func (s *Service) refused(ctx context.Context, verdict otp.Verdict, e audit.Entry) error {
	if verdict.Evaluated {
		s.Count(EventGuessRefused)
	} else {
		s.Count(EventGuessUnjudged)
		e.Action, e.Attempt, e.Detail = audit.Disclosure, [16]byte{}, notCompared
	}
	if err := s.Recorder.Append(ctx, e); err != nil {
		return s.doubt("recording a guess", err)
	}
	return &Rejected{AttemptsLeft: verdict.AttemptsLeft}
}

// notCompared is the detail of a disclosure that was refused without comparing a code.
const notCompared = "not compared"

// disclose reads the answer, commits the rows that say so, and only then has it told, unless
// the rows say otherwise or the look-up was shut meanwhile: recording may have waited for
// just that.
func (s *Service) disclose(ctx context.Context, v verification, by asker, a otp.Attempt, guess audit.Entry, tell func(context.Context, breach.Report) error) error {
	report, row, err := s.answer(ctx, v.tags, by)
	if err != nil {
		return err
	}
	row.Purpose = guess.Purpose
	if err := s.Recorder.Append(ctx, guess, row); err != nil {
		return s.doubt("recording a disclosure", err)
	}
	if err := s.stands(ctx, v, a, guess.Attempt); err != nil {
		return err
	}
	if err := s.enterFor(ctx, v.purpose); err != nil {
		return err
	}
	if err := tell(ctx, report); err != nil {
		return err
	}
	s.Count(EventDisclosed)
	return nil
}

// stands looks at the address's guesses once more, now that the acceptance is among them:
// the store of codes may have forgotten, between this guess and another one that was
// judged at the same time, what decided about it.
func (s *Service) stands(ctx context.Context, v verification, a otp.Attempt, used [16]byte) error {
	past, err := s.Roster.Standing(ctx, v.tags, v.purpose)
	switch {
	case err != nil:
		return s.doubt("looking at a guess again", err)
	case !a.Stands(used, past, s.Now()):
		s.Count(EventGuessOverruled)
		return &Rejected{}
	default:
		return nil
	}
}

// answer makes the report and the row that must be committed before it is told.
func (s *Service) answer(ctx context.Context, tags breach.Tags, by asker) (breach.Report, audit.Entry, error) {
	k, err := s.know(ctx, tags)
	if err != nil {
		return breach.Report{}, audit.Entry{}, err
	}
	report := breach.NewReport(s.facts(k, tags))
	row := s.entry(audit.Disclosure, tags, by)
	row.Version, row.Detail = k.version.ID, string(report.Status)
	return report, row, nil
}

// giveBack makes up for a right code that could not be answered: the verification is
// usable again and a new code is on its way, free of charge. If that fails as well the
// customer still has every other way in, so its errors are only counted.
//
// It has time of its own: what failed may have used up all there was.
func (s *Service) giveBack(ctx context.Context, v verification) {
	s.Count(EventAnswerWithheld)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeUp)
	defer cancel()
	if err := errors.Join(s.Codes.Revive(ctx, v.place(), v.purpose, v.nonce), s.enqueue(ctx, v.mailRequest())); err != nil {
		s.Count(EventMailSuppressed)
	}
}
