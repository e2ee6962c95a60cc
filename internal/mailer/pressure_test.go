package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/mailer"
)

// TestListedPeopleGoFirst: behind 2,000 strangers, twenty listed people are mailed over the
// connections that are kept for them, and everybody once.
func TestListedPeopleGoFirst(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		const strangers, people = 2000, 20
		for i := range strangers {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		s := &slow{tokens: make(chan struct{})}
		c := r.config()
		c.Sender, c.Listed, c.Parallel = s, r.listedOnes(people), 8
		var workers []*mailer.Worker
		for range 2 { // as on two nodes
			w, _ := r.run(c)
			workers = append(workers, w)
		}
		await(t, "connections full of strangers", func() bool { return len(s.order()) >= 2*3 })
		for i := range people {
			r.enqueue(r.request(fmt.Sprintf("listed%d@example.jp", i)))
		}
		listed := func() int { return len(slices.DeleteFunc(s.order(), isStranger)) }
		await(t, "listed people's connections full", func() bool { return listed() == 2 })
		s.handOn(400) // of which a quarter goes over those
		if n := listed(); n != people {
			t.Errorf("%d of %d listed people are among the first 400 mails of %d", n, people, strangers+people)
		}
		close(s.tokens)
		r.awaitEmpty()
		order := s.order()
		slices.Sort(order)
		if n := len(slices.Compact(order)); n != strangers+people || len(s.order()) != n {
			t.Errorf("%d mails to %d people, want %d", len(s.order()), n, strangers+people)
		}
		for _, w := range workers {
			await(t, "the end of the pressure", func() bool {
				stats, err := w.Stats(t.Context())
				return err == nil && !stats.ListedFirst
			})
		}
	})
}

func isStranger(to string) bool { return strings.HasPrefix(to, "stranger") }

// TestACrowdThatComesAtOnceIsSeen: the worker has just measured an empty outbox when 2,000
// strangers and a listed person come, and the mail server is fast.
func TestACrowdThatComesAtOnceIsSeen(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		const strangers, hands = 2000, 8
		s := &slow{tokens: make(chan struct{})}
		c := r.config()
		c.Sender, c.Listed, c.Parallel = s, r.listedOnes(1), hands
		r.run(c)
		for i := range strangers {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		r.enqueue(r.request("listed0@example.jp"))
		await(t, "connections full of strangers", func() bool { return len(s.order()) >= 3 })
		s.handOn(hands) // whoever was in a hand before the outbox was measured again
		await(t, "the listed person's mail", func() bool { return slices.Contains(s.order(), "listed0@example.jp") })
		if n := len(s.order()); n > 3*hands {
			t.Errorf("the listed person's mail is number %d", n)
		}
		close(s.tokens)
		r.awaitEmpty()
	})
}

// TestInTurnWhenNobodyCanTell: with the roster out of reach mails go out as they came, by
// pairs of hands.
func TestInTurnWhenNobodyCanTell(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		var want []string
		for i := range 300 {
			to := fmt.Sprintf("person%d@example.jp", i)
			want = append(want, to)
			r.enqueue(r.request(to))
		}
		s := &slow{tokens: make(chan struct{})}
		close(s.tokens)
		c := r.config()
		c.Sender, c.Parallel = s, 1
		c.Listed = func(context.Context, breach.Tags) (bool, error) { return false, errors.New("the database is away") }
		r.run(c)
		r.awaitEmpty()
		if got := s.order(); !slices.Equal(got, want) {
			t.Errorf("mailed in the order %v", got)
		}
	})
}

// TestNobodyYieldsWithoutPressure: nobody is even asked about.
func TestNobodyYieldsWithoutPressure(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		c := r.config()
		c.Listed = func(context.Context, breach.Tags) (bool, error) {
			t.Error("somebody is looked up")
			return false, nil
		}
		c.Scarce = func() bool { return true } // of what is in hand already
		for i := range 5 {
			r.enqueue(r.request(fmt.Sprintf("person%d@example.jp", i)))
		}
		r.run(c)
		r.messages(5)
	})
}

// TestAScarceBudgetIsPressure as soon as somebody waits for somebody else.
func TestAScarceBudgetIsPressure(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		for i := range 30 {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		r.enqueue(r.request("listed0@example.jp"))
		s := &slow{tokens: make(chan struct{})}
		c := r.config()
		c.Sender, c.Parallel, c.Listed, c.Scarce = s, 2, r.listedOnes(1), func() bool { return true }
		r.run(c)
		await(t, "two mails", func() bool { return len(s.order()) == 2 })
		if got := s.order(); !slices.Contains(got, "listed0@example.jp") {
			t.Errorf("%v go first", got)
		}
		close(s.tokens)
		r.awaitEmpty()
	})
}

// shelfless is an outbox without a shelf.
type shelfless struct {
	mailer.Outbox
	t *testing.T
}

func (s shelfless) Shelve(context.Context, string, mailer.Mailed) error {
	s.t.Error("an entry is put on the shelf")
	return nil
}

// TestNoShelfForMailsToListedPeopleOnly: those of strangers are dropped at once, however many
// mails wait.
func TestNoShelfForMailsToListedPeopleOnly(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		for i := range 300 {
			m := r.request(fmt.Sprintf("stranger%d@example.jp", i))
			m.ListedOnly = true
			r.enqueue(m)
		}
		m := r.request("listed0@example.jp")
		m.ListedOnly = true
		r.enqueue(m)
		c := r.config()
		c.Listed, c.Outbox = r.listedOnes(1), shelfless{c.Outbox, t}
		r.run(c)
		r.awaitEmpty()
		if to := r.messages(1)[0].To.Reveal(); to != "listed0@example.jp" {
			t.Errorf("a mail went to %s", to)
		}
	})
}
