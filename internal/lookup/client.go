package lookup

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
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

// take is one take of a limit by network. All that belong to one client share a group.
func (n networks) take(name ratelimit.Name, key string) ratelimit.Take {
	return ratelimit.Take{Name: name, Key: key, Group: cmp.Or(n.site, n.net)}
}

// requestLimits are charged by every request for a mail, the narrowest first: whoever is
// over it uses up nothing of the neighbours'.
func (s *Service) requestLimits(ctx context.Context, c Client, n networks) error {
	takes := []ratelimit.Take{n.take(ratelimit.RequestIP, n.ip), n.take(ratelimit.RequestNet, n.net)}
	if n.site != "" {
		takes = append(takes, n.take(ratelimit.RequestSite, n.site))
	}
	usages, err := s.Limits.TakeAll(ctx, takes...)
	return judged(c, takes, usages, err)
}

// failureLimits are only looked at before a guess; chargeFailure charges them after one
// that failed, so that right codes cost nothing.
func (s *Service) failureLimits(ctx context.Context, c Client, n networks) error {
	takes := []ratelimit.Take{n.take(ratelimit.FailedIP, n.ip), n.take(ratelimit.FailedNet, n.net)}
	usages, err := s.Limits.SpentAll(ctx, takes...)
	return judged(c, takes, usages, err)
}

// chargeFailure ignores whether a limit is over now: the next guess will be told. Both
// are charged, which one call for both would not do.
func (s *Service) chargeFailure(ctx context.Context, n networks) {
	_, _ = s.Limits.TakeAll(ctx, n.take(ratelimit.FailedIP, n.ip))
	_, _ = s.Limits.TakeAll(ctx, n.take(ratelimit.FailedNet, n.net))
}

// limit charges a limit that guards a secret: it fails closed.
func (s *Service) limit(ctx context.Context, c Client, name ratelimit.Name, key string) error {
	takes := []ratelimit.Take{{Name: name, Key: key}}
	usages, err := s.Limits.TakeAll(ctx, takes...)
	return judged(c, takes, usages, err)
}

// judged reports what is left, and turns a limit that could not be checked into trouble.
func judged(c Client, takes []ratelimit.Take, usages []ratelimit.Usage, err error) error {
	for i, u := range usages {
		c.observe(takes[i].Name, u)
	}
	if over := new(ratelimit.Exceeded); err == nil || errors.As(err, &over) {
		return err
	}
	return unavailable("checking a limit", err)
}
