package main

import (
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestAShardLostAfterTheLastMail: an owner has been mailed all of a day's codes, and the
// shard of a Cluster that keeps the codes comes back empty. No code of the mailbox is good
// any more; so the limits on mails are gone with them, and the next mail comes.
func TestAShardLostAfterTheLastMail(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	nodes := live.NewRedisNodes(t, 3)
	server := s.serve(t, nodes.URL(), office.url, "--limits", ample+"send-address=6/24h,send-mailbox=18/24h")
	prefix, outbox := s.prefix(t), nodes.Master(s.outbox(t))
	for _, p := range shop.People() {
		if len(p.Emails) == 0 {
			continue
		}
		codes, address := keyOf(t, s, p.Emails[0]), p.Emails[0]
		tag, _, _ := strings.Cut(strings.TrimPrefix(codes, prefix+"otp:{"), "}")
		lost := nodes.Master(codes)
		if lost == outbox || lost == nodes.Master(prefix+"limit:send-address:"+tag) || lost == nodes.Master(prefix+"limit:send-reserve:"+tag) {
			continue // by chance together, or nothing is mailed
		}
		b := from(server.public, here)
		for range 9 {
			b.start(t, address)
		}
		office.box(t, address, 7) // the six of a day and the reserve
		lost.Do("FLUSHALL")
		v := b.start(t, address)
		if r := b.judged(t, v, office.code(t, address, 8)); r.status != 200 {
			t.Errorf("a code mailed after the loss: %d %s", r.status, r.body)
		}
		return
	}
	t.Fatal("nobody's codes are on a node of their own")
}
