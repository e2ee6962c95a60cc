package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"
)

// TestClientsAreProvenAgain: what was done about the shop's programs is proven under a running
// server as it is at the start.
func TestClientsAreProvenAgain(t *testing.T) {
	s, _ := smallSite(t)
	openDesk(t, s).client(t, "shop", "gate")
	b := s.assembled(t, io.Discard)
	s.misses(t, b, "client_states", "")
}

// TestHeadsAreSignedAsOftenAsOperatorsRead: whoever compares heads goes by what is written.
func TestHeadsAreSignedAsOftenAsOperatorsRead(t *testing.T) {
	s, _ := smallSite(t)
	read, err := os.ReadFile("../exposurectl/keys.md")
	must(t, err)
	if !bytes.Contains(read, []byte("signed every minute")) {
		t.Error("keys.md does not say how often heads are signed")
	}
	if every := s.assembled(t, io.Discard).heads.every; every != time.Minute {
		t.Errorf("heads are signed every %v", every)
	}
}

// TestAHiddenGuessIsAlarmed: a failure is hidden from the count of its person by a column beside
// its entry, which is whole. Reading the whole log finds that, within ten minutes; here at once.
func TestAHiddenGuessIsAlarmed(t *testing.T) {
	for column, value := range map[string]string{"weighs": `0`, "tag": `zeroblob(32)`, "purpose": `'phone'`} {
		t.Run(column, func(t *testing.T) {
			s, shop := smallSite(t)
			office, pager := openPostOffice(t), openPager(t)
			r, code := s.tryServeAs(t, program{proveEvery: 50 * time.Millisecond}, "", office.url, pager.flags("--insecure-no-limits")...)
			if r == nil {
				t.Fatalf("exposured ended with %d", code)
			}
			b, who := from(r.public, here), shop.Examples()[0].Email
			v := b.start(t, who)
			if got := b.confirm(t, v, wrong(office.code(t, who, 1))); got.status != http.StatusUnprocessableEntity {
				t.Fatalf("a wrong code: %d %s", got.status, got.body)
			}
			s.exec(t, fmt.Sprintf(`UPDATE audit_entries SET %s = %s WHERE weighs = 1 AND outcome = 'refused'`, column, value))
			pager.await(t, "audit-altered begun")
		})
	}
	if verifyEvery > 10*time.Minute {
		t.Errorf("the whole log is read every %v, and README promises ten minutes", verifyEvery)
	}
}
