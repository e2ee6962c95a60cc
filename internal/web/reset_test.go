package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/reset"
)

// desk keeps the reset of the one member of a test, and issues tickets for it.
type desk struct {
	state  breach.ResetState
	issued int
}

func (d *desk) ByRef(_ context.Context, _ int64, refs []int64) (map[int64]breach.Reset, error) {
	all := map[int64]breach.Reset{}
	for _, ref := range refs {
		all[ref] = breach.Reset{MemberID: "12", State: d.state}
	}
	return all, nil
}

func (d *desk) ContactsOf(context.Context, breach.Tags) ([]string, error) { return nil, nil }

func (d *desk) Member(context.Context, int64, string) (breach.Person, error) {
	return breach.Person{}, breach.ErrUnproven
}

func (d *desk) Replaced(context.Context, string) (bool, error) { return false, nil }

func (d *desk) Issue(context.Context, reset.TicketOrder) (reset.Ticket, error) {
	d.issued++
	return reset.Ticket{Token: strings.Repeat("T", 43), Ends: noon.Add(breach.TicketLife)}, nil
}

// withResets is the journey of a world in which resets are kept.
func (w *world) withResets(t *testing.T, d *desk) *lookup.Service {
	t.Helper()
	s := w.service(t, "")
	s.Resets, s.Tickets = d, d
	return s
}

const toShop = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self' https://tougyoku.com; frame-ancestors 'none'; base-uri 'none'"

// TestResetStates shows the result of a member in every state and language, over the login
// address and over another one: where the button is and where it leads.
func TestResetStates(t *testing.T) {
	d := &desk{}
	for _, edge := range []breach.Edge{breach.EdgeLogin, breach.EdgeOther} {
		w := newWorld(t, example(t, "tougyoku-2023"))
		p := person(exposure("member", memberData...))
		p.Edge = edge
		w.answers[w.tag(t, hanako)], w.right = listed(p), true
		b := newBrowser(t, w.openService(t, w.withResets(t, d)))
		result := b.submit(b.ask(hanako, ""), "code-form", "code", "12345678")
		for _, d.state = range breach.ResetStates() {
			var first []string
			for _, l := range breach.Locales() {
				a := b.get(result.path+"&lang="+string(l)).want(t, 200, "result", "listed")
				checkMarkup(t, a.body)
				checkWords(t, "result-a", a)
				if first == nil {
					first = structure(a.doc)
				} else if got := structure(a.doc); strings.Join(got, "\n") != strings.Join(first, "\n") {
					t.Errorf("%s %s: another structure than in Japanese", d.state, l)
				}
				checkReset(t, a, d.state, edge == breach.EdgeLogin && d.state.Barred())
			}
			startsReset(t, b, result, d, edge == breach.EdgeLogin && d.state.Barred())
		}
	}
}

func checkReset(t *testing.T, a answer, state breach.ResetState, offered bool) {
	t.Helper()
	if got := attr(a.byID("actions"), "data-reset"); got != string(state) {
		t.Errorf("the page says %q, want %s", got, state)
	}
	policy := a.header.Get("Content-Security-Policy")
	if form := a.byID("reset-form") != nil; form != offered || (policy == toShop) != offered || strings.Contains(policy, "http") != offered {
		t.Errorf("%s: a button %t, want %t; the policy is %s", state, form, offered, policy)
	}
	if elsewhere := a.byID("reset-elsewhere") != nil; elsewhere != (state.Barred() && !offered) {
		t.Errorf("%s: says that it is done elsewhere: %t", state, elsewhere)
	}
	if n := len(a.body); n > 40<<10 {
		t.Errorf("the page has %d bytes", n)
	}
}

// startsReset presses the button, or sends what it would send.
func startsReset(t *testing.T, b *browser, result answer, d *desk, offered bool) {
	t.Helper()
	before := d.issued
	a := b.send(http.MethodPost, strings.Replace(result.path, "/result", "/result/password", 1), form("x", ""))
	if !offered {
		a.want(t, http.StatusConflict, "trouble", "reset-not-applicable")
		if d.issued != before {
			t.Error("a ticket was issued")
		}
		return
	}
	if want := "https://tougyoku.com/mypage/new_password.php?ticket=" + strings.Repeat("T", 43); a.status != http.StatusSeeOther || a.header.Get("Location") != want || d.issued != before+1 {
		t.Errorf("%s: %d to %q, %d tickets", d.state, a.status, a.header.Get("Location"), d.issued-before)
	}
}
