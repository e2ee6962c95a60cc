package lookup

import (
	"context"
	"fmt"

	"exposure/internal/email"
	"exposure/internal/otp"
)

// Begin begins a verification and mails nothing: for whoever has a long code already, which
// any verification of its address accepts. So what keeps mails from being sent, such as a
// budget of everybody that strangers have spent, keeps nobody with a code out whose network
// may still ask.
//
// It charges what asking costs a network and no limit on mails, and it asks no store about
// the address: none holds anything of the verification until a code is guessed. No short
// code is accepted until Resend has asked for one; tries and budgets are those of any other.
//
// Errors: as Start, but for ErrNoMail.
func (s *Service) Begin(ctx context.Context, c Client, address string) (Started, error) {
	v, err := s.begin(ctx, c, address)
	if err != nil {
		return Started{}, err
	}
	s.Count(EventBegunWithoutMail)
	started := s.started(v)
	started.ResendAfter = 0 // no mail was asked for, so there is none to wait for
	return started, nil
}

// begin is what Start and Begin have in common: what an address costs before anything is
// mailed to it.
func (s *Service) begin(ctx context.Context, c Client, address string) (verification, error) {
	if err := s.enter(ctx); err != nil {
		return verification{}, err
	}
	a, err := email.Parse(address)
	if err != nil {
		return verification{}, fmt.Errorf("%w: %w", ErrMalformedAddress, err)
	}
	n := s.networks(c)
	if err := s.requestLimits(ctx, c, n); err != nil {
		return verification{}, err
	}
	v := s.newVerification(a, otp.Web)
	s.asked(v.tags, v.by(n))
	return v, nil
}
