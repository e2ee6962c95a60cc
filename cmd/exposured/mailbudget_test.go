package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"exposure/internal/live"
)

const ample = "request-ip=100000/1h,request-net=100000/1h,"

// TestPlusTagsBombNobody: of a mailbox there are as many addresses as somebody cares to
// think of, and all of them together are mailed as often as send-mailbox allows. Its owner
// is not kept out by it.
func TestPlusTagsBombNobody(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.Redis(t)
	b := from(s.serve(t, redis, office.url, "--limits", ample+"send-address=1/1m+4/24h,send-mailbox=4/24h").public, here)
	owner := shop.Examples()[0].Email
	local, domain, _ := strings.Cut(owner, "@")
	tagged := func(i int) string { return fmt.Sprintf("%s+%d@%s", local, i, domain) }
	for i := range 300 {
		b.start(t, tagged(i))
		b.start(t, fmt.Sprintf("s.p.r%s.a.y+%d@gmail.com", strings.Repeat(".", i%3), i))
	}
	v := b.start(t, owner) // the reserve is the owner's own
	code := office.code(t, owner, 1)
	if len(code) < 20 {
		t.Errorf("the reserve is no long code")
	}
	if r := b.confirm(t, v, code); r.status != http.StatusOK {
		t.Errorf("the owner's code: %d %s", r.status, r.body)
	}
	b.start(t, owner)
	workerRests(t, redisOf(t, redis), s.outbox(t))
	boxes := map[string]int{}
	office.mu.Lock()
	for address, letters := range office.boxes {
		switch {
		case strings.HasSuffix(address, "@gmail.com"):
			boxes["gmail"] += len(letters)
		case address == owner:
			boxes["owner"] += len(letters)
		case strings.HasPrefix(address, local+"+"):
			boxes["tagged"] += len(letters)
		}
	}
	office.mu.Unlock()
	if boxes["tagged"] != 4 || boxes["gmail"] != 4 || boxes["owner"] != 1 {
		t.Errorf("mails: %v, want 4 to tagged addresses, 4 to the Gmail box and 1 to the owner", boxes)
	}
}

// TestTheMailBudgetIsEverybodys: once it is spent, listed, unknown and exhausted addresses
// are told the same, to the byte (that it costs them the same is lookup.TestEveryAddressTakesAsManyTurns).
// Strangers are mailed nothing, and who is listed one long code a day.
func TestTheMailBudgetIsEverybodys(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
	server := s.serve(t, redis.URL(), office.url, "--limits", ample+"send-global=10/1h")
	b := from(server.public, here)
	exhausted, known, first := shop.Examples()[0].Email, shop.Examples()[1].Email, shop.Examples()[2].Email
	for range 7 { // two are mailed; what the others asked for is used up as well, or the budget would tell
		b.start(t, exhausted)
	}
	for i := range 3 {
		b.start(t, fmt.Sprintf("early%d@example.jp", i))
	}
	office.box(t, exhausted, 2)
	everybody := []string{known, "unknown@example.jp", exhausted, first}
	b.promisedNone(t, append(everybody, everybody...)...) // the second time nobody is owed anything
	office.box(t, known, 1)
	office.box(t, first, 1)
	workerRests(t, redisOf(t, redis.URL()), s.outbox(t))
	if n := office.count(); n != 7 {
		t.Errorf("%d mails, want the 5 of the budget and one for each who is listed", n)
	}
	if r := b.do(t, http.MethodGet, "/v1/incident", "", nil); r.status != http.StatusOK {
		t.Errorf("the public facts: %d", r.status)
	}
}

// TestPacingIsInvisible: whoever asks for a code for a provider that has had its share is
// answered like anybody, and is mailed later.
func TestPacingIsInvisible(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--limits", ample+"send-domain=2/2s").public, here)
	for i := range 4 {
		b.start(t, fmt.Sprintf("a%d@slow.example", i))
	}
	for i := range 4 {
		office.box(t, fmt.Sprintf("a%d@slow.example", i), 1)
	}
}

// TestNoLimitsLiftsTheSendLimits: for load tests all mails go out.
func TestNoLimitsLiftsTheSendLimits(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--insecure-no-limits", "--limits", "send-global=1/1h,send-address=1/1h,send-mailbox=1/1h,send-domain=1/1h").public, here)
	for range 5 {
		b.start(t, shop.Examples()[0].Email)
	}
	office.box(t, shop.Examples()[0].Email, 5)
}
