package mailer_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

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
		if e := next(mailer.ShelvedLast); !e.Shelved {
			t.Errorf("then %+v, want one of the shelf", e)
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
		over(t, r, func(string) { now = now.Add(mailer.MaxAge + time.Minute) })
	})
	t.Run("redis", func(t *testing.T) {
		r, server := newRig(t), live.NewRedis(t)
		r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
		over(t, r, func(id string) { server.Do("ZADD test:outbox:{mail}:shelf 1 " + id) })
	})
}

// TestTheShelfIsShuffled: in the order of one's own mails nobody sees whether another's stands
// between them; what came half a minute before goes before all the same.
func TestTheShelfIsShuffled(t *testing.T) {
	now := time.Now()
	came := func(t *testing.T, r *rig, later func()) (order []int) {
		t.Helper()
		for i := range 40 {
			if i == 20 {
				later()
			}
			now = now.Add(time.Millisecond)
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
			var fresh []mailer.Entry
			for len(fresh) == 0 {
				var err error
				fresh, err = r.outbox.Take(t.Context(), 1, mailer.ShelvedLast)
				must(t, err)
			}
			must(t, r.outbox.Shelve(t.Context(), fresh[0].ID))
		}
		for _, e := range take(t, r.outbox, 40) {
			if !e.Shelved {
				t.Fatalf("%+v is not of the shelf", e)
			}
			i, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(e.Mail.Address.Reveal(), "stranger"), "@example.jp"))
			must(t, err)
			order = append(order, i)
		}
		return order
	}
	shuffled := func(t *testing.T, order []int) {
		t.Helper()
		if slices.IsSorted(order) {
			t.Errorf("as they came: %v", order)
		}
	}
	t.Run("memory", func(t *testing.T) {
		r := newRig(t)
		r.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{Now: func() time.Time { return now }})
		order := came(t, r, func() { now = now.Add(31 * time.Second) })
		shuffled(t, order[:20])
		shuffled(t, order[20:])
		if slices.Max(order[:20]) >= 20 {
			t.Errorf("a mail waits for those that came half a minute after it: %v", order)
		}
	})
	t.Run("redis", func(t *testing.T) {
		r := newRig(t)
		r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{})
		shuffled(t, came(t, r, func() {}))
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
