package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/wire"
)

// TestTenThousandRequestsForTheWholeList: whoever has the list asks nine times for everybody
// on it and guesses ten times at each, from a thousand networks within all their limits. The
// breaker trips; everybody has a long code in the mailbox and gets in with it from a browser
// that never asked.
func TestTenThousandRequestsForTheWholeList(t *testing.T) {
	atFullSpeed(t, "seven thousand mails and ten thousand guesses take minutes under the race detector")
	onEveryStore(t, wholeList, "--limits", "send-address=6/24h,send-mailbox=18/24h,send-domain=1000000/1m")
}

func wholeList(t *testing.T, g *target) {
	owners := map[string]bool{}
	for _, address := range g.fresh {
		owners[strings.ToLower(address)] = true
	}
	list := slices.Sorted(maps.Keys(owners))
	if len(list) < 1000 {
		t.Fatalf("the list has %d addresses, want a thousand or more", len(list))
	}
	g.atOnce(list, func(i int, address string) {
		for k := range 9 {
			mails := 0
			if k == 0 || k == 1 && !strings.Contains(address, "+") { // those of one mailbox share its mails
				mails = k + 1
			}
			g.asksAndGuesses(t, from(g.public, source((9*i+k)%1000)), address, mails)
		}
	})
	if level := g.metric(t, "exposure_breaker_level"); level != "1" {
		t.Errorf("level %s with %s failures, want 1", level, g.metric(t, "exposure_breaker_failures"))
	}
	long := map[string]string{}
	for _, address := range list {
		await(t, "a long code in each mailbox", func() bool {
			long[address] = g.office.longCode(address)
			return long[address] != ""
		})
	}
	var mu sync.Mutex
	in := 0
	g.atOnce(list, func(i int, address string) {
		b := from(g.public, source(2000+i%1000))
		defer b.client.CloseIdleConnections()
		v, r, err := b.asks(address)
		if err == nil && r.status == http.StatusAccepted {
			r, err = b.try(http.MethodPost, confirmation(v), "", guess(v, long[address]))
		}
		mu.Lock()
		defer mu.Unlock()
		if err == nil && r.status == http.StatusOK {
			in++
		} else if i-in < 5 {
			t.Errorf("an owner: %d %s, %v", r.status, r.body, err)
		}
	})
	if in != len(list) {
		t.Errorf("%d of %d owners got in", in, len(list))
	}
	if n := g.mostGuesses(t); n > 10 {
		t.Errorf("%d guesses at one address were compared, want ten at most", n)
	}
}

// atOnce works on a list, sixteen at a time.
func (g *target) atOnce(list []string, do func(i int, address string)) {
	var all sync.WaitGroup
	for hand := range 16 {
		all.Go(func() {
			for i := hand; i < len(list); i += 16 {
				do(i, list[i])
			}
		})
	}
	all.Wait()
}

// asks is start for goroutines.
func (b *browser) asks(address string) (v wire.Verification, r reply, err error) {
	r, err = b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
	if err == nil && r.status == http.StatusAccepted {
		err = json.Unmarshal(r.body, &v)
	}
	return v, r, err
}

// asksAndGuesses asks for a code once, and if it is to guess, spends all tries of it as soon as
// the address has so many mails.
func (g *target) asksAndGuesses(t *testing.T, b *browser, address string, mails int) {
	defer b.client.CloseIdleConnections()
	v, r, err := b.asks(address)
	if err != nil || r.status != http.StatusAccepted {
		t.Errorf("asking for a code: %d %s, %v", r.status, r.body, err)
		return
	}
	for late := time.Now().Add(30 * time.Second); len(g.office.peek(address)) < mails; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Errorf("no mail to guess at, want %d", mails)
			return
		}
	}
	for try := 0; mails > 0 && try < 5; try++ {
		if r, err := b.try(http.MethodPost, confirmation(v), "", guess(v, "13579246")); err != nil || r.status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong code was answered %d %s, %v", r.status, r.body, err)
		}
	}
}

// longCode is the newest code of 20 digits in a mailbox, empty if there is none yet.
func (p *postOffice) longCode(address string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, mail := range slices.Backward(p.boxes[address]) {
		if m := codeLine.FindStringSubmatch(mail.body); m != nil && digitsOf(m[1]) == 20 {
			return m[1]
		}
	}
	return ""
}

// mostGuesses is how many guesses at one address were compared and refused, at most.
func (g *target) mostGuesses(t *testing.T) (most int) {
	t.Helper()
	db := g.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT max(n) FROM (SELECT count(*) AS n FROM audit_entries WHERE action = 'guess' AND outcome = 'refused' GROUP BY tag)`).Scan(&most))
	return most
}
