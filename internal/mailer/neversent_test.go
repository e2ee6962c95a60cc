package mailer_test

import (
	"fmt"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

// neverSent takes the one entry there is and wants the outbox to say of its mail.
func (r *rig) neverSent(when string, want bool) mailer.Entry {
	r.t.Helper()
	e := take(r.t, r.outbox, 1)[0]
	if never, err := r.outbox.NeverSent(r.t.Context(), e.ID); err != nil || never != want {
		r.t.Errorf("%s: never sent %t, %v; want %t", when, never, err, want)
	}
	return e
}

// TestAnOutboxKnowsWhatWasNeverSent: an entry that was put back or shelved without a trace,
// however often, was never sent. One that may have been is so for good.
func TestAnOutboxKnowsWhatWasNeverSent(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{Lease: 10 * time.Second}, func(t *testing.T, r *rig) {
		r.enqueue(r.request("a@example.jp"))
		clean := func(want bool) {
			t.Helper()
			for i := range 3 {
				must(t, r.outbox.Retry(t.Context(), r.neverSent(fmt.Sprintf("try %d", i), want).ID, 0, mailer.NotMailed))
				must(t, r.outbox.Shelve(t.Context(), r.neverSent("before the shelf", want).ID, mailer.NotMailed))
			}
		}
		clean(true)
		e := r.neverSent("before a try without an end", true)
		must(t, r.outbox.Retry(t.Context(), e.ID, 0, mailer.MaybeMailed))
		clean(false)
		e = r.neverSent("at last", false)
		must(t, r.outbox.Done(t.Context(), e.ID))
		if never, err := r.outbox.NeverSent(t.Context(), e.ID); never || err != nil {
			t.Errorf("of what is done it says %t, %v", never, err)
		}
	})
}

// TestWhoDiedMayHaveSent: an entry of a worker that was not heard of any more, in whatever
// moment, may have been sent, and the shelf does not forget it.
func TestWhoDiedMayHaveSent(t *testing.T) {
	r, url := newRig(t), live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{Lease: 300 * time.Millisecond})
	r.enqueue(r.request("a@example.jp"))
	must(t, r.outbox.Retry(t.Context(), r.neverSent("the first", true).ID, 0, mailer.NotMailed))
	r.neverSent("the second, who dies", true)
	must(t, r.outbox.Shelve(t.Context(), r.neverSent("the third", false).ID, mailer.NotMailed))
	must(t, r.outbox.Retry(t.Context(), r.neverSent("the fourth", false).ID, 0, mailer.NotMailed))
	r.neverSent("the fifth, who dies", false)
	r.neverSent("the last", false)
}

// TestARepeatedRetryHidesNobody: a cluster client repeats a call whose reply was lost. By
// then somebody else may have the entry, and die with it.
func TestARepeatedRetryHidesNobody(t *testing.T) {
	r, url := newRig(t), live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{Lease: 300 * time.Millisecond})
	r.enqueue(r.request("a@example.jp"))
	e := r.neverSent("the first", true)
	repeat := func() {
		must(t, mailer.RetryScript.Run(t.Context(), client(t, url), []string{stream, stream + ":seen:x"}, "mailers", "mailer", e.ID, 300, 0, 15).Err())
	}
	repeat()
	r.neverSent("the second, who dies", true)
	repeat()
	r.neverSent("the third", false)
}

// TestARepeatedShelveTakesNothing: by then somebody else has the entry in hand, and keeps it.
func TestARepeatedShelveTakesNothing(t *testing.T) {
	r, url := newRig(t), live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{Lease: time.Minute})
	r.enqueue(r.request("a@example.jp"))
	e := r.neverSent("the first", true)
	shelve := func() {
		keys := []string{stream, stream + ":shelf", stream + ":stand-ins", stream + ":seen:x"}
		must(t, mailer.ShelveScript.Run(t.Context(), client(t, url), keys, "mailers", e.ID, 1, 0, 60, 15).Err())
	}
	shelve()
	r.neverSent("the second, who has it", true)
	shelve()
	if got, err := r.outbox.Take(t.Context(), 1, mailer.ShelfFirst); len(got) != 0 || err != nil {
		t.Errorf("handed out twice: %+v, %v", got, err)
	}
}

// TestEntriesOfTheFirstVersion: they were charged without a receipt, and are mailed.
func TestEntriesOfTheFirstVersion(t *testing.T) {
	r, url := newRig(t), live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{})
	m := r.request("a..b@docomo.ne.jp")
	m.ListedOnly, m.Receipt = true, [8]byte{1}
	sealed := r.keys.Seal(mailer.SealLabel, mailer.EncodeMailV1(m), []byte(stream))
	must(t, client(t, url).Do(t.Context(), "XADD", stream, "*", "e", sealed).Err())
	r.enqueue(m)
	for i, receipt := range [][8]byte{{}, {1}} {
		e := take(t, r.outbox, 1)[0]
		if e.Damaged || e.Mail.Address != m.Address || e.Mail.Nonce != m.Nonce || !e.Mail.ListedOnly || e.Mail.Receipt != receipt {
			t.Errorf("entry %d is read as %+v", i, e)
		}
	}
}
