package main

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/wire"
)

// passwordAction is the title under which a report asks for a new password; empty if it
// does not.
func passwordAction(r wire.Report) string {
	for _, a := range r.Actions {
		if a.Id == "reset_password" {
			return a.Title
		}
	}
	return ""
}

// TestAReportFollowsTheReset: nothing is asked before it is ordered, and nobody reads that
// the password was changed but who did it with a ticket.
func TestAReportFollowsTheReset(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	d := openDesk(t, s)
	run := s.serve(t, "", office.url)
	b := from(run.public, here)
	m := membersOf(shop, false, false)[0]
	session := b.prove(t, office, m.login).Token
	titles := map[string]string{}
	told := func(state string, required bool) string {
		t.Helper()
		r := b.report(t, session)
		if r.PasswordReset == nil || string(r.PasswordReset.State) != state || r.PasswordReset.Required != required {
			t.Fatalf("the report says %+v, want %s", r.PasswordReset, state)
		}
		titles[state] = passwordAction(r)
		return titles[state]
	}
	if planned := told("planned", false); planned == "" {
		t.Error("before it is ordered nobody is asked to change the password")
	}
	if r := b.askReset(t, session); r.status != http.StatusConflict || r.problem(t) != "reset-not-applicable" {
		t.Errorf("before it is ordered: %d %s", r.status, r.body)
	}
	d.order(t, m.id)
	required := told("required", true)
	ticket := ticketOf(t, d, b.askReset(t, session))
	told("ticket_issued", true)
	strange := d.keys.PasswordFingerprint(m.id, []byte("theirs"))
	d.step(t, audit.ResetUnverified, func(r breach.Reset) (breach.Reset, error) { return r.Observe(strange, time.Now()), nil }, m.id)
	told("changed_unverified", true)
	if _, err := d.shop.Redeem(t.Context(), "shop", ticket); !errors.Is(err, breach.ErrTicketSpent) {
		t.Errorf("a ticket of before a change of nobody known: %v", err)
	}
	ticket = ticketOf(t, d, b.askReset(t, session))
	if members, err := d.shop.Redeem(t.Context(), "shop", ticket); err != nil || len(members) != 1 || members[0] != m.id {
		t.Errorf("%v, %v; want %s", members, err, m.id)
	}
	if _, err := d.shop.Complete(t.Context(), "shop", m.id); err != nil {
		t.Fatal(err)
	}
	told("completed", false)
	if r := b.askReset(t, session); r.status != http.StatusConflict {
		t.Errorf("after it is over: %d %s", r.status, r.body)
	}
	if titles["planned"] == required || titles["completed"] == required || titles["completed"] == titles["planned"] ||
		titles["ticket_issued"] != required || titles["changed_unverified"] != required {
		t.Errorf("what is asked does not follow the state: %q", titles)
	}
}

// TestContactsJoinTheAnswer: who was given another address reads and resets over that one,
// and the mailbox they lost opens no reset any more.
func TestContactsJoinTheAnswer(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	d := openDesk(t, s)
	b := from(s.serve(t, "", office.url).public, here)
	m := membersOf(shop, false, false)[0]
	d.order(t, m.id)
	lost := b.prove(t, office, m.login).Token
	const found = "hanako.new@example.org"
	before := b.prove(t, office, found)
	if before.Report.Status != "not_listed" {
		t.Fatalf("a stranger's address is %s", before.Report.Status)
	}
	d.contact(t, m.id, found)
	if r := b.askReset(t, lost); r.status != http.StatusConflict {
		t.Errorf("over the mailbox that was lost: %d %s", r.status, r.body)
	}
	if got := b.report(t, lost); got.Status != "listed" {
		t.Errorf("over the mailbox that was lost the report is %s", got.Status)
	}
	after := b.report(t, before.Token)
	if after.Status != "listed" || after.PasswordReset == nil || !after.PasswordReset.Required || len(after.Exposures) == 0 {
		t.Errorf("over the new address: %+v", after)
	}
	ticket := ticketOf(t, d, b.askReset(t, before.Token))
	if members, err := d.shop.Redeem(t.Context(), "shop", ticket); err != nil || len(members) != 1 || members[0] != m.id {
		t.Errorf("%v, %v", members, err)
	}
	d.contact(t, m.id, "hanako.newest@example.org")
	if got := b.report(t, before.Token); got.Status != "not_listed" {
		t.Errorf("over an address that was replaced in turn the report is %s", got.Status)
	}
}

// TestDoubtAboutAResetIsNoAnswer: a report that cannot say how a reset stands is not given,
// whether the row was edited or is gone.
func TestDoubtAboutAResetIsNoAnswer(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	d := openDesk(t, s)
	b := from(s.serve(t, "", office.url).public, here)
	all := membersOf(shop, false, false)
	d.order(t, all[0].id, all[1].id, all[2].id)
	raw := s.open(t)
	defer raw.Close()
	for i, harm := range []string{`UPDATE resets SET state = 'completed' WHERE handle = ?`, `DELETE FROM resets WHERE handle = ?`} {
		session := b.prove(t, office, all[i].login).Token
		handle := d.keys.PersonHandle("M:" + all[i].id)
		if _, err := raw.Exec(harm, handle[:]); err != nil {
			t.Fatal(err)
		}
		for _, call := range [][2]string{{http.MethodGet, "/v1/report"}, {http.MethodPost, "/v1/password-reset"}} {
			if r := b.do(t, call[0], call[1], session, nil); r.status != http.StatusServiceUnavailable || r.problem(t) != "could-not-check" {
				t.Errorf("%s after %q: %d %s", call[1], harm, r.status, r.body)
			}
		}
	}
	other := b.prove(t, office, all[2].login)
	if other.Report.PasswordReset == nil || other.Report.PasswordReset.State != "required" {
		t.Errorf("somebody else reads %+v", other.Report.PasswordReset)
	}
}

// TestAlarmOfAMissingReset: a row that was removed while the server was down is noticed as
// it starts. Then nobody is answered by guess, and the shop is let nobody in.
func TestAlarmOfAMissingReset(t *testing.T) {
	s, shop := smallSite(t)
	office, pager := openPostOffice(t), openPager(t)
	d := openDesk(t, s)
	all := membersOf(shop, false, false)
	d.order(t, all[0].id, all[1].id)
	handle := d.keys.PersonHandle("M:" + all[0].id)
	raw := s.open(t)
	if _, err := raw.Exec(`DELETE FROM resets WHERE handle = ?`, handle[:]); err != nil {
		t.Fatal(err)
	}
	must(t, raw.Close())
	r := s.serve(t, "", office.url, pager.flags()...)
	pager.await(t, "reset-unproven begun")
	private := from(r.private, here)
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", got.status)
	}
	b := from(r.public, here)
	v := b.start(t, all[1].login)
	if got := b.confirm(t, v, office.code(t, all[1].login, 1)); got.status != http.StatusServiceUnavailable || got.problem(t) != "could-not-check" {
		t.Errorf("somebody else's report: %d %s", got.status, got.body)
	}
	pager.silent(t, r, all[0].login, all[1].login)
}
