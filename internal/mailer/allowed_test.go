package mailer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
)

// TestMailsForListedAddressesOnly: such a mail goes to who is listed, waits while nobody
// can tell, and draws no code for anybody else; other mails are not asked about.
func TestMailsForListedAddressesOnly(t *testing.T) {
	r := newRig(t)
	c := r.config()
	var mu sync.Mutex
	doubts, asked := 3, map[breach.Tag]int{}
	known := r.request("known@example.jp")
	c.Listed = func(_ context.Context, tags breach.Tags) (bool, error) {
		tag := tags.Newest()
		mu.Lock()
		defer mu.Unlock()
		asked[tag]++
		if doubts--; doubts >= 0 {
			return false, errors.New("nothing is proven now")
		}
		return tag == r.keys.Tag(known.Address), nil
	}
	known.ListedOnly, known.Long = true, true
	r.enqueue(known)
	stranger := r.request("stranger@example.jp")
	stranger.ListedOnly = true
	r.enqueue(stranger)
	anybody := r.request("anybody@example.jp")
	r.enqueue(anybody)
	w, stop := r.run(c)
	r.awaitEmpty()
	stop()
	for _, m := range r.messages(2) {
		if m.To == stranger.Address {
			t.Error("a mail for listed addresses only went to a stranger")
		}
		if m.To == known.Address && !r.accepts(known, codeIn(t, m.Body)) {
			t.Error("the code of the listed one is not accepted")
		}
	}
	if _, slots := r.codes.distinctSlots(); slots != 2 {
		t.Errorf("codes were drawn for %d mails, want 2", slots)
	}
	mu.Lock()
	defer mu.Unlock()
	if s, err := w.Stats(t.Context()); err != nil || s.Withheld != 1 || s.Retried != 3 || s.Mailed != 2 {
		t.Errorf("stats %+v, %v", s, err)
	}
	if asked[r.keys.Tag(anybody.Address)] != 0 {
		t.Error("an ordinary mail was asked about")
	}
}

// TestPacing: mails to a domain that had its share wait and arrive later, without a code
// drawn meanwhile and without holding up anybody else.
func TestPacing(t *testing.T) {
	r := newRig(t)
	c := r.config()
	c.Parallel = 1
	var mu sync.Mutex
	open := false
	c.Pace = func(_ context.Context, domain string, _ bool) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		if domain == "slow.example" && !open {
			return time.Millisecond
		}
		return 0
	}
	slow := r.request("a@slow.example")
	r.enqueue(slow)
	r.enqueue(r.request("b@slow.example"))
	for range 5 {
		r.enqueue(r.request("a@example.jp"))
	}
	w, stop := r.run(c)
	await(t, "everybody else's mail", func() bool { return len(r.inbox.Messages()) == 5 })
	if _, slots := r.codes.distinctSlots(); slots != 5 {
		t.Errorf("%d codes were drawn, want 5", slots)
	}
	mu.Lock()
	open = true
	mu.Unlock()
	r.awaitEmpty()
	stop()
	r.messages(7)
	if s, err := w.Stats(t.Context()); err != nil || s.Paced < 2 || s.Retried != 0 || s.Mailed != 7 {
		t.Errorf("stats %+v, %v", s, err)
	}
}
