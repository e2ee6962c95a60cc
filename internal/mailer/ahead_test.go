package mailer_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"exposure/internal/mailer"
)

// TestNobodySeesWhoGoesAhead: somebody fills the outbox with mails to themselves, asks for some to
// others, and for more to themselves. When their own come, and in which order, tells nothing of
// whether the others went ahead; and these do.
func TestNobodySeesWhoGoesAhead(t *testing.T) {
	steady := func() time.Duration { return 1200*time.Millisecond + rand.N(267*time.Millisecond) }
	for name, f := range map[string]flood{
		"one of a steady server":    {others: 1, takes: steady},
		"twenty of a steady server": {others: 20, takes: steady},
		"five of an uneven server": {others: 5, takes: func() time.Duration {
			return 333*time.Millisecond + time.Duration(rand.ExpFloat64()*1e9)
		}},
		"twenty of a paced provider": {others: 20, takes: steady, every: 20 * time.Second},
		// It brings the pressure down before the turn of the others comes.
		"twenty of a fast server": {others: 20, own: 500, takes: func() time.Duration { return 100*time.Millisecond + rand.N(60*time.Millisecond) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var strangers, listed []seen
			for range 40 {
				strangers, listed = append(strangers, f.ask(t, false)), append(listed, f.ask(t, true))
			}
			for what, of := range map[string]func(seen) time.Duration{
				"the mean of the later ones":       func(s seen) time.Duration { return s.later },
				"the gap between the two parts":    func(s seen) time.Duration { return s.gap },
				"the last of the earlier ones":     func(s seen) time.Duration { return s.last },
				"how soon the first of them comes": func(s seen) time.Duration { return s.first },
			} {
				// By chance a half. Forty of each leave six in a hundred of doubt.
				if p := told(strangers, listed, of); p < 0.25 || p > 0.75 {
					t.Errorf("from %s it is told in %.0f of 100", what, 100*max(p, 1-p))
				}
			}
			others := func(s seen) time.Duration { return s.others }
			if p := told(strangers, listed, others); p > 0 {
				t.Errorf("listed people wait as long as strangers, or longer, in %.0f of 100", 100*p)
			}
		})
	}
}

// flood is so many others asked for behind so many own ones (260), a mail server of four
// connections that takes so long for a mail, and a provider that takes twenty every so often.
type flood struct {
	others, own int
	takes       func() time.Duration
	every       time.Duration
}

// seen is what whoever asked sees, from when they asked for the others: the first mail of their own
// after that, the last and the gap behind it, the mean of those asked for later. And what they
// do not see: when the last of the others came.
type seen struct{ first, last, gap, later, others time.Duration }

func (f flood) ask(t *testing.T, listed bool) (s seen) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		office := &busyOffice{connections: make(chan struct{}, 4), takes: f.takes, came: map[string]time.Time{}}
		c := r.config()
		c.Sender, c.Drain, c.Pace, c.Hesitate = office, time.Second, f.pace(), 0
		people := 0
		if listed {
			people = f.others
		}
		c.Listed = r.listedOnes(people)
		_, stop := r.run(c)
		ask := func(name string, many int) {
			for i := range many {
				r.enqueue(r.request(fmt.Sprintf("%s%d@example.jp", name, i)))
				time.Sleep(time.Millisecond)
			}
		}
		ask("own", cmp.Or(f.own, 260))
		time.Sleep(5*time.Second + rand.N(time.Second))
		asked := time.Now()
		ask("listed", f.others)
		ask("later", 30)
		for r.waiting() > 0 {
			time.Sleep(time.Second)
		}
		stop()
		s = office.seen(asked)
	})
	return s
}

// TestOldStandInsTakeNoTurn: neither does a mail that is dropped because it is as old, and whoever
// asked behind it would see the difference.
func TestOldStandInsTakeNoTurn(t *testing.T) {
	eachOutbox(t, mailer.OutboxConfig{}, func(t *testing.T, r *rig) {
		const many = 8
		for range many {
			m := r.request("listed0@example.jp")
			m.RequestedAt = m.RequestedAt.Add(-mailer.MaxAge - time.Minute)
			r.enqueue(m)
		}
		for _, e := range take(t, r.outbox, many) {
			must(t, r.outbox.Shelve(t.Context(), e.ID, mailer.SurelyMailed))
		}
		c := r.config()
		c.Parallel, c.Listed, c.Scarce = 2, r.listedOnes(1), func() bool { return true }
		c.Pace = func(context.Context, string, bool) time.Duration {
			t.Error("a turn is taken")
			return 0
		}
		r.run(c)
		r.awaitEmpty()
		r.messages(0)
	})
}

// pace lets twenty mails to the provider go every so often in each of the lanes.
func (f flood) pace() func(context.Context, string, bool) time.Duration {
	if f.every == 0 {
		return nil
	}
	var mu sync.Mutex
	ends, left := map[bool]time.Time{}, map[bool]int{}
	return func(_ context.Context, _ string, ahead bool) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		if wait := time.Until(ends[ahead]); wait > 0 && left[ahead] == 0 {
			return wait
		} else if wait <= 0 {
			ends[ahead], left[ahead] = time.Now().Add(f.every), 20
		}
		left[ahead]--
		return 0
	}
}

// busyOffice is a mail server.
type busyOffice struct {
	connections chan struct{}
	takes       func() time.Duration
	mu          sync.Mutex
	came        map[string]time.Time
}

func (o *busyOffice) Send(_ context.Context, m mailer.Message) error {
	o.connections <- struct{}{}
	defer func() { <-o.connections }()
	time.Sleep(o.takes())
	o.mu.Lock()
	defer o.mu.Unlock()
	o.came[m.To.Reveal()] = time.Now()
	return nil
}

func (o *busyOffice) seen(asked time.Time) seen {
	s := seen{first: time.Hour}
	firstLater, later := time.Hour, 0
	for to, at := range o.came {
		after := at.Sub(asked)
		switch {
		case strings.HasPrefix(to, "listed"):
			s.others = max(s.others, after)
		case strings.HasPrefix(to, "later"):
			firstLater = min(firstLater, after)
			s.later += after
			later++
		case after > 0:
			s.first, s.last = min(s.first, after), max(s.last, after)
		}
	}
	s.gap, s.later = firstLater-s.last, s.later/time.Duration(max(1, later))
	return s
}

// told is how often the one of the first kind is the smaller of a pair.
func told(a, b []seen, of func(seen) time.Duration) float64 {
	n := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case of(x) < of(y):
				n++
			case of(x) == of(y):
				n += 0.5
			}
		}
	}
	return n / float64(len(a)*len(b))
}
