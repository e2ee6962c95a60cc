package lookup

import (
	"context"
	"time"

	"exposure/internal/breach"
	"exposure/internal/otp"
)

// Gate tells whether the operator has shut the look-up for a while.
//
// Paused returns nil while it is open. Any doubt is an error, never nil: a look-up that
// was shut because its answers are wrong must not open by accident.
type Gate interface {
	Paused(ctx context.Context) (*breach.Pause, error)
}

// PausedError means that the look-up is shut for a while. Its times are in the
// incident's zone.
type PausedError struct{ Pause breach.Pause }

func (e *PausedError) Error() string { return "the look-up is paused" }

// Bounds of RetryAfter.
const (
	soonest = time.Minute // also when the expected time has passed: it was a guess
	latest  = time.Hour   // it may open earlier than expected
	unsaid  = 5 * time.Minute
)

// RetryAfter is how long to wait before asking again, at the time now.
func (e *PausedError) RetryAfter(now time.Time) time.Duration {
	if e.Pause.BackAt == nil {
		return unsaid
	}
	return min(max(e.Pause.BackAt.Sub(now), soonest), latest)
}

// enter is the first step of whatever a pause or the end of the incident shuts.
func (s *Service) enter(ctx context.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	return s.unpaused(ctx)
}

// enterFor is enter for whoever proves a mailbox for this purpose: the end of the incident
// shuts the page and leaves the telephone.
func (s *Service) enterFor(ctx context.Context, p otp.Purpose) error {
	if p == otp.Phone {
		return s.unpaused(ctx)
	}
	return s.enter(ctx)
}

// unpaused is what a pause shuts: everything, because answers are wrong then.
func (s *Service) unpaused(ctx context.Context) error {
	p, err := s.paused(ctx)
	switch {
	case err != nil:
		return s.doubt("asking whether the look-up is paused", err)
	case p != nil:
		s.Count(EventPaused)
		return &PausedError{*p}
	default:
		return nil
	}
}

// Shut is what the sender of code mails asks before each: an error while the look-up is
// paused, and while nobody knows. Mails that were asked for before wait until it is open.
func (s *Service) Shut(ctx context.Context) error {
	p, err := s.paused(ctx)
	if err == nil && p != nil {
		err = &PausedError{*p}
	}
	return err
}

func (s *Service) paused(ctx context.Context) (*breach.Pause, error) {
	if s.Gate == nil {
		return nil, nil
	}
	p, err := s.Gate.Paused(ctx)
	if err != nil || p == nil {
		return nil, err
	}
	said := breach.Pause{Since: p.Since.In(s.Incident.Zone)}
	if p.BackAt != nil {
		back := p.BackAt.In(s.Incident.Zone)
		said.BackAt = &back
	}
	return &said, nil
}

// glance bounds asking for the pause where the answer does not depend on it.
const glance = time.Second

// Public is what anybody may know about the incident.
type Public struct {
	Incident *breach.Incident
	Contact  breach.ReportedContact
	Pause    *breach.Pause // nil: open, or nobody can tell now
}

// Public returns the incident's public facts, whether the help line is open now and
// whether the look-up is shut. It never fails: facts and phone number are what people
// need most when nothing else works.
func (s *Service) Public(ctx context.Context) Public {
	ctx, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	pause, err := s.paused(ctx)
	if err != nil {
		s.Count(EventCouldNotCheck)
	}
	return Public{Incident: s.Incident, Contact: s.Incident.ContactAt(s.Now()), Pause: pause}
}
