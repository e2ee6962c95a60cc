package mypage_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/mypage"
	"exposure/internal/ratelimit"
	"exposure/internal/reset"
)

func TestCompletionIsEarned(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete")
	g.complete(key, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable") // no ticket
	ticket := g.ticket("1001")
	g.complete(key, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable") // not redeemed
	g.redeem(key, ticket)
	g.complete(key, "1002", idempotency, "b").refused(t, 409, "reset-not-applicable") // another's ticket
	for _, id := range []string{"2001", "9999"} {
		g.complete(key, id, idempotency, id).refused(t, 409, "reset-not-applicable")
	}
	g.clock.Store(int64(breach.RedeemedLife))
	g.complete(key, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable") // a day later
	g.redeem(key, g.ticket("1001"))
	if r := g.complete(key, "1001", idempotency, "a"); r.status != 200 {
		t.Errorf("an earned completion: %d %s", r.status, r.body)
	}
	late := g.ticket("1003")
	g.clock.Add(int64(breach.TicketLife))
	for _, ticket := range []string{late, ticket, strings.Repeat("A", 43), "x", strings.Repeat("A", 2000), "%00", ticket[:42] + "%0a"} {
		g.redeem(key, ticket).refused(t, 404, "not-found")
	}
}

func TestIdempotencyKeys(t *testing.T) {
	g := newRig(t, nil)
	kit, other := g.client("kit", "complete"), g.client("other", "complete")
	g.redeem(kit, g.ticket("1001", "1002"))
	for name, keys := range map[string][]string{
		"absent": nil, "empty": {""}, "two": {"a", "b"}, "long": {strings.Repeat("a", 129)}, "a space": {"a b"}, "tab": {"a\tb"}, "Japanese": {"あ"}, "8 bit": {"\x80"},
	} {
		var header []string
		for _, k := range keys {
			header = append(header, idempotency, k)
		}
		if r := g.complete(kit, "1001", header...); r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if n := g.rows(audit.ResetComplete); n != 0 {
		t.Errorf("%d completions without a key", n)
	}
	if r := g.complete(kit, "1001", idempotency, strings.Repeat("~", 128)); r.status != 200 {
		t.Errorf("the longest key: %d %s", r.status, r.body)
	}
	g.complete(kit, "1002", idempotency, strings.Repeat("~", 128)).refused(t, 409, "idempotency-key-reused")
	if r := g.complete(other, "1002", idempotency, strings.Repeat("~", 128)); r.status != 200 {
		t.Errorf("another client's key: %d %s", r.status, r.body)
	}
}

// TestParallelCompletions: of one member all are answered alike, and recorded once.
func TestParallelCompletions(t *testing.T) {
	g := newRig(t, nil)
	key := g.client("kit", "complete")
	g.redeem(key, g.ticket("1001", "1002"))
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for i := range 40 {
		all.Go(func() {
			r := g.complete(key, []string{"1001", "1002"}[i%2], idempotency, "same")
			mu.Lock()
			defer mu.Unlock()
			statuses[r.status]++
		})
	}
	all.Wait()
	if statuses[200] != 20 || statuses[409] != 20 || g.rows(audit.ResetComplete) != 1 {
		t.Errorf("answers %v, %d rows, want one member's twenty 200 and the other's twenty 409", statuses, g.rows(audit.ResetComplete))
	}
}

// TestUnearnedCompletionsSuspend, and wrong tickets do not: anybody can open the shop's page
// with one, and would shut the shop out.
func TestUnearnedCompletionsSuspend(t *testing.T) {
	g := newRig(t, ratelimit.Table{ratelimit.ClientRefused: {{Count: 2, Per: time.Hour}}, ratelimit.ClientTickets: {{Count: 2, Per: time.Hour}}})
	kit := g.client("kit", "complete")
	for i := range 5 {
		g.redeem(kit, strings.Repeat(string(rune('A'+i)), 42)+"A").refused(t, 404, "not-found")
	}
	if g.told[client.TicketsTried] != 3 || g.told[client.Suspended] != 0 {
		t.Errorf("told %v after five wrong tickets", g.told)
	}
	for range 4 {
		g.complete(kit, "1001", idempotency, "a").refused(t, 409, "reset-not-applicable")
	}
	g.complete(kit, "9999", idempotency, "b").refused(t, 409, "reset-not-applicable")
	g.complete(kit, "9998", idempotency, "c").refused(t, 401, "unauthenticated")
	g.redeem(kit, g.ticket("1001")).refused(t, 401, "unauthenticated")
	if g.told[client.Suspended] != 1 {
		t.Errorf("told %v", g.told)
	}
}

// blankShop is a shop's database in which nobody has set a password yet.
type blankShop struct{ reset.Connector }

func (blankShop) Read(_ context.Context, ids []string) ([]reset.Held, error) {
	return []reset.Held{{MemberID: ids[0], Found: true, Live: true, Blank: true}}, nil
}

// TestTooEarlyIsNoProbe: completions of members with a redeemed ticket, told before the new
// password is stored, are refused and suspend nobody.
func TestTooEarlyIsNoProbe(t *testing.T) {
	g := newRig(t, nil)
	g.service = reset.NewService(g.resets, blankShop{}, g.now)
	g.serve(ratelimit.Table{ratelimit.ClientRefused: {{Count: 1, Per: time.Hour}}})
	bar := func(r breach.Reset) (breach.Reset, error) { return r.Bar(g.now()) }
	ids := []string{"1001", "1002", "1003"}
	_, err := g.resets.Change(t.Context(), g.operator(audit.ResetBar), ids, bar)
	must(t, err)
	kit := g.client("kit", "complete")
	g.redeem(kit, g.ticket(ids...))
	for _, id := range ids {
		g.complete(kit, id, idempotency, id).refused(t, 409, "reset-not-applicable")
	}
	if g.counted[mypage.CompletionDenied] != 3 || g.told[client.Suspended] != 0 {
		t.Errorf("counted %v, told %v", g.counted, g.told)
	}
}

// TestInventedTicketsStopNobody: more of them in a minute than a client has calls leave the
// shop its completions, its list and its customers' tickets. What has no form of one is not
// even counted.
func TestInventedTicketsStopNobody(t *testing.T) {
	g := newRig(t, nil)
	kit := g.client("kit", "complete,list")
	for i := range 700 {
		g.redeem(kit, fmt.Sprintf("%042dA", i)).refused(t, 404, "not-found")
	}
	alarms := g.told[client.TicketsTried]
	if alarms == 0 || g.told[client.Suspended] != 0 {
		t.Errorf("told %v after 700 invented tickets", g.told)
	}
	g.redeem(kit, "no-ticket").refused(t, 404, "not-found")
	if g.told[client.TicketsTried] != alarms || g.counted[mypage.TicketDenied] != 700 {
		t.Errorf("told %v and counted %v: what is no ticket was counted", g.told, g.counted)
	}
	g.redeem(kit, g.ticket("1001")).is(t, 200, `{"members":["1001"]}`)
	g.complete(kit, "1001", idempotency, "a").is(t, 200, `{"required":false,"since":"2023-07-25T18:00:00+09:00","state":"completed"}`)
	if r := g.do("GET", "/v1/mypage/password-resets", kit); r.status != 200 {
		t.Errorf("a page of the list: %d %s", r.status, r.body)
	}
}
