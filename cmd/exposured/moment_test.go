package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/breaker"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
)

// TestFailuresOfAnotherNodeCount: what another server, or another program, wrote into the log
// trips the breaker here long before the count of every half minute.
func TestFailuresOfAnotherNodeCount(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
	s.spray(t, 1999, 500)
	near := s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	other := s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	address := shop.Examples()[0].Email
	b := from(near.public, here)
	v := b.start(t, address)
	b.confirm(t, v, wrong(office.code(t, address, 1)))
	if level := near.metric(t, "exposure_breaker_level"); level != "1" {
		t.Fatalf("the node that saw the failure is at level %s", level)
	}
	await(t, "the other node to count it", func() bool { return other.metric(t, "exposure_breaker_level") == "1" })
	if n := other.metric(t, "exposure_breaker_failures"); n != "2000" {
		t.Errorf("the other node counts %s failures, want 2000", n)
	}
}

// TestOthersFailuresCountAtTheNextLook: rows of others are counted at the first look after
// them, without the half minute after which failures of a day ago fall out; and a look is at
// least as often as limits.md says, every second or two.
func TestOthersFailuresCountAtTheNextLook(t *testing.T) {
	s, _ := smallSite(t)
	b := s.assembled(t, io.Discard)
	last := counted{at: time.Now()}
	look := func(after time.Duration) (anew bool) {
		next := b.recountAfter(t.Context(), last, last.at.Add(after))
		anew, last = next != last, next
		return anew
	}
	if look(lookForOthersEvery) || look(recountEvery) {
		t.Error("it is counted although nobody wrote")
	}
	s.spray(t, 2000, 500)
	if level := b.breaker.Level(); level != breaker.Calm {
		t.Fatalf("before a look the level is %d", level)
	}
	if !look(lookForOthersEvery) || b.breaker.Level() != breaker.Longer || lookForOthersEvery > 2*time.Second {
		t.Errorf("after the next look the level is %d", b.breaker.Level())
	}
	if look(2*last.took) || look(recountEvery) || !look(recountEvery+1) {
		t.Error("it is counted too often, or never again")
	}
}

// TestOthersRowsThatCannotBeCounted: what others wrote is looked for again and again until it
// could be counted, and that it could not is said once.
func TestOthersRowsThatCannotBeCounted(t *testing.T) {
	for name, table := range map[string]string{"their number": "audit_tree", "the failures": "audit_entries"} {
		t.Run(name, func(t *testing.T) {
			s, _ := smallSite(t)
			said := &syncBuffer{}
			b := s.assembled(t, said)
			s.spray(t, 2000, 500)
			s.exec(t, `ALTER TABLE `+table+` RENAME TO away`)
			last := counted{at: time.Now()}
			for range 3 {
				last = b.recountAfter(t.Context(), last, last.at.Add(recountEvery+1))
			}
			if n := strings.Count(said.String(), "could not be counted anew"); n != 1 {
				t.Errorf("it was said %d times", n)
			}
			if level := b.breaker.Level(); (level == breaker.Calm) != (table == "audit_entries") {
				t.Errorf("meanwhile the level is %d", level)
			}
			s.exec(t, `ALTER TABLE away RENAME TO `+table)
			b.recountAfter(t.Context(), last, last.at.Add(recountShare*last.took+1))
			if b.breaker.Level() != breaker.Longer {
				t.Errorf("at the next look the level is %d", b.breaker.Level())
			}
		})
	}
}

// overtaken is a number that somebody else sets as soon as it was read.
type overtaken struct {
	atomic.Int64
	by int64
}

func (o *overtaken) Load() int64 {
	defer func() {
		if o.by > 0 {
			o.Store(o.by)
			o.by = 0
		}
	}()
	return o.Int64.Load()
}

// TestDigitsNeverGetFewer: two look at the published version at once, and the one that read the
// earlier one may be the later to say how long codes have to be.
func TestDigitsNeverGetFewer(t *testing.T) {
	for _, c := range []struct {
		is, other, to, before, after int64
		raised                       bool
	}{
		{is: 8, to: 9, before: 8, after: 9, raised: true}, {is: 9, to: 8, before: 9, after: 9}, {is: 9, to: 9, before: 9, after: 9},
		{is: 8, other: 10, to: 9, before: 10, after: 10}, {is: 8, other: 9, to: 10, before: 9, after: 10, raised: true},
	} {
		n := &overtaken{by: c.other}
		n.Store(c.is)
		if before, raised := raise(n, c.to); before != c.before || raised != c.raised || n.Load() != c.after {
			t.Errorf("%+v: it was %d, raised %t, and is %d", c, before, raised, n.Load())
		}
	}
}

// TestMorePeopleNeedLongerCodes: a version of more than 2,500 people needs nine digits, from a
// server that started with it and from one that was answering already.
func TestMorePeopleNeedLongerCodes(t *testing.T) {
	s := newSite(t)
	src, err := incident.Example("harbour-2024")
	must(t, err)
	must(t, os.WriteFile(s.incident, src, 0o600))
	s.publishPeople(t, 3)
	office := openPostOffice(t)
	digits := func(server *running, address string) (promised, mailed int) {
		v := from(server.public, here).start(t, address)
		return v.CodeDigits, digitsOf(office.code(t, address, 1))
	}
	redis := live.Redis(t)
	early := s.serve(t, redis, office.url)
	if promised, mailed := digits(early, personOfList(0)); promised != 8 || mailed != 8 {
		t.Errorf("of three people a code of %d digits was mailed, %d promised", mailed, promised)
	}
	s.publishPeople(t, 2501)
	await(t, "the running server to see the new version", func() bool {
		return strings.Contains(early.log.String(), "short codes are longer from now on")
	})
	for i, server := range []*running{early, s.serve(t, redis, office.url)} {
		if promised, mailed := digits(server, personOfList(i+1)); promised != 9 || mailed != 9 {
			t.Errorf("server %d: of 2,501 people a code of %d digits was mailed, %d promised", i, mailed, promised)
		}
	}
}

// publishPeople publishes an approved list of that many people.
func (s site) publishPeople(t *testing.T, people int) {
	t.Helper()
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	var list strings.Builder
	list.WriteString("person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n")
	for i := range people {
		a := personOfList(i)
		fmt.Fprintf(&list, "S:%d,member,%s,%s,%d,subscriber,?,,0,,,,\n", i, a, a, i+1)
	}
	path := filepath.Join(t.TempDir(), "approved.csv")
	must(t, os.WriteFile(path, []byte(list.String()), 0o600))
	result, err := roster.ImportList(t.Context(), path, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
}
