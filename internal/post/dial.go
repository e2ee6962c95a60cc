package post

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// What a failure is called. An error of the HTTP library names the URL.
var (
	errRefused = errors.New("its address is loopback, private or reserved, which is only allowed where the configuration names it")
	errTime    = errors.New("it did not answer in time")
	errName    = errors.New("its name cannot be resolved")
	errTLS     = errors.New("its certificate is not accepted")
	errConnect = errors.New("no connection, or no answer over it")
)

// CheckURL tells whether messages may be posted to a URL: https, or http to this machine,
// and to no address that belongs to a cloud's metadata or to nobody. The error is a
// sentence about the URL and does not repeat it.
func CheckURL(u *url.URL) error {
	host := u.Hostname()
	addr, literal := literal(host)
	switch {
	case host == "":
		return errors.New("names no host")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLocalhost(host) && !(literal && addr.IsLoopback())):
		return errors.New("must begin with https:// (http:// only for localhost)")
	case literal && !addr.IsLoopback() && !addr.IsPrivate() && reserved(addr):
		return errors.New("names an address that is link-local or reserved")
	}
	return nil
}

func literal(host string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(host)
	return a.Unmap().WithZone(""), err == nil
}

// isLocalhost knows the name of this machine (RFC 6761, 6.3).
func isLocalhost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}

// Allowed decides whether a message to a URL of that host may go to an address: a public
// one, the very one that the URL names, this machine for "localhost", and a private one
// within these networks. It is asked with every connection, after names were resolved: a
// name may resolve to something else than when it was checked.
func Allowed(host string, to netip.Addr, networks ...netip.Prefix) bool {
	to = to.Unmap().WithZone("")
	if written, ok := literal(host); ok {
		return written == to && (to.IsLoopback() || to.IsPrivate() || !reserved(to))
	}
	if isLocalhost(host) {
		return to.IsLoopback()
	}
	within := func(n netip.Prefix) bool { return n.Contains(to) }
	return !reserved(to) || to.IsPrivate() && slices.ContainsFunc(networks, within)
}

// translated is how networks without IPv4 reach it (RFC 6052).
const translated = "64:ff9b::/96"

// reserved tells whether an address is none of the public internet: IANA's registries of
// special-purpose addresses (RFC 6890), and what embeds an IPv4 address.
func reserved(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return true
	}
	if netip.MustParsePrefix(translated).Contains(a) {
		b := a.As16()
		return reserved(netip.AddrFrom4([4]byte(b[12:])))
	}
	for _, net := range [...]string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		"5f00::/16", "fec0::/10", "::/96",
	} {
		if netip.MustParsePrefix(net).Contains(a) {
			return true
		}
	}
	return false
}

// newClient connects to what the host's name stands for and to nothing else: it follows no
// redirect, asks no proxy and keeps no connection.
func newClient(host string, networks []netip.Prefix) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !Allowed(host, to.Addr(), networks...) {
			return errRefused
		}
		return nil
	}}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
			ResponseHeaderTimeout: 10 * time.Second, MaxResponseHeaderBytes: 16 << 10, DisableKeepAlives: true, DisableCompression: true,
		},
	}
}

// trouble says what went wrong in words of this package.
func trouble(err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errRefused):
		return errRefused
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return errTLS
	case errors.As(err, new(*net.DNSError)):
		return errName
	case errors.As(err, &timeout) && timeout.Timeout():
		return errTime
	}
	return errConnect
}
