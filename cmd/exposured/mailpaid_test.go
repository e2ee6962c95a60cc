package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/vault"
)

// TestHangingUpUsesNoMailUp: requests in others' names are broken off in every moment. What
// was counted was mailed: nobody's mails are used up by one that never came.
func TestHangingUpUsesNoMailUp(t *testing.T) {
	g, store := unserved(t), live.NewRedis(t)
	proxy, url := through(t, store)
	g.redis, g.redisURL = redisOf(t, store.URL()), store.URL()
	g.running = g.serve(t, url, g.office.url, "--limits", ample+"send-global=1000/24h")
	from(g.public, here).start(t, "first@example.org") // the scripts are known
	proxy.Slow(10*time.Millisecond, 0)                 // each step takes that long, so that each is met
	const moments = 60
	for i := range moments {
		c := g.dial(t, here)
		_, err := c.Write(wireRequest(http.MethodPost, "/v1/verifications", map[string]string{"email": fmt.Sprintf("gone%d@example.org", i)}))
		must(t, err)
		time.Sleep(time.Duration(i) * 2 * time.Millisecond)
		hangUp(t, c)
	}
	proxy.Restore()
	g.again(t, "--limits", ample+"send-global=1000/24h") // drained: nothing is worked on any more
	eventually(t, "the outbox is empty", func() bool { return g.redis.XLen(t.Context(), g.outbox(t)).Val() == 0 })
	counted := len(g.keysLike(t, g.prefix(t)+"limit:send-address*"))
	if came := g.office.count(); came != counted || counted < 2 || counted > moments {
		t.Errorf("%d mails are counted and %d came", counted, came)
	}
	t.Logf("%d of %d were counted and mailed", counted, moments+1)
}

// TestAFullOutboxIsEverybodys: while no mail can be queued, whoever asks hears the same,
// whatever their address is owed, and nobody's mails are used up.
func TestAFullOutboxIsEverybodys(t *testing.T) {
	s, shop := smallSite(t)
	office, redis := openMoodyOffice(t, nil), live.NewRedis(t)
	server := s.serve(t, redis.URL(), office.url, "--limits", ample+"send-address=1/24h")
	b := from(server.public, here)
	exhausted, fresh := shop.Examples()[0].Email, shop.Examples()[1].Email
	b.start(t, exhausted)
	b.start(t, exhausted) // the reserve
	office.box(t, exhausted, 2)
	office.line.Refuse()
	s.fillOutbox(t, redis.URL())
	b.promisedNone(t, exhausted, fresh, "unknown@example.jp", fresh, fresh)
	redis.Do("DEL " + s.outbox(t))
	office.mend()
	b.start(t, fresh)
	if n := digitsOf(office.code(t, fresh, 1)); n == 20 {
		t.Error("the mail after the outbox was full is the reserve")
	}
}

// promisedNone asks for a mail to each address, and wants all to be told the same, to the byte:
// that none is promised, and to come back in an hour.
func (b *browser) promisedNone(t *testing.T, addresses ...string) {
	t.Helper()
	said := map[string]bool{}
	for _, address := range addresses {
		r := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
		if r.status != http.StatusServiceUnavailable || r.problem(t) != "temporarily-unavailable" || r.header.Get("Retry-After") != "3600" {
			t.Errorf("while no mail is promised: %d %v %s", r.status, r.header, r.body)
		}
		r.header.Del("RateLimit") // counts every request
		said[head(r)+mask(r.body)] = true
	}
	if len(said) != 1 {
		t.Errorf("they were told %d different things: %v", len(said), said)
	}
}

// fillOutbox queues what the outbox holds of other people's mails.
func (s site) fillOutbox(t *testing.T, redisURL string) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	box, err := mailer.NewRedisOutbox(redisOf(t, redisURL), mailer.OutboxConfig{Prefix: s.prefix(t), Sealer: keys})
	must(t, err)
	for i := 0; box.Room(t.Context()) == nil; i++ {
		a, err := email.Parse(fmt.Sprintf("crowd%d@example.net", i))
		must(t, err)
		must(t, box.Enqueue(t.Context(), otp.MailRequest{Address: a, Nonce: [16]byte{1}, Purpose: otp.Web, RequestedAt: time.Now()}))
	}
}
