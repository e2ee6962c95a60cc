package main

import (
	"net/http"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestACallerWithACodeNeedsNoMail: a caller who has a phone code hangs up and calls again, and
// by then nobody is promised one: it is read out to another agent all the same, and is
// accepted once; and so is the long one that comes where only the budget is spent.
func TestACallerWithACodeNeedsNoMail(t *testing.T) {
	for name, spoil := range map[string]func(s site, store *live.RedisServer, a *floorAgent, call string) error{
		"the budget is spent": func(_ site, _ *live.RedisServer, a *floorAgent, call string) error {
			a.asks(t, call, "stranger@example.org")
			return nil
		},
		"the outbox is full": func(s site, store *live.RedisServer, _ *floorAgent, _ string) error {
			return fillOutbox(t.Context(), store, s.outbox(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, shop := smallSite(t)
			office, store := openPostOffice(t), live.NewRedis(t)
			server := s.serve(t, store.URL(), office.url, "--console-url", "http://127.0.0.1", "--console-hours", "always", "--limits", "send-global=2/1h")
			first, second := s.hire(t, server.private, "first", agent.RoleAgent), s.hire(t, server.private, "second", agent.RoleAgent)
			caller := shop.Examples()[0].Email
			call := first.takes(t)
			first.asks(t, call, caller)
			code := office.phoneCode(t, caller)
			if err := spoil(s, store, first, first.takes(t)); err != nil {
				t.Fatal(err)
			}
			for _, address := range []string{caller, "unknown@example.jp"} {
				call = second.takes(t)
				second.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": address})
				if r := second.want(t, http.StatusServiceUnavailable, http.MethodPost, call+"/code", nil); r.problem(t) != "temporarily-unavailable" {
					t.Errorf("asking for a mail: %s", r.body)
				}
			}
			second.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": code}) // not theirs
			call = second.takes(t)
			second.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": caller})
			if told := second.tells(t, call, code); told.ReportJa.Status != wire.ReportStatusListed {
				t.Errorf("the caller is told %s", told.ReportJa.Status)
			}
			call = second.takes(t)
			second.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": caller})
			second.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": code})
			if name == "the budget is spent" {
				eventually(t, "the long code", func() bool { return digitsOf(office.phoneCode(t, caller)) == 20 })
				long := office.phoneCode(t, caller)
				call = second.takes(t)
				second.want(t, http.StatusOK, http.MethodPut, call+"/address", map[string]string{"email": caller})
				if told := second.tells(t, call, long); told.ReportJa.Status != wire.ReportStatusListed {
					t.Errorf("with the long code the caller is told %s", told.ReportJa.Status)
				}
			}
		})
	}
}
