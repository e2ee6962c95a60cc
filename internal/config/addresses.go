package config

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// resolveTimeout bounds the look-up of a listener's host name at start.
const resolveTimeout = 3 * time.Second

// listen checks host:port.
func (c *checker) listen(name, addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		c.refuse(name, "is no listening address: write it like 127.0.0.1:8081 or :8080")
	}
	return addr
}

// private wants an address that the internet cannot reach: behind it are metrics and the
// console, and before it no TLS.
func (c *checker) private(name, addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return c.listen(name, addr)
	}
	if !reachesNobody(host) {
		c.refuse(name, "must be on loopback or a private network, e.g. 127.0.0.1:8081: "+
			"name the private address (in a container, its own host name) and not every address of the machine")
		return addr
	}
	return c.listen(name, addr)
}

// reachesNobody tells whether every address of host is loopback or private. A name is
// resolved, since containers know their private address by their own name only.
func reachesNobody(host string) bool {
	if isLoopback(host) {
		return true
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return isPrivate(a)
	}
	if host == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for _, a := range addrs {
		if !isPrivate(a) {
			return false
		}
	}
	return err == nil && len(addrs) > 0
}

func isPrivate(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

// apart refuses two listeners on one port: on the public port everything would be public.
func (c *checker) apart(public string, others ...string) {
	_, taken, err := net.SplitHostPort(public)
	if err != nil || taken == "0" {
		return
	}
	for _, addr := range others {
		if _, port, err := net.SplitHostPort(addr); err == nil && port == taken {
			c.refuse("EXPOSURE_PUBLIC_ADDR", "and a private listener share port %s: give them different ports", taken)
		}
	}
}

// proxies reads networks and single addresses, separated by commas.
func (c *checker) proxies(list string) []netip.Prefix {
	const name = "EXPOSURE_TRUSTED_PROXIES"
	var out []netip.Prefix
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		p, err := parsePrefix(item)
		switch {
		case strings.Contains(item, "%"):
			c.refuse(name, "holds %q, which has a zone: zones are not compared, so the address would be believed on every link; "+
				"have the proxy connect from an address without one, and name that", item)
		case err != nil:
			c.refuse(name, "holds %q, which is neither a network nor an address: write it like 192.0.2.10 or 192.0.2.0/24", item)
		case p.Bits() == 0:
			c.refuse(name, "holds %s, which is everybody: then anyone could claim any address; name the proxies alone", item)
		case p != p.Masked():
			c.refuse(name, "holds %s, which is an address within a network: write %s for that one, or %s for all of it",
				item, p.Addr(), p.Masked())
		default:
			out = append(out, p)
		}
	}
	return out
}

// parsePrefix gives the IPv4 network for an IPv4-mapped one, as addresses are compared
// after unmapping.
func parsePrefix(item string) (netip.Prefix, error) {
	if !strings.Contains(item, "/") {
		a, err := netip.ParseAddr(item)
		if err != nil {
			return netip.Prefix{}, err
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(item)
	if err == nil && p.Addr().Is4In6() {
		return netip.PrefixFrom(p.Addr().Unmap(), max(0, p.Bits()-96)), nil
	}
	return p, err
}
