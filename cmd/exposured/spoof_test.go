package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/vault"
)

// buckets watches whom a server charges: the counters in Redis, by the names its own keys
// give to networks.
type buckets struct {
	keys   *vault.Server
	client *redis.Client
}

func watchBuckets(t *testing.T, s site, redisURL string) buckets {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	o, err := redis.ParseURL(redisURL)
	must(t, err)
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return buckets{keys, client}
}

// plenty lifts the limits of a network out of the way and counts all the same.
const plenty = "request-ip=100000/1h,request-net=100000/1h"

// masks are the widths at which a limit counts, for IPv4 and IPv6; 0: it does not.
var masks = map[string][2]int{
	"request-ip": {32, 64}, "request-net": {24, 56}, "request-site": {0, 48}, "failed-ip": {32, 64}, "failed-net": {24, 56}, "failed-site": {0, 48},
}

// tagged is the name of a network, or of an address, in a key.
var tagged = regexp.MustCompile(`\b(?:[0-9a-f]{32}){1,2}\b`)

// of names the counters of a client at this address: written from the documents and not
// from the code that counts.
func (b buckets) of(t *testing.T, kind, address string) (names []string) {
	t.Helper()
	addr := netip.MustParseAddr(address)
	for limit, widths := range masks {
		bits := widths[1]
		if addr.Is4() {
			bits = widths[0]
		}
		if !strings.HasPrefix(limit, kind) || bits == 0 {
			continue
		}
		network, err := addr.Prefix(bits)
		must(t, err)
		raw, err := network.MarshalBinary()
		must(t, err)
		names = append(names, fmt.Sprintf("%s:%x", limit, b.keys.NetworkTag(raw)))
	}
	slices.Sort(names)
	return names
}

// charged says which counters of a kind (request, failed) something changes.
func (b buckets) charged(t *testing.T, kind string, something func()) []string {
	t.Helper()
	before := b.read(t, kind)
	something()
	var names []string
	for name, value := range b.read(t, kind) {
		if before[name] != value {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (b buckets) read(t *testing.T, kind string) map[string]string {
	t.Helper()
	all := map[string]string{}
	keys := b.client.Scan(t.Context(), 0, "*:limit:*", 1000).Iterator()
	for keys.Next(t.Context()) {
		_, name, _ := strings.Cut(keys.Val(), ":limit:")
		limit, rest, _ := strings.Cut(strings.TrimPrefix(name, "{"), ":")
		if !strings.HasPrefix(limit, kind) || strings.Contains(rest, ":back:") {
			continue // of another kind, or a mark that something was given back
		}
		value, err := b.client.Dump(t.Context(), keys.Val()).Result()
		must(t, err)
		tags := append([]string{""}, tagged.FindAllString(rest, -1)...) // of networks the widest first
		all[limit+":"+tags[len(tags)-1]] = value
	}
	must(t, keys.Err())
	return all
}

// ask sends a request for a code with these header lines.
func (b *browser) ask(t *testing.T, address string, header http.Header) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.base+"/v1/verifications", strings.NewReader(fmt.Sprintf(`{"email":%q}`, address)))
	must(t, err)
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	return b.send(t, req)
}

// proxy is the only peer that may name a client; beside is its neighbour, who may not.
var proxy, beside = addr("127.0.0.9"), addr("127.0.0.10")

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// forwarded are the ways to write X-Forwarded-For, and whom each names when the proxy
// passes it on; nobody: the request is refused and charged to nobody.
var forwarded = []struct {
	name, client string
	lines        []string
}{
	{"no header", proxy.String(), nil},
	{"one client", "198.51.100.1", []string{"198.51.100.1"}},
	{"a forged hop", "198.51.100.1", []string{"203.0.113.4, 198.51.100.1"}},
	{"the proxy's own name forged", "198.51.100.1", []string{"127.0.0.9, 198.51.100.1"}},
	{"the proxy's neighbour", "127.0.0.10", []string{"203.0.113.4, 127.0.0.10"}},
	{"the proxy twice", "198.51.100.1", []string{"198.51.100.1, 127.0.0.9"}},
	{"two lines", "198.51.100.1", []string{"203.0.113.4", "198.51.100.1"}},
	{"fifty entries", "198.51.100.1", []string{strings.Repeat("203.0.113.4, ", 49) + "198.51.100.1"}},
	{"fifty lines", "198.51.100.1", append(slices.Repeat([]string{"203.0.113.4"}, 49), "198.51.100.1")},
	{"garbage first", "198.51.100.1", []string{"<script>;=, 198.51.100.1"}},
	{"a private client", "10.1.2.3", []string{"203.0.113.4, 10.1.2.3"}},
	{"IPv6", "2001:db8:1:2::7", []string{"2001:DB8:1:2:0::7"}},
	{"mapped", "203.0.113.4", []string{"::ffff:203.0.113.4"}},
	{"mapped in hexadecimal", "203.0.113.4", []string{"::ffff:cb00:7104"}},
	{"the mapped proxy", "198.51.100.1", []string{"198.51.100.1, ::ffff:127.0.0.9"}},
	{"space", "198.51.100.1", []string{"203.0.113.4 ,\t 198.51.100.1 "}},
	{"garbage last", "", []string{"198.51.100.1, garbage"}},
	{"garbage left of the proxy", "", []string{"garbage, 127.0.0.9"}},
	{"unknown", "", []string{"unknown"}},
	{"obfuscated", "", []string{"_hidden"}},
	{"a port", "", []string{"198.51.100.1:443"}},
	{"brackets", "", []string{"[2001:db8::7]"}},
	{"brackets and a port", "", []string{"[2001:db8::7]:443"}},
	{"a zone", "", []string{"fe80::1%eth0"}},
	{"decimal", "", []string{"3325256705"}},
	{"octal", "", []string{"0306.063.0144.01"}},
	{"a leading zero", "", []string{"198.51.100.01"}},
	{"hexadecimal", "", []string{"0xc6.0x33.0x64.0x1"}},
	{"three parts", "", []string{"198.51.25601"}},
	{"a network", "", []string{"198.51.100.0/24"}},
	{"quotes", "", []string{`"198.51.100.1"`}},
	{"a name", "", []string{"localhost"}},
	{"empty", "", []string{""}},
	{"empty last", "", []string{"198.51.100.1,"}},
	{"an empty second line", "", []string{"198.51.100.1", ""}},
	{"full-width digits", "", []string{"１98.51.100.1"}},
}

// TestForwardedForChargesTheRealClient sends every shape of the header through the proxy,
// from its neighbour, and to a server that knows no proxy, and looks up in Redis who paid.
func TestForwardedForChargesTheRealClient(t *testing.T) {
	s, _ := smallSite(t)
	store := live.Redis(t)
	watch := watchBuckets(t, s, store)
	with := s.serve(t, store, openPostOffice(t).url, "--trusted-proxies", proxy.String(), "--limits", plenty).public
	other := foreignSite(t)
	elsewhere := live.Redis(t)
	watchOther := watchBuckets(t, other, elsewhere)
	without := other.serve(t, elsewhere, openPostOffice(t).url, "--limits", plenty).public
	check := func(name string, w buckets, b *browser, header http.Header, client string) {
		t.Helper()
		status, want := http.StatusBadRequest, []string(nil)
		if client != "" {
			status, want = http.StatusAccepted, w.of(t, "request", client)
		}
		var r reply
		got := w.charged(t, "request", func() { r = b.ask(t, "person@example.jp", header) })
		if r.status != status || !slices.Equal(got, want) {
			t.Errorf("%s: answered %d and charged %q; want %d, and %s charged (%q)", name, r.status, got, status, client, want)
		}
	}
	viaProxy, viaNeighbour, direct := from(with, proxy), from(with, beside), from(without, proxy)
	for _, c := range forwarded {
		header := http.Header{"X-Forwarded-For": c.lines}
		check("through the proxy: "+c.name, watch, viaProxy, header, c.client)
		check("from its neighbour: "+c.name, watch, viaNeighbour, header, beside.String())
		check("without a proxy: "+c.name, watchOther, direct, header, proxy.String())
	}
	for _, peer := range []string{"127.0.0.1", "127.0.1.1", "127.200.3.4"} {
		check("really from "+peer, watchOther, from(without, netip.MustParseAddr(peer)), nil, peer)
	}
}

// TestForwardedForChargesAGuess: who guesses pays by the same rule as who asks.
func TestForwardedForChargesAGuess(t *testing.T) {
	s, _ := smallSite(t)
	store := live.Redis(t)
	watch := watchBuckets(t, s, store)
	b := from(s.serve(t, store, openPostOffice(t).url, "--trusted-proxies", proxy.String()).public, proxy)
	v := b.start(t, "person@example.jp")
	for line, client := range map[string]string{"203.0.113.4, 198.51.100.1": "198.51.100.1", "2001:db8:1:2::7": "2001:db8:1:2::7", "unknown": ""} {
		status, want := http.StatusBadRequest, []string(nil)
		if client != "" {
			status, want = http.StatusUnprocessableEntity, watch.of(t, "failed", client)
		}
		var r reply
		got := watch.charged(t, "failed", func() {
			req, err := http.NewRequest(http.MethodPost, b.base+confirmation(v), strings.NewReader(fmt.Sprintf(`{"secret":%q,"code":"12345678"}`, v.Secret)))
			must(t, err)
			req.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {line}}
			r = b.send(t, req)
		})
		if r.status != status || !slices.Equal(got, want) {
			t.Errorf("%q: answered %d and charged %q, want %d and %q", line, r.status, got, status, want)
		}
	}
}

// TestIPv6NetworksShareTheirLimits: whoever owns a /64 has 2^64 addresses, and may own the
// /56 or /48 around it. The listener is on IPv6, the clients behind a proxy.
func TestIPv6NetworksShareTheirLimits(t *testing.T) {
	s, _ := smallSite(t)
	store := live.Redis(t)
	base := s.serve(t, store, openPostOffice(t).url, "--public-addr", "[::1]:0", "--trusted-proxies", "::1",
		"--limits", "request-ip=3/1h,request-net=5/1h,request-site=7/1h").public
	b := from(base, netip.MustParseAddr("::1"))
	for i, step := range []struct {
		client string
		status int
		limit  string // which says no, for the reader
	}{
		{"2001:db8:aaaa:bb00::1", 202, ""}, {"2001:db8:aaaa:bb00:ffff::2", 202, ""}, {"2001:db8:aaaa:bb00:1:2:3:4", 202, ""},
		{"2001:db8:aaaa:bb00::5", 429, "ip: a fourth address of one /64"},
		{"2001:db8:aaaa:bb01::1", 202, ""}, {"2001:db8:aaaa:bbff::1", 202, ""},
		{"2001:db8:aaaa:bb02::1", 429, "net: a sixth of one /56"},
		{"2001:db8:aaaa:cc00::1", 202, ""}, {"2001:db8:aaaa:dd00::1", 202, ""},
		{"2001:db8:aaaa:ee00::1", 429, "site: an eighth of one /48"},
		{"2001:db8:aaab:bb00::1", 202, ""}, {"198.51.100.1", 202, ""}, {"::ffff:198.51.100.1", 202, ""}, {"198.51.100.1", 202, ""},
		{"::ffff:198.51.100.1", 429, "ip: a mapped address is the IPv4 one"},
		{"198.51.100.2", 202, ""}, {"198.51.100.3", 202, ""},
		{"198.51.100.4", 429, "net: a sixth of one /24"}, {"198.51.101.1", 202, ""},
	} {
		r := b.ask(t, "person@example.jp", http.Header{"X-Forwarded-For": {step.client}})
		if r.status != step.status {
			t.Errorf("step %d, %s: %d, want %d %s", i, step.client, r.status, step.status, step.limit)
		}
	}
}

// TestAnIPv4PeerOnAnIPv6Socket is the IPv4 address that it is.
func TestAnIPv4PeerOnAnIPv6Socket(t *testing.T) {
	s, _ := smallSite(t)
	store := live.Redis(t)
	watch := watchBuckets(t, s, store)
	base := s.serve(t, store, openPostOffice(t).url, "--public-addr", "[::]:0", "--trusted-proxies", "::ffff:127.0.0.9").public
	_, port, err := net.SplitHostPort(strings.TrimPrefix(base, "http://"))
	must(t, err)
	for peer, client := range map[netip.Addr]string{beside: beside.String(), proxy: "198.51.100.1"} {
		b := from("http://127.0.0.1:"+port, peer)
		got := watch.charged(t, "request", func() { b.ask(t, "person@example.jp", http.Header{"X-Forwarded-For": {"198.51.100.1"}}) })
		if want := watch.of(t, "request", client); !slices.Equal(got, want) {
			t.Errorf("from %s: charged %q, want %q", peer, got, want)
		}
	}
}

// send sends a request and reads the answer whole.
func (b *browser) send(t *testing.T, req *http.Request) reply {
	t.Helper()
	resp, err := b.client.Do(req)
	must(t, err)
	r, err := wholeReply(resp)
	must(t, err)
	return r
}
