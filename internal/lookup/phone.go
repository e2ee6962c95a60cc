package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/otp"
)

// Desk is on whose behalf an agent of the call centre asks.
type Desk struct {
	Agent string   // the account's name
	Call  [16]byte // the call's number, at random: it names the call in rows and opens nothing
	// Proofs is how often the caller has proven something in this call. Each begins anew: the
	// tries of a proof that succeeded are over.
	Proofs int
}

// by is how rows name the desk.
func (d Desk) by() asker {
	return asker{actor: audit.Actor{Kind: audit.Agent, ID: d.Agent + "/" + hex.EncodeToString(d.Call[:])}}
}

// nonce is what tries are counted by.
func (d Desk) nonce() [16]byte {
	if d.Proofs == 0 {
		return d.Call
	}
	h := sha256.Sum256(binary.BigEndian.AppendUint64(d.Call[:], uint64(d.Proofs)))
	return [16]byte(h[:])
}

// Subject is who has proven what in a call.
type Subject struct {
	Tags    breach.Tags   // of the address, or of the letter's number
	Check   breach.Tags   // what the check number they were told is made of
	Address email.Address // the zero address: proven by a letter
	Letter  bool
}

// call is a verification that belongs to a call and not to a browser: it has no id and no
// secret, because its codes are read out to an agent who is known.
func (s *Service) call(d Desk, a email.Address) verification {
	return verification{nonce: d.nonce(), purpose: otp.Phone, issued: s.Now(), address: a, tags: s.Keys.Tags(a)}
}

// SendPhone asks the outbox for a mail with a phone code. What it does and how it answers is
// the same for every address, as Start's; its limits on mails are of their own. The row of it
// is committed before a mail is asked for.
//
// The end of the incident does not shut the telephone; a pause does.
//
// Errors: *PausedError, ErrCouldNotCheck, ErrNoMail, ErrUnavailable.
func (s *Service) SendPhone(ctx context.Context, d Desk, a email.Address) error {
	if err := s.unpaused(ctx); err != nil {
		return err
	}
	v := s.call(d, a)
	s.asked(v.tags, d.by())
	row := s.entry(audit.CallCode, v.tags, d.by())
	row.Purpose = string(otp.Phone)
	if err := s.Recorder.Append(ctx, row); err != nil {
		return s.doubt("recording that a phone code was asked for", err)
	}
	return s.mail(ctx, v)
}

// ConfirmPhone redeems a phone code that a caller reads out and returns the report, once keep
// has kept who proved what. A code is good in any call about its address, once; a call has
// five tries at an address, and an address a budget of its own, which no failure on the page
// touches. The breaker neither counts these guesses nor bars them.
//
// It says besides whether the code counts as failed, for the agent's own limit: one that was
// refused does, and one that was or may have been compared and could not be recorded.
//
// Errors: *PausedError, ErrMalformedCode (nothing charged by these), *Rejected,
// ErrUnavailable, ErrCouldNotCheck, and what keep returns. Unless the code counts as failed,
// after the last two nothing was consumed, or a fresh code has been queued.
func (s *Service) ConfirmPhone(ctx context.Context, d Desk, a email.Address, code string, keep func(context.Context, Subject) error) (report breach.Report, failed bool, _ error) {
	if err := s.unpaused(ctx); err != nil {
		return breach.Report{}, false, err
	}
	digits, form, err := otp.Fold(code)
	if err != nil {
		return breach.Report{}, false, fmt.Errorf("%w: %w", ErrMalformedCode, err)
	}
	v := s.call(d, a)
	s.asked(v.tags, d.by())
	failed, err = s.judge(ctx, v, d.by(), said{digits, form}, func(ctx context.Context, r breach.Report) error {
		if err := keep(ctx, Subject{Tags: v.tags, Check: v.tags, Address: a}); err != nil {
			return err
		}
		report = r
		return nil
	})
	return report, failed, err
}

// ConfirmLetterByPhone takes the number of a letter that a caller reads out and tells the
// report. The limits on numbers typed on the page do not concern it: each agent has one. It
// says besides whether the number counts as failed: whether it was found to be nobody's.
//
// Errors: *PausedError, ErrMalformedCode with which of breach.ErrLetterForm and
// breach.ErrLetterSlip it is (nothing is looked up), *Rejected, alike for numbers that are
// unknown, replaced and closed, ErrCouldNotCheck.
func (s *Service) ConfirmLetterByPhone(ctx context.Context, d Desk, number string) (_ Subject, _ breach.Report, failed bool, _ error) {
	if err := s.unpaused(ctx); err != nil {
		return Subject{}, breach.Report{}, false, err
	}
	n, err := breach.ParseLetterNumber(number)
	if err != nil {
		return Subject{}, breach.Report{}, false, fmt.Errorf("%w: %w", ErrMalformedCode, err)
	}
	// What is found out about a number must be recorded even if the agent's browser has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	tags, by := s.Keys.LetterTags(n.Reveal()), d.by()
	s.asked(tags, by)
	tried := s.entry(audit.CallLetter, tags, by)
	tried.Purpose = audit.Letter
	k, check, err := s.knowLetter(ctx, tags)
	if errors.Is(err, breach.ErrNoLetter) {
		tried.Tag, tried.Outcome = nil, audit.Refused // it is nobody's
		return Subject{}, breach.Report{}, true, s.refuseLetter(ctx, tried)
	}
	if err != nil {
		return Subject{}, breach.Report{}, false, err
	}
	report, row := s.letterReport(k, check, tags, by)
	if err := s.Recorder.Append(ctx, tried, row); err != nil {
		return Subject{}, breach.Report{}, false, s.doubt("recording a disclosure", err)
	}
	if err := s.unpaused(ctx); err != nil { // shut meanwhile
		return Subject{}, breach.Report{}, false, err
	}
	s.Count(EventDisclosed)
	return Subject{Tags: tags, Check: check, Letter: true}, report, false, nil
}

// TellPhone tells the report again to a caller who has proven who they are. It is read
// afresh and audited each time.
//
// Errors: *PausedError, ErrUnauthenticated (to be proven anew), ErrCouldNotCheck.
func (s *Service) TellPhone(ctx context.Context, d Desk, sub Subject) (breach.Report, error) {
	if err := s.unpaused(ctx); err != nil {
		return breach.Report{}, err
	}
	return s.tellAgain(ctx, sub.Tags, sub.Letter, d.by(), otp.Phone)
}
