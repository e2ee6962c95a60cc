package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
)

// before is more mails than leave in turn while those of a crowd of listed people go ahead.
const before = 3000

// TestTimingOfGuessesBeforeTheMail: while mail runs short, wrong codes about listed people,
// whose mails have left, are answered in nearly the same time as wrong codes about strangers,
// whose mails wait on the shelf, so that there is no code to compare them with. Not in the very
// same: what is known of an address is in memory once it was mailed, and a guess that was compared is
// remembered: some 20 µs in 1 ms the first time, and 50 the other way from then on. In five
// guesses at one address, after which none is compared for a month, noise hides that.
func TestTimingOfGuessesBeforeTheMail(t *testing.T) {
	people := fewer(1500)
	s, office := listSite(t, people), openSlowOffice(t)
	office.free = map[string]bool{}
	m := &timed{t: t, site: s, crowd: crowdOf(people)}
	for _, address := range m.crowd.listed {
		office.free[address] = true
	}
	m.server = s.serve(t, live.Redis(t), office.url, "--limits", untimely)
	var open sync.Once
	t.Cleanup(func() { open.Do(func() { close(office.tokens) }) }) // or the server waits for its mails

	b := from(m.server.public, here)
	for i := range before {
		b.start(t, fmt.Sprintf("first%d@example.org", i))
	}
	m.asks()
	office.handOn(t, m.crowd.listed, 10*time.Millisecond)
	near(t, "guessing before the mail", m.guessesBefore)
}

// near fails the test if the groups may be a quarter of the median apart, or more.
func near(t *testing.T, what string, round func() (listed, strangers []time.Duration)) {
	t.Helper()
	var listed, strangers []time.Duration
	for try := range rounds {
		more, others := round()
		listed, strangers = append(listed, more...), append(strangers, others...)
		t.Logf("%s, round %d: %.1f deviations, medians %v and %v", what, try+1, ranked(listed, strangers), median(listed), median(strangers))
		if shows(t, listed, strangers, median(strangers)/4, plain) {
			return
		}
	}
	t.Errorf("%s: listed people and strangers may be a quarter of the median apart", what)
}

// guessesBefore is a round of one wrong code about everybody, of which those about listed people
// alone are compared.
func (m *timed) guessesBefore() (listed, strangers []time.Duration) {
	before := evaluatedIn(m.t, m.site)
	listed, strangers = m.guess(func(r reply) bool { return r.status == http.StatusUnprocessableEntity })
	if got := evaluatedIn(m.t, m.site) - before; got != len(listed) {
		m.t.Errorf("%d guesses were compared, want those about %d listed people", got, len(listed))
	}
	return listed, strangers
}
