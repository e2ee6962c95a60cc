package lookup_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// TestAThousandNetworksKeepNobodyOut: without Redis, 1,000 /24s and 1,000 /48s ask from so many
// addresses that there is room for no more. Whoever comes from another network is served, and
// one such network is stopped after as many requests as any, however many addresses it has.
func TestAThousandNetworksKeepNobodyOut(t *testing.T) {
	w := &world{}
	s := w.service(t)
	limits, err := ratelimit.New(ratelimit.Config{Table: ratelimit.Default()})
	if err != nil {
		t.Fatal(err)
	}
	s.Limits = limits
	ask := func(addr netip.Addr) error {
		_, err := s.Begin(t.Context(), lookup.Client{Addr: addr}, "hanako@example.com")
		return err
	}
	for net := range uint32(1_000) {
		for host := range uint32(30) {
			if err := errors.Join(ask(v4(net, host)), ask(v6(net, host))); err != nil {
				t.Fatalf("network %d, address %d: %v", net, host, err)
			}
		}
	}
	for name, burst := range map[string]struct {
		of   func(net, host uint32) netip.Addr
		want int
	}{"IPv4": {v4, 600}, "IPv6": {v6, 1200}} {
		passed := 0
		for host := range uint32(1_300) {
			err := ask(burst.of(5_000, host))
			if err == nil {
				passed++
			} else if !errors.As(err, new(*ratelimit.Exceeded)) {
				t.Fatal(err)
			}
		}
		if passed != burst.want {
			t.Errorf("%s: %d requests of a new network passed, want %d", name, passed, burst.want)
		}
	}
}

// TestALetterSprayWhereThereIsNoRoom: without Redis, and with as many addresses counted at
// another limit as there is room for, one client has as many wrong letter numbers as ever, and
// everybody else theirs.
func TestALetterSprayWhereThereIsNoRoom(t *testing.T) {
	w := &world{}
	s := w.withLetters(t)
	w.letter = nil
	limits, err := ratelimit.New(ratelimit.Config{Table: ratelimit.Default()})
	if err != nil {
		t.Fatal(err)
	}
	s.Limits = limits
	for i, counted := 0, true; counted; i++ { // until an address goes uncounted
		_, usages, err := limits.Borrow(t.Context(),
			ratelimit.Counter{Name: ratelimit.FailedIP, Key: fmt.Sprintf("%d:%d", i/200, i)}, ratelimit.Counter{Name: ratelimit.FailedNet, Key: fmt.Sprint(i / 200)})
		if err != nil {
			t.Fatal(err)
		}
		counted = usages[0].Remaining < usages[0].Limit
	}
	for n, addr := range []string{"192.0.2.1", "2001:db8::1", "192.0.2.2"} {
		judged := 0
		for range 30 {
			_, err := s.ConfirmLetter(t.Context(), lookup.Client{Addr: netip.MustParseAddr(addr)}, number)
			if over := new(ratelimit.Exceeded); errors.As(err, new(*lookup.Rejected)) {
				judged++
			} else if !errors.As(err, &over) || over.Name != ratelimit.LetterIP {
				t.Fatal(err)
			}
		}
		if judged != 20 {
			t.Errorf("client %d: %d numbers were judged, want 20", n, judged)
		}
	}
}

// v4 is an address of a /24.
func v4(net, host uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 20<<24|net<<8|host&0xff)))
}

// v6 is an address of a /48, in a /56 that comes back every 256 hosts, and in a /64 of its own.
func v6(net, host uint32) netip.Addr {
	a := [16]byte{0x20, 0x01}
	binary.BigEndian.PutUint32(a[2:], net)
	a[6], a[7] = byte(host), byte(host>>8)
	return netip.AddrFrom16(a)
}
