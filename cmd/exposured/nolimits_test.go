package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/ratelimit"
	"exposure/internal/wire"
)

// TestTheManualSaysWhatNoLimitsLifts: its sentence about --insecure-no-limits names, group by
// group, the limits that are lifted and those that stay, and nothing else is either.
func TestTheManualSaysWhatNoLimitsLifts(t *testing.T) {
	says := strings.Join(strings.Fields(part(t, "limits.md", "# Limits")), " ")
	lifts, stays, found := strings.Cut(says[strings.Index(says, "`--insecure-no-limits`")+1:], ";")
	if !found {
		t.Fatal("limits.md has no sentence about --insecure-no-limits")
	}
	told := map[ratelimit.Name]bool{}
	for _, group := range []struct {
		sentence, words string
		lifted          bool
		names           func(string) bool
	}{
		{lifts, "lifts limits by network", true, func(n string) bool {
			return strings.HasPrefix(n, "request-") || strings.HasPrefix(n, "failed-") || n == "letter-ip"
		}},
		{lifts, "`client-ip` and `agent-ip` too", true, func(n string) bool { return n == "client-ip" || n == "agent-ip" }},
		{lifts, "on mails", true, func(n string) bool { return strings.HasPrefix(n, "send-") }},
		{lifts, "over everybody together", true, func(n string) bool { return n == "letter-global" || n == "send-global" }},
		{stays, "a session, an agent and a MY page client stay", false, func(n string) bool {
			return n == "report-session" || n != "agent-ip" && strings.HasPrefix(n, "agent-") || n != "client-ip" && strings.HasPrefix(n, "client-")
		}},
	} {
		if !strings.Contains(group.sentence, group.words) {
			t.Errorf("limits.md does not say %q in %q", group.words, group.sentence)
		}
		for name := range ratelimit.Default() {
			if group.names(string(name)) {
				told[name] = group.lifted
			}
		}
	}
	table := ratelimit.Table{}
	for name := range ratelimit.Default() {
		table[name] = []ratelimit.Rate{{Count: 1, Per: time.Hour}}
	}
	l, err := ratelimit.New(ratelimit.Config{Table: table, Lifted: true})
	must(t, err)
	for name := range ratelimit.Default() {
		take := func(thing byte) error {
			_, err := l.Take(t.Context(), name, "k")
			if slices.Contains([]ratelimit.Name{ratelimit.SendAddress, ratelimit.SendReserve, ratelimit.SendMailbox}, name) {
				var way int
				way, err = l.TakeFirst(t.Context(), ratelimit.NewReceipt(), []ratelimit.Counter{{Name: name, Key: "k"}})
				if err == nil && way < 0 {
					err = &ratelimit.Exceeded{Name: name}
				}
			}
			if slices.Contains([]ratelimit.Name{ratelimit.ClientMembers, ratelimit.ClientRefused, ratelimit.ClientTickets}, name) {
				_, err = l.Distinct(t.Context(), name, "k", ratelimit.Thing{thing})
			}
			return err
		}
		must(t, take(1))
		err := take(2)
		if over := new(ratelimit.Exceeded); err != nil && !errors.As(err, &over) {
			t.Fatal(err)
		}
		if lifted, is := told[name]; !is || lifted != (err == nil) {
			t.Errorf("limits.md tells of %s: %v, as lifted: %v; it is lifted: %v", name, is, lifted, err == nil)
		}
	}
}

// TestNoLimitsLiftsNoBudget: five tries a verification, ten failures a person and the breaker
// hold whatever is lifted, as limits.md says.
func TestNoLimitsLiftsNoBudget(t *testing.T) {
	if !strings.Contains(strings.Join(strings.Fields(part(t, "limits.md", "# Limits")), " "), "nothing lifts five tries a verification, ten failures a person and the breaker.") {
		t.Error("limits.md says otherwise")
	}
	s, shop := smallSite(t)
	office := openPostOffice(t)
	s.spray(t, 1995, 500) // five short of the breaker
	r := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
	b, address := from(r.public, here), shop.Examples()[0].Email
	var asked []wire.Verification
	for range 3 {
		asked = append(asked, b.start(t, address))
		office.box(t, address, len(asked)) // the third mail carries a long code, whichever it is
	}
	const guess = "00000000" // of the length of short codes: what is longer is no guess at one
	for i, v := range asked {
		for range 5 {
			b.confirm(t, v, guess).says(t, "a wrong code", http.StatusUnprocessableEntity, "")
		}
		before := evaluated(t, s, address, "refused")
		b.confirm(t, v, guess).says(t, "a sixth", http.StatusUnprocessableEntity, "")
		if want, n := min(5*(i+1), 10), evaluated(t, s, address, "refused"); n != want || before != want {
			t.Errorf("after %d verifications %d and %d guesses were compared, want %d", i+1, before, n, want)
		}
	}
	if level := r.metric(t, "exposure_breaker_level"); level != "1" {
		t.Errorf("after 2,005 failures the breaker is at %s, want 1", level)
	}
}
