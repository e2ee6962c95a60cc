package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/live"
)

// TestAPacedProviderGetsNoMoreThanItsShare: mails to one provider beyond send-domain wait, and
// hold up nobody else's: those to others that were asked for later are there before.
func TestAPacedProviderGetsNoMoreThanItsShare(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--limits", ample+"send-domain=2/1h").public, here)
	for i := range 5 {
		b.start(t, fmt.Sprintf("a%d@slow.example", i))
	}
	for i := range 5 { // one after the other: by then all hands of the worker have seen the five
		address := fmt.Sprintf("later@quick%d.example", i)
		b.start(t, address)
		office.box(t, address, 1)
	}
	office.mu.Lock()
	defer office.mu.Unlock()
	slow := 0
	for address, letters := range office.boxes {
		if strings.HasSuffix(address, "@slow.example") {
			slow += len(letters)
		}
	}
	if slow != 2 {
		t.Errorf("%d mails to the provider, want the 2 of its share", slow)
	}
}

// TestListedPeopleGoFirstWhileTheBudgetIsScarce: too few wait for the queue alone to let
// anybody go first; but once most of the mail budget is used, listed people do.
func TestListedPeopleGoFirstWhileTheBudgetIsScarce(t *testing.T) {
	const strangers, people = 120, 10
	for name, c := range map[string]struct {
		budget string
		scarce bool
	}{"scarce": {"140/24h", true}, "ample": {"100000/24h", false}} {
		t.Run(name, func(t *testing.T) {
			s, shop := smallSite(t)
			office := openSlowOffice(t)
			var open sync.Once
			begin := func() { open.Do(func() { close(office.tokens) }) }
			t.Cleanup(begin) // or the server waits for its mails
			r := s.serve(t, live.Redis(t), office.url, "--limits", ample+"send-domain=100000/1h,send-global="+c.budget)
			b := from(r.public, here)
			for i := range strangers {
				b.start(t, fmt.Sprintf("stranger%d@example.jp", i))
			}
			if c.scarce {
				await(t, "the budget to be scarce", func() bool { return r.metric(t, `exposure_alarm_on{alarm="mail-budget-low"}`) == "1" })
			}
			listed := listedPeople(shop, people)
			for address := range listed {
				b.start(t, address)
			}
			office.handOn(t, slices.Collect(maps.Keys(listed)), 200*time.Millisecond)
			begin()
			if last := office.last(listed); (last <= strangers/2) != c.scarce {
				t.Errorf("the last of %d listed people was mailed as number %d of %d", people, last, strangers+people)
			}
		})
	}
}

// listedPeople are the first addresses of so many people on the list.
func listedPeople(shop *demo.Shop, n int) map[string]bool {
	listed := map[string]bool{}
	for _, p := range shop.People() {
		if len(p.Emails) > 0 && len(listed) < n {
			listed[strings.ToLower(p.Emails[0])] = true
		}
	}
	return listed
}

// last is as which mail the last of these addresses was mailed; 0 if none of them was.
func (o *slowOffice) last(addresses map[string]bool) (last int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, to := range o.order {
		if addresses[to] {
			last = i + 1
		}
	}
	return last
}
