package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/wire"
)

// TestPagesTellEveryResetLikeTheAPI: page and JSON say the same of a reset in each state,
// and either both give a ticket or neither does.
func TestPagesTellEveryResetLikeTheAPI(t *testing.T) {
	office := openPostOffice(t)
	s := newShopSite(t)
	s.server = s.serve(t, "", office.url)
	must(t, s.step(t, audit.ResetPlan, "11", func(r breach.Reset) (breach.Reset, error) { return r.Exempt(time.Now()) }))
	must(t, s.order(t, "1", "2", "3", "6", "7", "9"))
	must(t, s.step(t, audit.ResetUnverified, "9", func(r breach.Reset) (breach.Reset, error) { return r.Observe([]byte("another"), time.Now()), nil }))
	must(t, s.step(t, audit.ResetTicket, "2", func(r breach.Reset) (breach.Reset, error) { return r.Issue([32]byte{1}, time.Now()) }))
	must(t, s.step(t, audit.ResetUnverified, "3", func(r breach.Reset) (breach.Reset, error) { return r.Observe([]byte("another"), time.Now()), nil }))
	must(t, s.step(t, audit.ResetAccept, "3", func(r breach.Reset) (breach.Reset, error) { return r.Accept(time.Now()) }))
	b := from(s.server.public, here)
	for _, c := range []struct {
		address string
		state   wire.ResetState
		opens   bool
	}{
		{"strict@example.com", "planned", false}, {"momoko@example.com", "required", true}, {"emily@example.com", "ticket_issued", true},
		{"noscript@example.com", "completed", false}, {"unverified@example.com", "changed_unverified", true}, {"exempt@example.com", "exempt", false},
		{"recycled@example.com", "required", false}, {"couple@example.com", "required", true}, {"left@example.com", "exempt", false}, {"buyer@example.com", "", false},
	} {
		token := b.prove(t, office, c.address).Token
		for _, l := range []string{"ja", "en", "ja-easy"} {
			said := shown(jsonReport(t, b, token, l))
			if diff := cmp.Diff(said, pageReport(t, b, token, l)); diff != "" {
				t.Errorf("%s, %s: the page differs from the JSON (-JSON +page):\n%s", c.address, l, diff)
			}
			if got := said.PasswordReset; (got == nil) != (c.state == "") || got != nil && got.State != c.state {
				t.Errorf("%s: the JSON tells %+v, want %s", c.address, got, c.state)
			}
		}
		s.sameWay(t, b, token, c.address, c.opens)
	}
}

// sameWay asks both doors for a ticket.
func (s *shopSite) sameWay(t *testing.T, b *browser, token, address string, opens bool) {
	t.Helper()
	want, led := http.StatusConflict, http.StatusConflict
	if opens {
		want, led = http.StatusCreated, http.StatusSeeOther
	}
	if r := b.do(t, http.MethodPost, "/v1/password-reset", token, nil); r.status != want {
		t.Errorf("%s: the JSON door answered %d, want %d: %s", address, r.status, want, r.body)
	}
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req := httptest.NewRequest(http.MethodPost, b.base+"/result/password?n=aaaaaaaa", nil)
	req.RequestURI = ""
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: "exposure-result-aaaaaaaa", Value: token})
	resp, err := client.Do(req)
	must(t, err)
	resp.Body.Close()
	to := resp.Header.Get("Location")
	if resp.StatusCode != led || opens != strings.HasPrefix(to, s.shop.URL+"/mypage/new-password?ticket=") {
		t.Errorf("%s: the page answered %d, want %d", address, resp.StatusCode, led)
	}
}
