package lookup

import (
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"

	"exposure/internal/breaker"
	"exposure/internal/ratelimit"
)

// Client is who asks, as far as the transport can vouch for it.
type Client struct {
	Addr netip.Addr // the client's address; never a forwarded one from an untrusted peer
	// Usage, if set, is told what is left of every limit that was charged, for the RateLimit
	// headers of the answer; which of them others may hear of is not decided here, but by
	// ratelimit.Name.OfClient.
	Usage func(ratelimit.Name, ratelimit.Usage)
}

func (c Client) observe(name ratelimit.Name, u ratelimit.Usage) {
	if c.Usage != nil {
		c.Usage(name, u)
	}
}

// networks are the keys of one client at the widths the limits count: a carrier shares
// one IPv4 address among many, one IPv6 customer owns a whole /64 at least, and may own the
// /48 around it. All begin with the widest, which is where they are counted together.
type networks struct {
	ip, net, site string          // site is empty for IPv4
	tag           breaker.Network // in the audit log
}

func (s *Service) networks(c Client) networks {
	addr := c.Addr.Unmap().WithZone("")
	if addr.Is4() {
		net := s.tagOf(addr, 24)
		return networks{ip: within(net, s.tagOf(addr, 32)), net: within(net), tag: net}
	}
	site, net := s.tagOf(addr, 48), s.tagOf(addr, 56)
	return networks{
		ip: within(site, s.tagOf(addr, 64)), net: within(site, net), site: within(site),
		tag: breaker.NetworkOf(s.tagOf(addr, 32), site, net),
	}
}

// within is the limiter's key of a network that lies in wider ones.
func within(tags ...[16]byte) string {
	parts := make([]string, len(tags))
	for i, t := range tags {
		parts[i] = hex.EncodeToString(t[:])
	}
	return strings.Join(parts, ":")
}

func (s *Service) tagOf(a netip.Addr, bits int) [16]byte {
	p, err := a.Prefix(bits)
	if err != nil { // no address at all: all such clients share one key
		return s.Keys.NetworkTag(nil)
	}
	b, _ := p.MarshalBinary()
	return s.Keys.NetworkTag(b)
}

// counters are the client's at the limits of these names.
func (n networks) counters(ip, net, site ratelimit.Name) []ratelimit.Counter {
	counters := []ratelimit.Counter{{Name: ip, Key: n.ip}, {Name: net, Key: n.net}}
	if n.site != "" {
		counters = append(counters, ratelimit.Counter{Name: site, Key: n.site})
	}
	return counters
}

// requestLimits are charged by every request for a mail, or to begin without one: all of
// them, or none. Otherwise whoever owns a /48 would begin a counter for each of its 65,536
// /64s by requests that are refused, and one customer who asks too often would use up what
// their neighbours have.
func (s *Service) requestLimits(ctx context.Context, c Client, n networks) error {
	counters := n.counters(ratelimit.RequestIP, ratelimit.RequestNet, ratelimit.RequestSite)
	usages, err := s.Limits.TakeAll(ctx, counters...)
	if err != nil && !errors.As(err, new(*ratelimit.Exceeded)) {
		return unavailable("checking a limit", err)
	}
	for i, u := range usages {
		c.observe(counters[i].Name, u)
	}
	return err
}

// fee is what a guess is charged before it is judged.
type fee struct {
	loan     ratelimit.Loan
	counters []ratelimit.Counter
	usages   []ratelimit.Usage // of these, the fee included
}

// chargeGuess charges a guess as if it had failed: however many are on their way at once,
// no more are judged than may fail. Right codes cost nothing: they get it back.
func (s *Service) chargeGuess(ctx context.Context, c Client, n networks) (fee, error) {
	return s.charge(ctx, c, n.counters(ratelimit.FailedIP, ratelimit.FailedNet, ratelimit.FailedSite)...)
}

func (s *Service) charge(ctx context.Context, c Client, counters ...ratelimit.Counter) (fee, error) {
	loan, usages, err := s.Limits.Borrow(ctx, counters...)
	f := fee{loan, counters, usages}
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
	for i, u := range f.usages {
		c.observe(f.counters[i].Name, u)
	}
}
