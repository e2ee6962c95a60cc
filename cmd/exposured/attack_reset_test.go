package main

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// TestPublishingTwiceOrdersNothing: only an order bars anybody. Whatever the shop and the
// members were told, they were told before the one member was whom the test orders.
func TestPublishingTwiceOrdersNothing(t *testing.T) {
	s, hook, office := newSite(t), openHookShop(t), openPostOffice(t)
	const one, two = "M:1,member,a@example.jp,a@example.jp,1,member,,,0,,,,\n", "M:2,member,b@example.jp,b@example.jp,2,member,,,0,,,,\n"
	s.importRows(t, one+two)
	d := openDesk(t, s)
	r := s.serve(t, "", office.url, "--connector", "webhook:http://"+hook.proxy.Addr()+"/hook", "--webhook-secret", shopSecret)
	s.importRows(t, one+two+"M:3,member,c@example.jp,c@example.jp,3,member,,,0,,,,\n")
	published := d.db.Roster(d.keys, d.incident.Digest)
	again := sqlstore.Publication{By: "A", ApprovedBy: "B", OSUser: "test", Host: "test"}
	if err := published.Publish(t.Context(), 2, again, operatorEntry(audit.Publish)); err == nil {
		t.Error("the version that answers was published again")
	}
	must(t, published.Publish(t.Context(), 1, again, operatorEntry(audit.Publish)))
	for _, id := range []string{"1", "2"} {
		if st := d.state(t, id); st != breach.ResetPlanned {
			t.Errorf("member %s is %s", id, st)
		}
	}
	d.order(t, "2")
	eventually(t, "the shop is told of the order", func() bool { return hook.told("required 2") })
	eventually(t, "nobody waits", func() bool { return r.metric(t, "exposure_webhook_waiting") == "0" })
	hook.mu.Lock()
	defer hook.mu.Unlock()
	if len(hook.came) != 1 || office.count() != 0 {
		t.Errorf("the shop was told %v, and %d mails were sent", hook.came, office.count())
	}
}

// TestWhoGetsATicket: who reads the mailbox with which a barred member logs in, while the
// session lasts. Everybody else reads one refusal.
func TestWhoGetsATicket(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	d := openDesk(t, s)
	b := from(s.serve(t, "", office.url).public, here)
	owner, gone := membersOf(shop, false, true)[0], membersOf(shop, true, false)[0]
	planned := membersOf(shop, false, false)[2]
	d.order(t, owner.id)
	var first []byte
	for name, address := range map[string]string{
		"another address of the member": owner.other, "a member who has left": gone.login, "a member of whom nothing is asked": planned.login,
		"nobody": "nobody@example.org",
	} {
		session := b.prove(t, office, address).Token
		r := b.askReset(t, session)
		if r.status != http.StatusConflict || r.problem(t) != "reset-not-applicable" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if first == nil {
			first = r.body
		} else if !bytes.Equal(first, r.body) {
			t.Errorf("%s reads another refusal: %s", name, r.body)
		}
	}
	session := b.prove(t, office, owner.login).Token
	ticketOf(t, d, b.askReset(t, session))
	named := ticketOf(t, d, b.do(t, http.MethodPost, "/v1/password-reset", session, map[string]string{"member": planned.id, "member_id": planned.id}))
	if members, err := d.shop.Redeem(t.Context(), "shop", named); err != nil || len(members) != 1 || members[0] != owner.id {
		t.Errorf("a ticket that was asked for with a body is for %v, %v", members, err)
	}
	for name, r := range map[string]reply{
		"no token":      b.askReset(t, ""),
		"another token": b.askReset(t, strings.Repeat("A", 43)),
	} {
		if r.status == http.StatusCreated {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	if r := b.do(t, http.MethodDelete, "/v1/session", session, nil); r.status != http.StatusNoContent {
		t.Fatalf("ending the session: %d", r.status)
	}
	if r := b.askReset(t, session); r.status != http.StatusUnauthorized {
		t.Errorf("after the session ended: %d %s", r.status, r.body)
	}
	if st := d.state(t, planned.id); st != breach.ResetPlanned {
		t.Errorf("a member of whom nothing was asked is %s", st)
	}
}

// TestTicketsAcrossMembers: a ticket is for the members of one mailbox. Fifty who
// redeem it at once are one, the one replaced and the one used are worth nothing, and
// another member is never completed by it.
func TestTicketsAcrossMembers(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	d := openDesk(t, s)
	b := from(s.serve(t, live.NewRedis(t).URL(), office.url).public, here)
	all := membersOf(shop, false, false)
	a, other := all[0], all[1]
	d.order(t, a.id, other.id)
	mine, theirs := b.prove(t, office, a.login).Token, b.prove(t, office, other.login).Token
	replaced := ticketOf(t, d, b.askReset(t, mine))
	ticket, foreign := ticketOf(t, d, b.askReset(t, mine)), ticketOf(t, d, b.askReset(t, theirs))
	if _, err := d.shop.Redeem(t.Context(), "shop", replaced); !errors.Is(err, breach.ErrTicketSpent) {
		t.Errorf("a ticket that was replaced: %v", err)
	}
	won := make(chan []string, 50)
	inParallel(t, 50, func(int) (reply, error) {
		members, err := d.shop.Redeem(t.Context(), "shop", ticket)
		if err == nil {
			won <- members
		} else if !errors.Is(err, breach.ErrTicketSpent) {
			t.Error(err)
		}
		return reply{}, nil
	})
	close(won)
	if members, more := <-won, len(won); more != 0 || len(members) != 1 || members[0] != a.id {
		t.Errorf("%v, and %d more", members, more)
	}
	if _, err := d.shop.Complete(t.Context(), "shop", other.id); !errors.Is(err, breach.ErrNotRedeemed) {
		t.Errorf("another member completed: %v", err)
	}
	late := reset.NewService(d.Resets, nil, func() time.Time { return time.Now().Add(15*time.Minute + time.Second) })
	if _, err := late.Redeem(t.Context(), "shop", foreign); !errors.Is(err, breach.ErrTicketSpent) {
		t.Errorf("a second after its end: %v", err)
	}
	rows := map[string]int{}
	raw := s.open(t)
	defer raw.Close()
	for _, action := range []audit.Action{audit.ResetTicket, audit.ResetRedeem, audit.ResetComplete} {
		var n int
		must(t, raw.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = ?`, string(action)).Scan(&n))
		rows[string(action)] = n
	}
	if rows["reset_ticket"] != 3 || rows["reset_redeem"] != 1 || rows["reset_complete"] != 0 {
		t.Errorf("audit rows: %v", rows)
	}
}

// TestTicketsAreLimitedLikeReports: asking for tickets is charged to the session, so that
// nobody fills the log with them, and a lost look-up store issues none.
func TestTicketsAreLimitedLikeReports(t *testing.T) {
	s, shop := smallSite(t)
	office, store := openPostOffice(t), live.NewRedis(t)
	d := openDesk(t, s)
	b := from(s.serve(t, store.URL(), office.url, "--limits", "report-session=3/1h").public, here)
	all := membersOf(shop, false, false)
	m, other := all[0], all[1]
	d.order(t, m.id, other.id)
	session := b.prove(t, office, m.login).Token
	for range 3 {
		ticketOf(t, d, b.askReset(t, session))
	}
	if r := b.askReset(t, session); r.status != http.StatusTooManyRequests {
		t.Errorf("the fourth: %d %s", r.status, r.body)
	}
	unused := b.prove(t, office, other.login).Token
	store.Stop()
	if r := b.askReset(t, unused); r.status != http.StatusServiceUnavailable || r.problem(t) != "temporarily-unavailable" {
		t.Errorf("without the store: %d %s", r.status, r.body)
	}
	if st := d.state(t, other.id); st != breach.ResetRequired {
		t.Errorf("without the store a ticket was issued: %s", st)
	}
}

// TestAChangedPasswordIsMailed: to the login address, once, when the reset is completed,
// without a code or a link.
func TestAChangedPasswordIsMailed(t *testing.T) {
	for _, with := range []string{"redis", "memory"} {
		t.Run(with, func(t *testing.T) {
			s, shop := smallSite(t)
			office := openPostOffice(t)
			d := openDesk(t, s)
			url := ""
			if with == "redis" {
				url = live.NewRedis(t).URL()
			}
			b := from(s.serve(t, url, office.url).public, here)
			all := membersOf(shop, false, false)[:2]
			d.order(t, all[0].id, all[1].id)
			for _, m := range all {
				ticket := ticketOf(t, d, b.askReset(t, b.prove(t, office, m.login).Token))
				if _, err := d.shop.Redeem(t.Context(), "shop", ticket); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if _, err := d.shop.Complete(t.Context(), "shop", m.id); err != nil {
						t.Fatal(err)
					}
				}
				mail := office.box(t, m.login, 2)[1]
				if !strings.HasSuffix(mail.subject, "/ Password changed") || !strings.Contains(mail.body, "に変わりました") {
					t.Errorf("%q: %q", mail.subject, mail.body)
				}
				if strings.Contains(mail.raw+mail.body, "http") || strings.Contains(mail.body, ticket) || codeLine.MatchString(mail.body) {
					t.Error("the mail holds a link or a code")
				}
			}
			if n := len(office.box(t, all[0].login, 2)); n != 2 { // the second member's came after it
				t.Errorf("%d mails came, want the code and one more", n)
			}
			if r, err := d.Get(t.Context(), all[0].id); err != nil || r.Notify != nil || r.State != breach.ResetCompleted {
				t.Errorf("afterwards the address is kept, or the reset %s: %v", r.State, err)
			}
		})
	}
}
