package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"exposure/internal/breach"
	"exposure/internal/post"
	"exposure/internal/reset"
)

// accepted tells whether the receiver took the event.
func (t told) accepted() bool {
	return t.err == nil && t.trouble == nil && !t.later && !t.nothing
}

// failed tells whether the receiver was asked and did not take it.
func (t told) failed() bool { return t.err != nil }

// barred notes the bar of a member who still stands where the accepted event saw them.
func (w *Worker) barred(events map[string][16]byte, at time.Time) reset.Step {
	return func(r breach.Reset) (breach.Reset, error) {
		e, ok := EventOf(r)
		if !ok || !r.Barred.IsZero() || e.ID(w.c.Incident) != events[r.MemberID] {
			return r, nil
		}
		return r.Bar(at)
	}
}

// settle writes down what became of a turn's members.
func (w *Worker) settle(ctx context.Context, all []told) (stopped bool, err error) {
	// What the receiver took is written down also when this process is ending.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var trouble error
	outcomes := make([]Outcome, len(all))
	for i, t := range all {
		outcomes[i] = w.outcome(t)
		trouble = errors.Join(trouble, t.trouble)
		stopped = stopped || status(t.err) == http.StatusGone
	}
	w.learn(all)
	if stopped {
		w.c.Log.Error("the webhook's receiver says that it is gone for good (410): nothing is delivered to it any more")
	}
	if err = w.bar(ctx, all); err == nil {
		err = w.c.Queue.Settle(ctx, w.holder, outcomes, stopped)
	}
	if w.unwritten++; err == nil {
		w.unwritten = 0
	} else { // it has to be told again, but not at every turn
		w.until = w.c.Now().Add(pauseAfter(w.unwritten))
	}
	return stopped, errors.Join(err, trouble)
}

func (w *Worker) outcome(t told) Outcome {
	now := w.c.Now()
	o := Outcome{MemberID: t.MemberID, Tries: t.Tries, First: t.First, Next: now.Add(FirstPause)}
	switch {
	case t.nothing:
		o.Nothing = true
	case t.accepted():
		id := t.event.ID(w.c.Incident)
		o.Accepted = &id
	case t.failed():
		if o.Tries++; o.First.IsZero() {
			o.First = now
		}
		o.Next = now.Add(max(pauseAfter(o.Tries), retryAfter(t.err)))
		o.Dead = now.Sub(o.First) >= DeadAfter
	}
	return o
}

// learn counts what the receiver did. That one member's event fails says nothing about the
// receiver; that several fail and none is taken does.
func (w *Worker) learn(all []told) {
	var asked time.Duration
	var reason error
	success := false
	for _, t := range all {
		success = success || t.accepted()
		if t.failed() && !ofMember(t.err) {
			reason, asked = t.err, max(asked, retryAfter(t.err))
			if len(w.failed) <= parallel {
				w.failed[t.MemberID] = true
			}
		}
	}
	now := w.c.Now()
	switch {
	case success:
		if w.streak >= suspect {
			w.c.Log.Info("the webhook's receiver takes events again")
		}
		clear(w.failed)
		w.streak, w.backs, w.until = 0, 0, time.Time{}
	case reason != nil:
		if w.streak++; w.streak == suspect {
			w.c.Log.Error("the webhook's receiver takes no events, they are tried again", "error", reason)
		}
		if len(w.failed) > 1 {
			w.backs++
			w.until = now.Add(pauseAfter(w.backs))
		}
	}
	if wait := now.Add(asked); asked > 0 && wait.After(w.until) {
		w.until = wait
	}
}

func status(err error) int {
	var s *post.StatusError
	if errors.As(err, &s) {
		return s.Status
	}
	return 0
}

// ofMember tells whether an answer is about the event and not about the receiver. A wrong
// address or secret is about the receiver.
func ofMember(err error) bool {
	switch status(err) {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// retryAfter is what the receiver asked for, if that is to be reckoned with.
func retryAfter(err error) time.Duration {
	var s *post.StatusError
	if errors.As(err, &s) && (s.Status == http.StatusTooManyRequests || s.Status == http.StatusServiceUnavailable) {
		return min(s.RetryAfter, LongestRetryAfter)
	}
	return 0
}
