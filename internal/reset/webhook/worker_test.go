package webhook_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset/webhook"
)

// TestWhatAShopIsTold, from the order to the end, in the form that is promised.
func TestWhatAShopIsTold(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	r.order(t, "1024")
	r.work(t, w, time.Second)
	r.ticket(t, "1024") // no event: until the password is changed nothing has
	r.work(t, w, time.Second)
	if x := r.get(t, "1024"); x.Barred.IsZero() {
		t.Error("the shop took the event, but the member does not count as barred")
	}
	r.pass(48 * time.Hour)
	r.unverified(t, "1024", "robber's")
	r.work(t, w, time.Second)
	r.pass(time.Hour)
	r.complete(t, "1024")
	r.work(t, w, 10*time.Second)
	got := r.shop.attempts()
	want := []string{
		`{"type":"password_reset.required","timestamp":"2023-12-01T00:00:00.123Z","data":{"member_id":"1024","state":"required","since":"2023-12-01T00:00:00.123Z"}}`,
		`{"type":"password_reset.unverified","timestamp":"2023-12-03T00:00:02.123Z","data":{"member_id":"1024","state":"changed_unverified","since":"2023-12-03T00:00:02.123Z"}}`,
		`{"type":"password_reset.completed","timestamp":"2023-12-03T01:00:03.123Z","data":{"member_id":"1024","state":"completed","since":"2023-12-03T01:00:03.123Z"}}`,
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages: %v", len(got), got)
	}
	ids := map[string]bool{}
	for i, e := range got {
		if e.body != want[i] {
			t.Errorf("message %d:\n%s, want\n%s", i, e.body, want[i])
		}
		if ids[e.id] || !strings.HasPrefix(e.id, "msg_") || strings.Contains(e.id, ".") {
			t.Errorf("message %d has the id %q", i, e.id)
		}
		ids[e.id] = true
	}
	if s := r.stats(t); s.Waiting != 0 || s.Dead != 0 {
		t.Errorf("%+v", s)
	}
}

// TestAnHourOfFailures: everybody is told afterwards, the receiver was asked a bounded
// number of times, and each message kept its id and its bytes.
func TestAnHourOfFailures(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	var ids []string
	for i := range 40 {
		ids = append(ids, strconv.Itoa(i))
	}
	r.shop.answers(always(http.StatusInternalServerError))
	r.order(t, ids...)
	r.work(t, w, time.Hour)
	if n := len(r.shop.attempts()); n < 20 || n > 60 || len(r.shop.taken()) != 0 {
		t.Errorf("%d attempts in an hour, %d taken", n, len(r.shop.taken()))
	}
	if s := r.stats(t); s.Waiting != 40 || s.Oldest < 59*time.Minute || !r.health.Down {
		t.Errorf("%+v, %+v", s, r.health)
	}
	if x := r.get(t, "7"); !x.Barred.IsZero() {
		t.Error("a member whom the shop was not told of counts as barred")
	}
	r.shop.answers(always(http.StatusOK))
	r.work(t, w, webhook.LongestPause+time.Minute)
	told := map[string]bool{}
	for _, e := range r.shop.taken() {
		told[e.Data.MemberID] = true
	}
	if len(told) != 40 || len(r.shop.taken()) != 40 || r.health.Down {
		t.Errorf("%d members told in %d messages, %+v", len(told), len(r.shop.taken()), r.health)
	}
	messages := map[string]string{}
	for _, e := range r.shop.attempts() {
		if was, known := messages[e.Data.MemberID]; known && was != e.id+e.body {
			t.Errorf("a message changed: %s, %s", was, e.id+e.body)
		}
		messages[e.Data.MemberID] = e.id + e.body
	}
}

// TestOrderOfAMember: whatever fails, nobody is told an earlier state after a later one,
// and everybody's last state is told.
func TestOrderOfAMember(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(1, 2))
	r.shop.answers(func(event) int {
		mu.Lock()
		defer mu.Unlock()
		return []int{200, 500, 422, 204}[dice.IntN(4)]
	})
	last := map[string]string{}
	for i := range 24 {
		id := strconv.Itoa(i)
		r.order(t, id)
		last[id] = webhook.Required
		r.work(t, w, time.Duration(i%5)*time.Second)
		if i%2 == 0 {
			r.unverified(t, id, "other")
			last[id] = webhook.Unverified
			r.work(t, w, time.Duration(i%3)*time.Second)
		}
		if i%3 == 0 {
			r.complete(t, id)
			last[id] = webhook.Completed
		}
	}
	r.work(t, w, 3*time.Hour)
	rank := map[string]int{webhook.Required: 1, webhook.Unverified: 2, webhook.Completed: 3}
	at := map[string]string{}
	for _, e := range r.shop.attempts() {
		if was := at[e.Data.MemberID]; rank[e.Type] < rank[was] {
			t.Errorf("member %s was told %s after %s", e.Data.MemberID, e.Type, was)
		}
		at[e.Data.MemberID] = e.Type
	}
	took := map[string]string{}
	for _, e := range r.shop.taken() {
		took[e.Data.MemberID] = e.Type
	}
	for id, want := range last {
		if took[id] != want {
			t.Errorf("the last that the shop knows of member %s is %q, want %s", id, took[id], want)
		}
	}
}

// TestWhatWasOvertakenIsNotTold: a "required" that comes after the new password would take
// that one away.
func TestWhatWasOvertakenIsNotTold(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	r.shop.answers(always(http.StatusBadGateway))
	r.order(t, "1")
	r.work(t, w, time.Second)
	r.complete(t, "1")
	r.shop.answers(always(http.StatusOK))
	r.work(t, w, time.Minute)
	if got := r.shop.taken(); len(got) != 1 || got[0].Type != webhook.Completed {
		t.Errorf("%v", got)
	}
}

// TestOneRefusedMember keeps no other from being told, and does not stop what comes later.
func TestOneRefusedMember(t *testing.T) {
	for _, status := range []int{422, 500} {
		r := newRig(t)
		w := r.worker(t)
		r.shop.answers(func(e event) int {
			if e.Data.MemberID == "bad" {
				return status
			}
			return 200
		})
		r.order(t, "bad")
		r.work(t, w, 2*time.Hour)
		r.order(t, "1", "2", "3")
		r.work(t, w, 2*time.Second)
		if n := len(r.shop.taken()); n != 3 {
			t.Errorf("%d: %d of 3 others were told", status, n)
		}
	}
}

// TestRetryAfter is kept, and no longer than an hour.
func TestRetryAfter(t *testing.T) {
	for asked, want := range map[string]time.Duration{"120": 2 * time.Minute, "999999": time.Hour} {
		r := newRig(t)
		w := r.worker(t)
		r.shop.asked.Set("Retry-After", asked)
		r.shop.answers(always(http.StatusTooManyRequests))
		r.order(t, "1")
		r.work(t, w, time.Second)
		r.order(t, "2")
		r.work(t, w, want-30*time.Second)
		if n := len(r.shop.attempts()); n != 1 {
			t.Errorf("%s: %d attempts within the time", asked, n)
		}
		r.shop.answers(always(http.StatusOK))
		r.work(t, w, time.Minute)
		if n := len(r.shop.taken()); n != 2 {
			t.Errorf("%s: %d of 2 were told after it", asked, n)
		}
	}
}

// TestTwoWorkers at once tell everything once, and when one dies the other goes on.
func TestTwoWorkers(t *testing.T) {
	r := newRig(t)
	var ids []string
	for i := range 60 {
		ids = append(ids, strconv.Itoa(i))
	}
	r.order(t, ids...)
	var wg sync.WaitGroup
	for range 3 {
		w := r.worker(t)
		wg.Go(func() {
			for range 10 {
				w.Turn(t.Context())
			}
		})
	}
	wg.Wait()
	if n := len(r.shop.attempts()); n != 60 {
		t.Errorf("%d messages about 60 members", n)
	}
	r.order(t, "next")
	w := r.worker(t)
	w.Turn(t.Context()) // the lease is another's, who says nothing any more
	if n := len(r.shop.attempts()); n != 60 {
		t.Errorf("%d messages while another holds the lease", n)
	}
	r.pass(31 * time.Second)
	w.Turn(t.Context())
	if n := len(r.shop.attempts()); n != 61 {
		t.Errorf("%d messages after the lease ran out", n)
	}
}

// TestEventOf: what is told of every state.
func TestEventOf(t *testing.T) {
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	for _, c := range []struct {
		r    breach.Reset
		want string
	}{
		{breach.Reset{State: breach.ResetPlanned, Since: at(1)}, ""},
		{breach.Reset{State: breach.ResetExempt, Since: at(1)}, ""},
		{breach.Reset{State: breach.ResetRequired, Since: at(1), Ordered: at(1)}, webhook.Required},
		{breach.Reset{State: breach.ResetTicketIssued, Since: at(2), Ordered: at(1)}, webhook.Required},
		{breach.Reset{State: breach.ResetChangedUnverified, Since: at(3), Ordered: at(1), Unverified: at(3)}, webhook.Unverified},
		{breach.Reset{State: breach.ResetTicketIssued, Since: at(4), Ordered: at(1), Unverified: at(3)}, webhook.Unverified},
		{breach.Reset{State: breach.ResetCompleted, Since: at(5), Ordered: at(1), Unverified: at(3)}, webhook.Completed},
	} {
		e, ok := webhook.EventOf(c.r)
		if ok != (c.want != "") || e.Type != c.want || e.Bars() == (e.Type == webhook.Completed) {
			t.Errorf("%s: %+v", c.r.State, e)
		}
	}
}
