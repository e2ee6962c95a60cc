package server

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// forwardedFor is the only header by which a proxy may name the client. X-Real-IP,
// Forwarded, True-Client-IP and their like are never read.
const forwardedFor = "X-Forwarded-For"

// errClient: a trusted proxy passed on a client address that is none.
var errClient = errors.New("the forwarded client address is none")

// proxies are the peers whose X-Forwarded-For is believed. Nobody is trusted by default,
// private ranges included: a call centre behind one NAT is still a client.
type proxies []netip.Prefix

// client is the address that limits count: the peer's, or, if the peer is a trusted
// proxy, the rightmost hop that is not one. What stands left of that hop was written by
// the client and is not even parsed. If every hop is a trusted proxy the leftmost one
// asked on its own behalf.
//
// A hop that is reached and is no plain address (a port, a zone, "unknown", nothing) is
// errClient: counting it as the proxy's would let one stranger use up everybody's limit.
func (p proxies) client(r *http.Request) (netip.Addr, error) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, errClient
	}
	addr := peer.Addr().Unmap().WithZone("")
	hops := r.Header.Values(forwardedFor)
	if len(hops) == 0 || !p.trust(addr) {
		return addr, nil
	}
	rest := strings.Join(hops, ",")
	for more := true; more; {
		var hop string
		rest, hop, more = cutLast(rest)
		if addr, err = parseHop(hop); err != nil || !p.trust(addr) {
			return addr, err
		}
	}
	return addr, nil
}

// cutLast splits off the rightmost element.
func cutLast(list string) (rest, last string, more bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", list, false
	}
	return list[:i], list[i+1:], true
}

func parseHop(hop string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(strings.Trim(hop, " \t"))
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, errClient
	}
	return addr.Unmap(), nil
}

func (p proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// extract is Echo's IPExtractor. requireClient has refused requests without an address
// before any handler can ask.
func (p proxies) extract(r *http.Request) string {
	addr, err := p.client(r)
	if err != nil {
		return ""
	}
	return addr.String()
}

func requireClient(p proxies) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if _, err := p.client(c.Request()); err != nil {
				return err
			}
			return next(c)
		}
	}
}
