package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

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
	return s.tellAgain(ctx, r.Tags, byLetter(r), s.customer(c), "")
}

// tellAgain tells the report to whoever has proven before who they are, by the address or
// the letter of the tags. The purpose is none for a session.
func (s *Service) tellAgain(ctx context.Context, tags breach.Tags, letter bool, by asker, purpose otp.Purpose) (breach.Report, error) {
	answer := s.answer
	if letter {
		answer = s.letterAnswer
	}
	report, row, err := answer(ctx, tags, by)
	if errors.Is(err, breach.ErrNoLetter) { // it was replaced or closed since
		return breach.Report{}, ErrUnauthenticated
	}
	if err != nil {
		return breach.Report{}, err
	}
	if row.Purpose == "" { // a letter's row says so already
		row.Purpose = string(purpose)
	}
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
