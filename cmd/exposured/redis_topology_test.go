package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestEveryTopologyServes goes the whole way through "exposured serve" on one server, on a
// master that a Sentinel names, and on a Cluster of three; /readyz looks at every master.
func TestEveryTopologyServes(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	for i, kind := range []string{"single", "sentinel", "cluster"} {
		t.Run(kind, func(t *testing.T) {
			url, last := topology(t, kind)
			server := s.serve(t, url, office.url)
			defer server.stop()
			b := from(server.public, here)
			address := shop.Examples()[i].Email
			v := b.start(t, address)
			code := office.code(t, address, 1)
			if r := b.confirm(t, v, wrong(code)); r.status != 422 {
				t.Errorf("a wrong code: %d %s", r.status, r.body)
			}
			r := b.confirm(t, v, code)
			var c wire.Confirmation
			if r.decode(t, &c); r.status != 200 {
				t.Fatalf("the right code: %d %s", r.status, r.body)
			}
			if r := b.confirm(t, v, code); r.status != 422 {
				t.Errorf("the same code again: %d %s", r.status, r.body)
			}
			report(t, b, c.Token)
			if r := b.do(t, http.MethodDelete, "/v1/session", c.Token, nil); r.status != 204 {
				t.Errorf("ending the session: %d %s", r.status, r.body)
			}
			ready := func() int { return from(server.private, here).do(t, http.MethodGet, "/readyz", "", nil).status }
			if got := ready(); got != 200 {
				t.Errorf("readyz: %d; %s", got, server.tail(3))
			}
			last.Do("CONFIG SET maxmemory 100mb")
			last.Do("CONFIG SET maxmemory-policy allkeys-lru")
			if got := ready(); got != 503 {
				t.Errorf("readyz with a master that evicts: %d", got)
			}
		})
	}
}

// topology returns the URL of a Redis of that kind, and the last of its masters.
func topology(t *testing.T, kind string) (url string, last *live.RedisServer) {
	switch kind {
	case "sentinel":
		master := live.NewRedis(t)
		return live.NewSentinel(t, master).URL(), master
	case "cluster":
		nodes := live.NewRedisNodes(t, 3)
		return nodes.URL(), nodes.Nodes[2]
	default:
		r := live.NewRedis(t)
		return r.URL(), r
	}
}

// TestOneShardLost: of a Cluster that may serve without all of its slots, one shard dies and
// comes back empty. Meanwhile customers are answered rightly or with 503, and never
// anything else; those who are kept on it with 503 only; the probe says no. Afterwards
// everybody gets in, nobody with a code that is gone.
func TestOneShardLost(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	nodes := live.NewRedisNodes(t, 3)
	nodes.Set("cluster-require-full-coverage", "no")
	server := s.serve(t, nodes.URL(), office.url, "--insecure-no-limits")
	b := from(server.public, here)
	lost := nodes.Nodes[0]
	if lost == nodes.Master(s.outbox(t)) {
		lost = nodes.Nodes[1] // mails keep coming
	}
	type visit struct {
		wire.Verification
		address, code string
		gone          bool
	}
	var visits []visit
	there, gone := 0, 0
	for _, p := range shop.People() {
		if len(p.Emails) == 0 || there >= 12 && gone >= 4 {
			continue
		}
		address := p.Emails[0]
		home := nodes.Master(keyOf(t, s, address)) == lost
		if home && gone >= 4 || !home && there >= 12 {
			continue
		}
		if home {
			gone++
		} else {
			there++
		}
		v := b.start(t, address)
		visits = append(visits, visit{v, address, office.code(t, address, 1), home})
	}
	lost.Stop()
	answered := 0
	for _, v := range visits {
		r := b.confirm(t, v.Verification, v.code)
		switch {
		case r.status == 503:
		case r.status == 200 && !v.gone:
			answered++
		default:
			t.Errorf("with its shard lost (%t) a right code was answered %d %s", v.gone, r.status, r.body)
		}
	}
	if answered == 0 { // the session is on any shard: 1 in 3 to the 12th power
		t.Error("nobody was answered although two shards of three are there")
	}
	private := from(server.private, here)
	if r := private.do(t, http.MethodGet, "/readyz", "", nil); r.status != 503 {
		t.Errorf("readyz with a shard lost: %d", r.status)
	}
	lost.Restart()
	await(t, "the server to be ready", func() bool { return private.do(t, http.MethodGet, "/readyz", "", nil).status == 200 })
	for _, v := range visits {
		if !v.gone {
			continue
		}
		if r := b.judged(t, v.Verification, v.code); r.status != 422 {
			t.Errorf("a code that is gone: %d %s", r.status, r.body)
		}
		again := b.start(t, v.address)
		if r := b.judged(t, again, office.code(t, v.address, 2)); r.status != 200 {
			t.Errorf("a code mailed afterwards: %d %s", r.status, r.body)
		}
	}
}

// await waits for what other programs have to find out first.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for !is() {
		if ctx.Err() != nil {
			t.Fatalf("it took too long for %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
