package post_test

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"exposure/internal/post"
)

// TestWhereAMessageMayGo: the address that was resolved decides, at the time of
// connecting.
func TestWhereAMessageMayGo(t *testing.T) {
	for _, c := range []struct {
		host, to string
		want     bool
	}{
		{"hooks.example.com", "8.8.8.8", true},
		{"hooks.example.com", "2606:4700::1", true},
		{"hooks.example.com", "64:ff9b::808:808", true},
		{"hooks.example.com", "127.0.0.1", false},
		{"hooks.example.com", "::1", false},
		{"hooks.example.com", "::ffff:127.0.0.1", false},
		{"hooks.example.com", "10.1.2.3", false},
		{"hooks.example.com", "172.16.0.1", false},
		{"hooks.example.com", "192.168.1.1", false},
		{"hooks.example.com", "169.254.169.254", false},
		{"hooks.example.com", "::ffff:169.254.169.254", false},
		{"hooks.example.com", "64:ff9b::a9fe:a9fe", false},
		{"hooks.example.com", "fd00:ec2::254", false},
		{"hooks.example.com", "fe80::1%eth0", false},
		{"hooks.example.com", "100.100.100.200", false},
		{"hooks.example.com", "0.0.0.0", false},
		{"hooks.example.com", "::", false},
		{"hooks.example.com", "224.0.0.1", false},
		{"hooks.example.com", "255.255.255.255", false},
		{"hooks.example.com", "2002:7f00:1::", false},
		{"hooks.example.com", "2001:db8::1", false},
		{"localhost", "127.0.0.1", true},
		{"LOCALHOST.", "::1", true},
		{"localhost", "10.0.0.1", false},
		{"localhost", "8.8.8.8", false},
		{"10.0.0.1", "10.0.0.1", true},
		{"10.0.0.1", "10.0.0.2", false},
		{"fd00::1", "fd00::1", true},
		{"127.0.0.1", "127.0.0.1", true},
		{"169.254.169.254", "169.254.169.254", false},
		{"8.8.8.8", "8.8.8.8", true},
		{"shop.example.com", "10.1.2.3", true},
		{"shop.example.com", "10.2.0.1", false},
		{"shop.example.com", "127.0.0.1", false},
		{"shop.example.com", "169.254.169.254", false},
		{"10.1.0.1", "10.1.2.3", false},
	} {
		var networks []netip.Prefix
		if c.host == "shop.example.com" || c.host == "10.1.0.1" { // the widest that anybody could write is still no way to metadata
			networks = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16")}
		}
		if got := post.Allowed(c.host, netip.MustParseAddr(c.to), networks...); got != c.want {
			t.Errorf("%s at %s: %v", c.host, c.to, got)
		}
	}
}

// resolveEverythingTo makes a DNS server of its own answer for every name.
func resolveEverythingTo(t *testing.T, addr string) (asked chan string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan string, 1000)
	up := make(chan struct{})
	s := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(up) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.ParseIP(addr)}}
		}
		asked <- q.Question[0].Name
		_ = w.WriteMsg(m)
	})}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.ActivateAndServe() })
	<-up
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, conn.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = before; _ = s.Shutdown(); wg.Wait() })
	return asked
}
