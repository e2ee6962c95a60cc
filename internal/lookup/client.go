package lookup

import (
	"context"
	"encoding/hex"
	"net/netip"

	"exposure/internal/ratelimit"
)

// Client is who asks, as far as the transport can vouch for it.
type Client struct {
	Addr netip.Addr // the client's address; never a forwarded one from an untrusted peer
	// Usage, if set, is told what is left of a limit that was charged, for the RateLimit
	// headers of the answer.
	Usage func(ratelimit.Name, ratelimit.Usage)
}

func (c Client) observe(name ratelimit.Name, u ratelimit.Usage) {
	if c.Usage != nil {
		c.Usage(name, u)
	}
}

// networks are the keys of one client at the widths the limits count: a carrier shares
// one IPv4 address among many, and one IPv6 customer owns a whole /64 at least.
type networks struct {
	ip, net, site string // site is empty for IPv4
	tag           [16]byte
}

func (s *Service) networks(c Client) networks {
	addr := c.Addr.Unmap().WithZone("")
	if addr.Is4() {
		return networks{ip: s.key(addr, 32), net: s.key(addr, 24), tag: s.tagOf(addr, 24)}
	}
	return networks{ip: s.key(addr, 64), net: s.key(addr, 56), site: s.key(addr, 48), tag: s.tagOf(addr, 56)}
}

func (s *Service) key(a netip.Addr, bits int) string {
	t := s.tagOf(a, bits)
	return hex.EncodeToString(t[:])
}

func (s *Service) tagOf(a netip.Addr, bits int) [16]byte {
	p, err := a.Prefix(bits)
	if err != nil { // no address at all: all such clients share one key
		return s.Keys.NetworkTag(nil)
	}
	b, _ := p.MarshalBinary()
	return s.Keys.NetworkTag(b)
}

// requestLimits are charged by every request for a mail.
func (s *Service) requestLimits(ctx context.Context, c Client, n networks) error {
	if err := s.limit(ctx, c, ratelimit.RequestIP, n.ip); err != nil {
		return err
	}
	if err := s.limit(ctx, c, ratelimit.RequestNet, n.net); err != nil {
		return err
	}
	if n.site == "" {
		return nil
	}
	return s.limit(ctx, c, ratelimit.RequestSite, n.site)
}

// failureLimits are only looked at before a guess; chargeFailure charges them after one
// that failed, so that right codes cost nothing.
func (s *Service) failureLimits(ctx context.Context, c Client, n networks) error {
	usage, err := s.Limits.Spent(ctx, ratelimit.FailedIP, n.ip)
	if err := s.judged(c, ratelimit.FailedIP, usage, err); err != nil {
		return err
	}
	usage, err = s.Limits.Spent(ctx, ratelimit.FailedNet, n.net)
	return s.judged(c, ratelimit.FailedNet, usage, err)
}

// chargeFailure ignores whether the limit is over now: the next guess will be told.
func (s *Service) chargeFailure(ctx context.Context, n networks) {
	_, _ = s.Limits.Take(ctx, ratelimit.FailedIP, n.ip)
	_, _ = s.Limits.Take(ctx, ratelimit.FailedNet, n.net)
}
