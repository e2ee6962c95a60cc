package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
)

// Report tells the report again to the holder of a session. It is read afresh, so that a
// newly published version shows at once, and audited each time.
//
// Errors: ErrClosed, *PausedError, ErrUnauthenticated, *ratelimit.Exceeded,
// ErrUnavailable, ErrCouldNotCheck.
func (s *Service) Report(ctx context.Context, c Client, token string) (breach.Report, error) {
	if err := s.enter(ctx); err != nil {
		return breach.Report{}, err
	}
	r, err := s.session(ctx, token)
	if err != nil {
		return breach.Report{}, err
	}
	return s.tellAgain(ctx, r.Tags, s.customer(c), "")
}

// tellAgain tells the report to whoever has proven before who they are. The purpose is that
// of its row, none for a session.
func (s *Service) tellAgain(ctx context.Context, tags breach.Tags, by asker, purpose otp.Purpose) (breach.Report, error) {
	report, row, err := s.answer(ctx, tags, by)
	if err != nil {
		return breach.Report{}, err
	}
	row.Purpose = string(purpose)
	if err := s.Recorder.Append(ctx, row); err != nil {
		return breach.Report{}, s.doubt("recording a disclosure", err)
	}
	if err := s.enterFor(ctx, purpose); err != nil { // shut meanwhile
		return breach.Report{}, err
	}
	s.Count(EventDisclosed)
	return report, nil
}

// session reads a session and charges its limit.
func (s *Service) session(ctx context.Context, token string) (session.Record, error) {
	r, err := s.sessionOf(ctx, token)
	if err != nil {
		return session.Record{}, err
	}
	return r, s.limit(ctx, Client{}, ratelimit.ReportSession, sessionKey(token))
}

func (s *Service) sessionOf(ctx context.Context, token string) (session.Record, error) {
	if err := s.open(); err != nil {
		return session.Record{}, err
	}
	r, _, err := s.Sessions.Read(ctx, token, audience)
	if errors.Is(err, session.ErrNoSession) {
		return session.Record{}, ErrUnauthenticated
	}
	if err != nil {
		return session.Record{}, unavailable("reading a session", err)
	}
	return r, nil
}

// sessionKey is what limits know a session by: not the token, which opens it.
func sessionKey(token string) string {
	h := sha256.Sum256([]byte("report-session\x00" + token))
	return hex.EncodeToString(h[:16])
}

// End ends a session, whatever is left of its limit, and also while the look-up is paused:
// nothing is told by it. Ending one that is already over is ErrUnauthenticated.
func (s *Service) End(ctx context.Context, c Client, token string) error {
	r, err := s.sessionOf(ctx, token)
	if err != nil {
		return err
	}
	// From here on it must be recorded even if the client has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	if err := s.Sessions.End(ctx, token, audience); errors.Is(err, session.ErrNoSession) {
		return ErrUnauthenticated // ended by another request meanwhile
	} else if err != nil {
		return unavailable("ending a session", err)
	}
	row := s.entry(audit.SessionEnd, r.Tags, s.customer(c))
	if err := s.Recorder.Append(ctx, row); err != nil {
		return s.doubt("recording the end of a session", err)
	}
	return nil
}

// ConfirmLetter is the way in for people without a mailbox. Until letters are sent no
// number exists, so every well-formed number is refused like an unknown one, within the
// limits that will hold then.
func (s *Service) ConfirmLetter(ctx context.Context, c Client, number string) (Confirmed, error) {
	if err := s.enter(ctx); err != nil {
		return Confirmed{}, err
	}
	if !isLetterNumber(number) {
		return Confirmed{}, fmt.Errorf("%w: a letter number has 14 digits", ErrMalformedCode)
	}
	if err := s.limit(ctx, c, ratelimit.LetterIP, s.networks(c).ip); err != nil {
		return Confirmed{}, err
	}
	s.Count(EventLetterNotOpened)
	return Confirmed{}, &Rejected{AttemptsLeft: -1}
}

// letterDigits is the length of a letter number: 12 random digits and 2 to check them.
const letterDigits = 14

// isLetterNumber tells whether s holds 14 digits of any width, in groups or not.
func isLetterNumber(s string) bool {
	if len(s) > maxID {
		return false
	}
	digits := 0
	for _, r := range norm.NFKC.String(s) {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !unicode.IsSpace(r) && !strings.ContainsRune("-‐‑‒–—―−ー─", r):
			return false
		}
	}
	return digits == letterDigits
}
