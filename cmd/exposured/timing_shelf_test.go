package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
)

// hands is more than the mails that a worker has in hand at a time.
const hands = 48

// TestTimingOfGuessesBeforeTheMail: while mail runs short, wrong codes about listed people,
// whose mails have left, are answered in nearly the same time as wrong codes about strangers,
// whose mails wait on the shelf, so that there is no code to compare them with. Not in the very
// same: what is known of an address is in memory once it was mailed, and a guess that was compared is
// remembered: some 20 µs in 1 ms the first time, and 50 the other way from then on. In five
// guesses at one address, after which none is compared for a month, noise hides that.
func TestTimingOfGuessesBeforeTheMail(t *testing.T) {
	people := fewer(1500)
	s, office := listSite(t, people+hands), openSlowOffice(t)
	all := crowdOf(people + hands)
	m := &timed{t: t, site: s, crowd: crowd{all.listed[:people], all.strangers[:people]},
		server: s.serve(t, live.Redis(t), office.url, "--limits", untimely)}
	var open sync.Once
	t.Cleanup(func() { open.Do(func() { close(office.tokens) }) }) // or the server waits for its mails

	b := from(m.server.public, here)
	for i := range hands {
		b.start(t, fmt.Sprintf("first%d@example.org", i)) // the worker's hands are full before anybody of the crowd asks
	}
	m.asks()
	for _, address := range all.listed[people:] {
		b.start(t, address) // and are full again, once the last listed person of the crowd has a mail
	}
	office.mail(t, m.crowd.listed)
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
		if shows(t, listed, strangers, median(strangers)/4) {
			return
		}
	}
	t.Errorf("%s: listed people and strangers may be a quarter of the median apart", what)
}

// mail takes mails until all of these people have theirs, and then no more.
func (o *slowOffice) mail(t *testing.T, people []string) {
	t.Helper()
	for deadline := time.Now().Add(6 * patience); ; {
		for len(people) > 0 && len(o.peek(people[0])) > 0 {
			people = people[1:]
		}
		if len(people) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d people have no mail", len(people))
		}
		select {
		case o.tokens <- struct{}{}:
		case <-time.After(10 * time.Millisecond):
		}
	}
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
