package main

import (
	"net/http"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"exposure/internal/live"
)

// TestAMailServerDownForTwoHoursKeepsNobodyOut: somebody asks for all of an address's mails
// of a day while none leaves, more than once. Afterwards its owner is mailed a code that works.
func TestAMailServerDownForTwoHoursKeepsNobodyOut(t *testing.T) {
	s, shop := smallSite(t)
	office, store, by := openMoodyOffice(t, nil), live.NewRedis(t), &clock{}
	r := s.serveBy(t, by.now, store.URL(), office.url, "--limits", ample+"send-address=6/24h")
	address, redis := shop.Examples()[0].Email, redisOf(t, store.URL())
	stranger := from(r.public, source(1))
	office.line.Refuse()
	for outage := range 2 {
		for range 8 { // six, the reserve, and one too many
			stranger.start(t, address)
		}
		if n := redis.XLen(t.Context(), s.outbox(t)).Val(); n != 7 {
			t.Fatalf("%d mails wait, want 7", n)
		}
		by.put(time.Duration(1+outage) * 2 * time.Hour)
		s.dropsMails(t, redis)
	}
	office.mend()
	owner := from(r.public, source(2))
	v := owner.start(t, address)
	if got := owner.confirm(t, v, office.code(t, address, 1)); got.status != http.StatusOK {
		t.Errorf("the owner's code: %d %s", got.status, got.body)
	}
	for range 8 {
		stranger.start(t, address)
	}
	stranger.start(t, "last@example.org") // mailed after everything that was asked for before
	office.box(t, "last@example.org", 1)
	if n := len(office.box(t, address, 7)); n != 7 {
		t.Errorf("%d mails came in all, want the 7 of a day", n)
	}
}

// TestMailsThatMayHaveComeStayCounted: the mail server takes mails and is not heard saying
// so. They have come, so nothing is given back, or a mailbox could be filled.
func TestMailsThatMayHaveComeStayCounted(t *testing.T) {
	s, shop := smallSite(t)
	office, store, by := openMoodyOffice(t, nil), live.NewRedis(t), &clock{}
	r := s.serveBy(t, by.now, store.URL(), office.url, "--limits", ample+"send-address=2/24h")
	address, redis := shop.Examples()[0].Email, redisOf(t, store.URL())
	b := from(r.public, here)
	office.line.CutReply("\r\n.\r\n", 0)
	for range 4 {
		b.start(t, address)
	}
	eventually(t, "three mails came", func() bool { return len(office.codes(t, address)) == 3 })
	office.line.Refuse() // the tries that follow leave nothing
	codes := office.codes(t, address)
	by.put(2 * time.Hour)
	s.dropsMails(t, redis)
	office.mend()
	for range 4 {
		b.start(t, address)
	}
	b.start(t, "last@example.org")
	office.box(t, "last@example.org", 1)
	if again := office.codes(t, address); len(codes) != 3 || !slices.Equal(again, codes) {
		t.Errorf("first %d mails came, then %d", len(codes), len(again))
	}
}

// dropsMails waits until the outbox is empty. A try that was under way as the clock was put on
// takes its mail for two hours old, and the next one comes as late as two minutes after it.
func (s site) dropsMails(t *testing.T, redis goredis.UniversalClient) {
	t.Helper()
	for late := time.Now().Add(3 * time.Minute); redis.XLen(t.Context(), s.outbox(t)).Val() > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("the mails are not dropped")
		}
	}
}

// codes are those that an address was mailed, each once.
func (p *postOffice) codes(t *testing.T, address string) []string {
	t.Helper()
	var all []string
	for n := range p.box(t, address, 0) {
		all = append(all, p.code(t, address, n+1))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
