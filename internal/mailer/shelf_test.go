package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/mailer"
)

// slow is a sender that hands on one mail for each token, and keeps the order in which
// mails were begun.
type slow struct {
	tokens chan struct{}
	mu     sync.Mutex
	begun  []string
}

func (s *slow) Send(ctx context.Context, m mailer.Message) error {
	s.mu.Lock()
	s.begun = append(s.begun, m.To.Reveal())
	s.mu.Unlock()
	select {
	case <-s.tokens:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) order() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.begun)
}

// handOn hands on so many mails, each when the hand that the one before it left is full
// again, so that the order of mails is no matter of who runs when.
func (s *slow) handOn(t *testing.T, mails int) {
	t.Helper()
	for range mails {
		begun := len(s.order())
		s.tokens <- struct{}{}
		await(t, "the next mail", func() bool { return len(s.order()) > begun })
	}
}

// listedOnes is a roster of the addresses that begin with "listed".
func (r *rig) listedOnes(people int) func(context.Context, breach.Tags) (bool, error) {
	known := map[breach.Tags]bool{}
	for i := range people {
		known[r.keys.Tags(address(r.t, fmt.Sprintf("listed%d@example.jp", i)))] = true
	}
	return func(_ context.Context, tag breach.Tags) (bool, error) { return known[tag], nil }
}

// TestListedPeopleGoFirst: behind 2,000 strangers, twenty listed people are mailed as soon
// as hands are free, and afterwards every stranger is, once.
func TestListedPeopleGoFirst(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		const strangers, people, hands = 2000, 20, 8
		for i := range strangers {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		s := &slow{tokens: make(chan struct{})}
		c := r.config()
		c.Sender, c.Listed, c.Parallel = s, r.listedOnes(people), hands
		var workers []*mailer.Worker
		for range 2 { // as on two nodes
			w, _ := r.run(c)
			workers = append(workers, w)
		}
		await(t, "hands full of strangers", func() bool { return len(s.order()) == 2*hands })
		for i := range people {
			r.enqueue(r.request(fmt.Sprintf("listed%d@example.jp", i)))
		}
		s.handOn(t, people)
		for i, to := range s.order()[2*hands:] {
			if !strings.HasPrefix(to, "listed") {
				t.Errorf("number %d was %s, while listed people waited", 2*hands+i+1, to)
			}
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
		await(t, "hands full of strangers", func() bool { return len(s.order()) == hands })
		s.handOn(t, hands)
		if !slices.Contains(s.order(), "listed0@example.jp") {
			t.Errorf("the listed person is not among the first %d mails", 2*hands)
		}
		close(s.tokens)
		r.awaitEmpty()
	})
}

// TestTheShelf: what is on it waits for everything else under pressure and goes first
// afterwards; what is an hour old does not wait to be dropped.
func TestTheShelf(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		for i := range 4 {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		first := take(t, r.outbox, 1)
		for _, e := range slices.Concat(first, take(t, r.outbox, 1), take(t, r.outbox, 1)) {
			must(t, r.outbox.Shelve(t.Context(), e.ID))
		}
		must(t, r.outbox.Shelve(t.Context(), first[0].ID)) // it is nobody's now
		next := func(o mailer.Order) mailer.Entry {
			t.Helper()
			got, err := r.outbox.Take(t.Context(), 1, o)
			if err != nil || len(got) != 1 {
				t.Fatalf("took %d, %v", len(got), err)
			}
			return got[0]
		}
		if e := next(mailer.ShelvedLast); e.Shelved || !strings.HasPrefix(e.Mail.Address.Reveal(), "stranger3@") {
			t.Errorf("under pressure %+v goes first, want the one nobody has had", e)
		}
		if e := next(mailer.ShelvedLast); !e.Shelved || e.ID != first[0].ID {
			t.Errorf("then %+v, want the oldest of the shelf", e)
		}
		r.enqueue(r.request("stranger5@example.jp"))
		e := next(mailer.InTurn)
		if !e.Shelved {
			t.Errorf("in turn %+v goes first, want one of the shelf", e)
		}
		if r.waiting() != 5 {
			t.Errorf("%d wait, want 5", r.waiting())
		}
		must(t, r.outbox.Done(t.Context(), e.ID))
		must(t, r.outbox.Shelve(t.Context(), e.ID)) // it is over
		for _, want := range []bool{true, false} {
			if e := next(mailer.InTurn); e.Shelved != want {
				t.Errorf("%+v, want one of the shelf: %v", e, want)
			} else {
				must(t, r.outbox.Done(t.Context(), e.ID))
			}
		}
		if r.waiting() != 2 {
			t.Errorf("%d wait, want the 2 in hand", r.waiting())
		}
	})
}

// TestAnHourOnTheShelf: strangers' requests that are over make room even while listed
// people need every hand.
func TestAnHourOnTheShelf(t *testing.T) {
	over := func(t *testing.T, r *rig, age func(id string)) {
		t.Helper()
		r.enqueue(r.request("stranger@example.jp"))
		e := take(t, r.outbox, 1)[0]
		must(t, r.outbox.Shelve(t.Context(), e.ID))
		r.enqueue(r.request("listed@example.jp"))
		age(e.ID)
		got, err := r.outbox.Take(t.Context(), 1, mailer.ShelvedLast)
		if err != nil || len(got) != 1 || got[0].ID != e.ID {
			t.Errorf("%+v, %v; want the one that is over", got, err)
		}
	}
	t.Run("memory", func(t *testing.T) {
		r, now := newRig(t), time.Now()
		r.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{Now: func() time.Time { return now }})
		over(t, r, func(string) { now = now.Add(mailer.MaxAge + time.Second) })
	})
	t.Run("redis", func(t *testing.T) {
		r, server := newRig(t), live.NewRedis(t)
		r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
		over(t, r, func(id string) { server.Do("ZADD test:outbox:{mail}:shelf 1 " + id) })
	})
}

// TestInTurnWhenNobodyCanTell: with the roster out of reach mails go out as they came.
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
		c.Sender, c.Parallel, c.Listed, c.Scarce = s, 1, r.listedOnes(1), func() bool { return true }
		r.run(c)
		await(t, "a mail", func() bool { return len(s.order()) > 0 })
		if got := s.order()[0]; !strings.HasPrefix(got, "listed0@") {
			t.Errorf("%s goes first", got)
		}
		close(s.tokens)
		r.awaitEmpty()
	})
}

// TestTheShelfOutlivesItsWorkers: of a worker that was killed, what it had shelved is
// mailed by the next one at once, and what it had in hand after its lease.
func TestTheShelfOutlivesItsWorkers(t *testing.T) {
	r, url := newRig(t), live.Redis(t)
	killed := redisOutbox(t, r, url, mailer.OutboxConfig{})
	r.outbox = killed
	for i := range 40 {
		r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
	}
	for i, e := range take(t, killed, 40) {
		if i%2 == 0 {
			must(t, killed.Shelve(t.Context(), e.ID))
		}
	}
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{Lease: 500 * time.Millisecond})
	r.run(r.config())
	to := map[string]bool{}
	for _, m := range r.messages(40) {
		to[m.To.Reveal()] = true
	}
	if len(to) != 40 {
		t.Errorf("%d people were mailed, want 40", len(to))
	}
	r.awaitEmpty()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheShelfCounts: what is on it fills the outbox like everything else, so that
// whoever asks next hears the same as everybody.
func TestTheShelfCounts(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{Max: 3}, func(t *testing.T, r *rig) {
		for i := range 3 {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		for _, e := range take(t, r.outbox, 3) {
			must(t, r.outbox.Shelve(t.Context(), e.ID))
		}
		if err := r.outbox.Enqueue(t.Context(), r.request("listed0@example.jp")); !errors.Is(err, mailer.ErrOutboxFull) {
			t.Errorf("a fourth entry: %v, want ErrOutboxFull", err)
		}
		if d, err := r.outbox.Depth(t.Context()); err != nil || d.Waiting != d.Max {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
