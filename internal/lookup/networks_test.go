package lookup_test

import (
	"net/netip"
	"testing"

	"exposure/internal/lookup"
	"exposure/internal/otp"
)

// TestRowsNameBlockSiteAndNetwork: the network in the row of a guess has its first quarter in
// common with all of an IPv6 /32, its first half with all of a /48, and is the same within a
// /56. Of IPv4 it shares nothing outside its /24.
func TestRowsNameBlockSiteAndNetwork(t *testing.T) {
	w := &world{verdict: otp.Verdict{Evaluated: true}}
	s := w.service(t)
	network := func(addr string) [16]byte {
		t.Helper()
		c := lookup.Client{Addr: netip.MustParseAddr(addr)}
		begun, err := s.Begin(t.Context(), c, "hanako@example.com")
		if err != nil {
			t.Fatal(err)
		}
		w.rows, w.calls = nil, nil
		_, _ = s.Confirm(t.Context(), c, begun.ID, begun.Secret, "12345678")
		if len(w.rows) != 1 {
			t.Fatalf("%s: %d rows of a guess", addr, len(w.rows))
		}
		return w.rows[0].Network
	}
	of := network("2001:db8:aaaa:1100::1")
	for addr, common := range map[string]int{ // quarters
		"2001:db8:aaaa:11ff::2": 4,
		"2001:db8:aaaa:1200::1": 2,
		"2001:db8:aaab:1100::1": 1,
		"2001:db9:aaaa:1100::1": 0,
		"32.1.13.184":           0, // the first bytes of the same block
	} {
		got, n := network(addr), 0
		for n < 4 && [4]byte(got[4*n:]) == [4]byte(of[4*n:]) {
			n++
		}
		if n != common {
			t.Errorf("%s has %d quarters in common, want %d", addr, n, common)
		}
	}
	if a, b := network("192.0.2.1"), network("192.0.3.1"); [4]byte(a[:4]) == [4]byte(b[:4]) {
		t.Error("two /24s are of one block")
	}
}
