package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

// TestTheShelf: what is on it is handed out as it came, before what nobody has had, and to no
// hands that look after those who go ahead.
func TestTheShelf(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		for i := range 4 {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		entries := slices.Concat(take(t, r.outbox, 1), take(t, r.outbox, 1), take(t, r.outbox, 1))
		for _, i := range []int{1, 2, 0, 0} { // the last is nobody's by then
			must(t, r.outbox.Shelve(t.Context(), entries[i].ID, mailer.NotMailed))
		}
		next := func(o mailer.Order, want int, shelved bool) {
			t.Helper()
			got, err := r.outbox.Take(t.Context(), 1, o)
			if err != nil || len(got) != 1 {
				t.Fatalf("took %d, %v", len(got), err)
			}
			if to := fmt.Sprintf("stranger%d@example.jp", want); got[0].Mail.Address.Reveal() != to || got[0].Shelved != shelved || got[0].StandIn {
				t.Errorf("%+v to %s, want the mail to %s, shelved: %v", got[0], got[0].Mail.Address.Reveal(), to, shelved)
			}
			must(t, r.outbox.Done(t.Context(), got[0].ID))
		}
		next(mailer.FreshOnly, 3, false)
		r.enqueue(r.request("stranger4@example.jp"))
		for i := range 3 {
			next(mailer.ShelfFirst, i, true)
		}
		must(t, r.outbox.Shelve(t.Context(), entries[0].ID, mailer.NotMailed)) // it is over
		next(mailer.ShelfFirst, 4, false)
		if r.waiting() != 0 {
			t.Errorf("%d wait, want none", r.waiting())
		}
	})
}

// TestStandIns: an entry whose mail has left comes back as that, from the shelf and put back, to
// whatever worker, until it is done; another does not.
func TestStandIns(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		for range 2 {
			r.enqueue(r.request("a@example.jp"))
		}
		other, e := take(t, r.outbox, 1)[0], take(t, r.outbox, 1)[0]
		must(t, r.outbox.Shelve(t.Context(), other.ID, mailer.MaybeMailed))
		must(t, r.outbox.Shelve(t.Context(), e.ID, mailer.SurelyMailed))
		again := func() {
			t.Helper()
			for _, got := range []mailer.Entry{take(t, r.outbox, 1)[0], take(t, r.outbox, 1)[0]} {
				if want := got.ID == e.ID; got.StandIn != want || got.ID != e.ID && got.ID != other.ID {
					t.Errorf("%+v, want a stand-in: %v", got, want)
				}
			}
		}
		again()
		for range 2 {
			must(t, r.outbox.Retry(t.Context(), other.ID, 0, mailer.NotMailed))
			must(t, r.outbox.Retry(t.Context(), e.ID, 0, mailer.SurelyMailed))
			again()
		}
		must(t, r.outbox.Done(t.Context(), e.ID))
		must(t, r.outbox.Done(t.Context(), other.ID))
	})
}

// TestStandInsWaitLikeMails: while no mail may leave, none takes its turn; afterwards nobody is
// mailed again.
func TestStandInsWaitLikeMails(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		const mails, standIns = 200, 50
		for i := range mails + standIns {
			r.enqueue(r.request(fmt.Sprintf("stranger%d@example.jp", i)))
		}
		for _, e := range take(t, r.outbox, standIns) {
			must(t, r.outbox.Shelve(t.Context(), e.ID, mailer.SurelyMailed))
		}
		var open atomic.Bool
		var asked atomic.Int32
		c := r.config()
		c.Listed, c.Shut = r.listedOnes(0), func(context.Context) error {
			if asked.Add(1); open.Load() {
				return nil
			}
			return errors.New("shut")
		}
		r.run(c)
		await(t, "everybody to have asked", func() bool { return asked.Load() > 2*(mails+standIns) })
		if n := r.waiting(); n != mails+standIns {
			t.Errorf("%d wait, want all %d", n, mails+standIns)
		}
		open.Store(true)
		r.awaitEmpty()
		r.messages(mails)
	})
}

// TestNothingIsKeptOfStandIns that are over.
func TestNothingIsKeptOfStandIns(t *testing.T) {
	r, url := newRig(t), live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{})
	r.enqueue(r.request("a@example.jp"))
	e := take(t, r.outbox, 1)[0]
	must(t, r.outbox.Shelve(t.Context(), e.ID, mailer.SurelyMailed))
	kept := func(want int64) {
		t.Helper()
		if n, err := client(t, url).Exists(t.Context(), stream+":stand-ins").Result(); n != want || err != nil {
			t.Errorf("stand-ins kept: %d, %v; want %d", n, err, want)
		}
	}
	kept(1)
	must(t, r.outbox.Done(t.Context(), take(t, r.outbox, 1)[0].ID))
	kept(0)
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
			must(t, killed.Shelve(t.Context(), e.ID, mailer.NotMailed))
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
			must(t, r.outbox.Shelve(t.Context(), e.ID, mailer.NotMailed))
		}
		if err := r.outbox.Enqueue(t.Context(), r.request("listed0@example.jp")); !errors.Is(err, mailer.ErrOutboxFull) {
			t.Errorf("a fourth entry: %v, want ErrOutboxFull", err)
		}
		if d, err := r.outbox.Depth(t.Context()); err != nil || d.Waiting != d.Max {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
