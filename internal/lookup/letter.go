package lookup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
)

// Letters says whose letter a number is.
//
// Holder proves in one snapshot that the published version could answer, and reads the
// person: breach.ErrNoLetter when it is proven that the number is nobody's, whatever the
// reason, at the same cost for each. Any doubt is an error that wraps breach.ErrUnproven or
// any other, never an empty answer.
type Letters interface {
	Holder(ctx context.Context, tags breach.Tags) (breach.Version, breach.LetterHolder, error)
}

// ConfirmLetter is the way in for people without a mailbox: it redeems the number of their
// letter, as often as they like, and tells the report.
//
// Errors: ErrClosed, *PausedError, ErrMalformedCode (with breach.ErrLetterSlip for a slip in
// copying; nothing charged by any of these), *Rejected, alike for numbers that are unknown,
// replaced and closed, *ratelimit.Exceeded, ErrLettersByPhone, ErrUnavailable,
// ErrCouldNotCheck. A right number costs nothing, nor does one that could not be judged.
func (s *Service) ConfirmLetter(ctx context.Context, c Client, number string) (Confirmed, error) {
	if err := s.enter(ctx); err != nil {
		return Confirmed{}, err
	}
	n, err := breach.ParseLetterNumber(number)
	if err != nil {
		return Confirmed{}, fmt.Errorf("%w: %w", ErrMalformedCode, err)
	}
	f, err := s.chargeLetter(ctx, c)
	if err != nil {
		return Confirmed{}, err
	}
	confirmed, failed, err := s.judgeLetter(ctx, s.Keys.LetterTags(n.Reveal()), s.customer(c))
	s.settleFee(ctx, c, f, failed)
	return confirmed, err
}

// chargeLetter charges a number as if it were refused. The client is counted where everybody
// together is, in one step: a try over either limit leaves nothing, whatever a spray of millions
// costs. Neither key begins the other, or the client would be taken for a network within a wider
// one, which goes uncounted where there is no room, and one client could use up what everybody
// has. Over both limits the client hears of the phone: it helps now, and its own limit's end
// would not.
func (s *Service) chargeLetter(ctx context.Context, c Client) (fee, error) {
	const place = "all:"
	f, err := s.charge(ctx, c,
		ratelimit.Counter{Name: ratelimit.LetterGlobal, Key: place + "together"}, ratelimit.Counter{Name: ratelimit.LetterIP, Key: place + s.networks(c).ip})
	if over := new(ratelimit.Exceeded); errors.As(err, &over) && over.Name == ratelimit.LetterGlobal {
		return fee{}, ErrLettersByPhone
	}
	return f, err
}

// judgeLetter says besides whether the number was refused.
func (s *Service) judgeLetter(ctx context.Context, tags breach.Tags, by asker) (_ Confirmed, failed bool, _ error) {
	// What is found out about a number must be recorded even if the client has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	s.asked(tags, by)
	guess := s.entry(audit.Guess, tags, by)
	guess.Purpose = audit.Letter
	rand.Read(guess.Attempt[:])
	report, row, err := s.letterAnswer(ctx, tags, by)
	if errors.Is(err, breach.ErrNoLetter) {
		guess.Outcome = audit.Refused
		return Confirmed{}, true, s.refuseLetter(ctx, guess)
	}
	if err != nil {
		return Confirmed{}, false, err
	}
	guess.Outcome = audit.Accepted
	if err := s.Recorder.Append(ctx, guess, row); err != nil {
		return Confirmed{}, false, s.doubt("recording a disclosure", err)
	}
	if err := s.enter(ctx); err != nil { // shut meanwhile
		return Confirmed{}, false, err
	}
	token, expires, err := s.Sessions.Issue(ctx, session.Record{Audience: audience, Tags: tags})
	if err != nil {
		return Confirmed{}, false, unavailable("issuing a session", err)
	}
	s.Count(EventDisclosed)
	return Confirmed{Token: token, ExpiresAt: expires, Report: report}, false, nil
}

// refuseLetter records a number that is nobody's before it is answered.
func (s *Service) refuseLetter(ctx context.Context, guess audit.Entry) error {
	s.Count(EventLetterRefused)
	if err := s.Recorder.Append(ctx, guess); err != nil {
		return s.doubt("recording a letter number", err)
	}
	return &Rejected{AttemptsLeft: -1}
}

// letterAnswer makes the report of a letter's person and the row that must be committed
// before it is told. breach.ErrNoLetter when the number is nobody's.
func (s *Service) letterAnswer(ctx context.Context, tags breach.Tags, by asker) (breach.Report, audit.Entry, error) {
	k, check, err := s.knowLetter(ctx, tags)
	if err != nil {
		return breach.Report{}, audit.Entry{}, err
	}
	report, row := s.letterReport(k, check, tags, by)
	return report, row, nil
}

func (s *Service) letterReport(k known, check, tags breach.Tags, by asker) (breach.Report, audit.Entry) {
	facts := s.facts(k, check)
	facts.ByLetter = true
	report := breach.NewReport(facts)
	row := s.entry(audit.Disclosure, tags, by)
	row.Purpose, row.Version, row.Detail = audit.Letter, k.version.ID, string(report.Status)
	return report, row
}

// knowLetter reads who a letter is for, and what its check number is made of.
func (s *Service) knowLetter(ctx context.Context, tags breach.Tags) (k known, check breach.Tags, err error) {
	if s.Letters == nil {
		return known{}, breach.Tags{}, breach.ErrNoLetter
	}
	var holder breach.LetterHolder
	k.version, holder, err = s.Letters.Holder(ctx, tags)
	switch {
	case errors.Is(err, breach.ErrNoLetter):
		return known{}, breach.Tags{}, breach.ErrNoLetter
	case err != nil:
		return known{}, breach.Tags{}, s.doubt("looking for a letter number", err)
	}
	k.answer = holder.Answer
	if err := s.states(ctx, &k); err != nil {
		return known{}, breach.Tags{}, s.doubt("reading how resets stand", err)
	}
	return k, holder.Check, nil
}

// byLetter tells a session that a letter number opened: it has no mailbox.
func byLetter(r session.Record) bool { return r.Subject == "" }
