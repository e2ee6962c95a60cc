package lookup

import (
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

// requestLimits are charged by every request for a mail, or to begin without one.
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

// fee is what a guess is charged before it is judged.
type fee struct {
	loan   ratelimit.Loan
	told   []ratelimit.Name  // the limits that the client may hear of
	usages []ratelimit.Usage // of these first, the fee included
}

// chargeGuess charges a guess as if it had failed: however many are on their way at once,
// no more are judged than may fail. Right codes cost nothing: they get it back.
func (s *Service) chargeGuess(ctx context.Context, c Client, n networks) (fee, error) {
	return s.charge(ctx, c, []ratelimit.Name{ratelimit.FailedIP, ratelimit.FailedNet},
		ratelimit.Counter{Name: ratelimit.FailedIP, Key: n.ip}, ratelimit.Counter{Name: ratelimit.FailedNet, Key: n.net})
}

// charge borrows of counters, and tells the client of the first of them.
func (s *Service) charge(ctx context.Context, c Client, told []ratelimit.Name, counters ...ratelimit.Counter) (fee, error) {
	loan, usages, err := s.Limits.Borrow(ctx, counters...)
	f := fee{loan, told, usages}
	switch {
	case err == nil:
		return f, nil
	case errors.As(err, new(*ratelimit.Exceeded)):
		c.observeAll(f)
		return fee{}, err
	default:
		return fee{}, unavailable("checking a limit", err)
	}
}

// settleFee keeps the fee of a guess that failed and gives back that of any other. If that
// cannot be done the client's allowance is one smaller until its window ends.
func (s *Service) settleFee(ctx context.Context, c Client, f fee, failed bool) {
	if !failed {
		_ = s.Limits.Return(ctx, f.loan)
		for i := range f.usages {
			f.usages[i].Remaining = min(f.usages[i].Remaining+1, f.usages[i].Limit)
		}
	}
	c.observeAll(f)
}

func (c Client) observeAll(f fee) {
	for i, u := range f.usages[:min(len(f.usages), len(f.told))] {
		c.observe(f.told[i], u)
	}
}
