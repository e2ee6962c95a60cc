package mailer_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"exposure/internal/mailer"
)

// TestOwedMailsAreCharged: a mail beyond the budget is charged as it leaves, under the name it
// keeps over all tries, once it is known that its address is listed; it waits while nobody can
// tell what is left, and does not leave when nothing is. Other mails are not charged again.
func TestOwedMailsAreCharged(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		c := r.config()
		c.Listed = r.listedOnes(2)
		owed := func(address string, receipt byte) mailer.CodeMail {
			m := r.request(address)
			m.Long, m.ListedOnly, m.Owed, m.Receipt = true, true, true, [8]byte{receipt}
			r.enqueue(m)
			return m
		}
		first, spent, stranger := owed("listed0@example.jp", 1), owed("listed1@example.jp", 2), owed("stranger@example.jp", 3)
		ordinary := r.request("ordinary@example.jp")
		r.enqueue(ordinary)
		var mu sync.Mutex
		asked := map[[8]byte]int{}
		c.Owed = func(_ context.Context, m mailer.CodeMail) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			if asked[m.Receipt]++; asked[m.Receipt] <= 2 {
				return false, errors.New("nobody can tell now")
			}
			return m.Receipt == first.Receipt, nil
		}
		w, stop := r.run(c)
		r.awaitEmpty()
		stop()
		for _, m := range r.messages(2) {
			if m.To != first.Address && m.To != ordinary.Address {
				t.Error("a mail went to who is owed none")
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if len(asked) != 2 || asked[first.Receipt] != 3 || asked[spent.Receipt] != 3 || asked[stranger.Receipt] != 0 {
			t.Errorf("charged %v, want the mails to listed people alone, under their own names", asked)
		}
		if s, err := w.Stats(t.Context()); err != nil || s.Withheld != 2 || s.Mailed != 2 {
			t.Errorf("stats %+v, %v", s, err)
		}
	})
}
