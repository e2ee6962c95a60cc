package webhook_test

import (
	"strconv"
	"testing"
	"time"

	"exposure/internal/reset/webhook"
)

// TestHeld: while orders are held nobody is barred, and completions are told.
func TestHeld(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	r.order(t, "1", "2")
	r.complete(t, "2")
	must(t, r.resets.Hold(t.Context(), "wrong list", holdEntry(r.clock(), true)))
	r.work(t, w, time.Hour)
	if got := r.shop.attempts(); len(got) != 1 || got[0].Type != webhook.Completed {
		t.Errorf("while held: %v", got)
	}
	must(t, r.resets.Release(t.Context(), holdEntry(r.clock(), false)))
	r.work(t, w, time.Second)
	if got := r.shop.attempts(); len(got) != 2 || got[1].Type != webhook.Required {
		t.Errorf("after it: %v", got)
	}
}

// TestHeldMembersKeepNobodyWaiting: a completion is told at once, however many members
// before it wait for the end of the hold.
func TestHeldMembersKeepNobodyWaiting(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	must(t, r.resets.Hold(t.Context(), "wrong list", holdEntry(r.clock(), true)))
	for i := range 40 {
		r.order(t, strconv.Itoa(i))
	}
	w.Turn(t.Context())
	r.pass(time.Minute)
	r.order(t, "owner")
	r.complete(t, "owner")
	w.Turn(t.Context())
	if got := r.shop.attempts(); len(got) != 1 || got[0].Data.MemberID != "owner" {
		t.Errorf("told: %v", got)
	}
}

// TestHeldWhateverTheQueueSays: who writes the queue's table gets nobody barred while that is
// held.
func TestHeldWhateverTheQueueSays(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	must(t, r.resets.Hold(t.Context(), "wrong list", holdEntry(r.clock(), true)))
	r.order(t, "1")
	w.Turn(t.Context())
	r.sql(t, `UPDATE webhook_members SET bars = 0`)
	r.work(t, w, time.Minute)
	if got := r.shop.attempts(); len(got) != 0 {
		t.Errorf("told: %v", got)
	}
}
