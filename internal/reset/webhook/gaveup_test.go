package webhook_test

import (
	"net/http"
	"testing"
	"time"
)

// TestDeadLetters: after a day of failures an event is given up, seen, and tried again when
// an operator says so.
func TestDeadLetters(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	r.shop.answers(always(http.StatusUnprocessableEntity))
	r.order(t, "1")
	for range 23 {
		r.work(t, w, time.Minute)
		r.pass(59 * time.Minute)
	}
	if s := r.stats(t); s.Dead != 0 || s.Waiting != 1 {
		t.Errorf("given up before its time: %+v", s)
	}
	r.pass(2 * time.Hour)
	r.work(t, w, time.Minute)
	before := len(r.shop.attempts())
	r.pass(24 * time.Hour)
	r.work(t, w, time.Minute)
	if s := r.stats(t); s.Dead != 1 || s.Waiting != 0 || len(r.shop.attempts()) != before {
		t.Errorf("after a day: %+v, and %d more attempts", s, len(r.shop.attempts())-before)
	}
	r.shop.answers(always(http.StatusOK))
	if n, err := r.queue.Retry(t.Context(), r.clock()); n != 1 || err != nil {
		t.Errorf("queued anew: %d, %v", n, err)
	}
	r.work(t, w, time.Second)
	if s := r.stats(t); s.Dead != 0 || s.Waiting != 0 || len(r.shop.taken()) != 1 {
		t.Errorf("after an operator's retry: %+v", s)
	}
}

// TestGone: 410 stops everything, also after a restart, until an operator goes on or names
// another address.
func TestGone(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	r.shop.answers(always(http.StatusGone))
	r.order(t, "1")
	r.work(t, w, time.Second)
	r.shop.answers(always(http.StatusOK))
	r.order(t, "2")
	r.pass(time.Hour)
	r.work(t, r.worker(t), time.Hour)
	if !r.health.Stopped || !r.stats(t).Stopped || len(r.shop.attempts()) != 1 {
		t.Fatalf("%+v, %+v, %d attempts", r.health, r.stats(t), len(r.shop.attempts()))
	}
	if _, err := r.queue.Retry(t.Context(), r.clock()); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Minute)
	r.work(t, r.worker(t), time.Second)
	if len(r.shop.taken()) != 2 {
		t.Errorf("%d taken after an operator went on", len(r.shop.taken()))
	}
	r.shop.answers(always(http.StatusGone))
	r.order(t, "3")
	r.pass(time.Minute)
	r.work(t, r.worker(t), time.Second)
	r.shop.answers(always(http.StatusOK))
	r.queue = r.db.Webhook(r.keys, r.shop.url+"/new")
	r.pass(time.Minute)
	r.work(t, r.worker(t), 10*time.Second)
	if len(r.shop.taken()) != 3 {
		t.Errorf("%d taken at another address", len(r.shop.taken()))
	}
}
