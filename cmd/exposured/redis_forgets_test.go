package main

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// forgetful is a Redis that can be made to forget what happened after hold.
type forgetful struct {
	url          string
	hold, forget func()
}

// forgetfuls are the ways in which a Redis loses the newest of what it had confirmed. home
// is the key of the person whose data it loses.
func forgetfuls(t *testing.T) map[string]func(t *testing.T, home string) forgetful {
	return map[string]func(t *testing.T, home string) forgetful{
		"a disk that is put back": func(t *testing.T, _ string) forgetful {
			r := live.NewRedis(t)
			var dump []byte
			return forgetful{r.URL(), func() { dump = r.Snapshot() }, func() { r.Restore(dump) }}
		},
		"a replica promoted by Sentinel that lags behind": func(t *testing.T, _ string) forgetful {
			master := live.NewRedis(t)
			replica, sentinel := live.NewReplica(t, master), live.NewSentinel(t, master)
			sentinel.AwaitReplica()
			return forgetful{sentinel.URL(), master.CutReplication, func() { sentinel.Failover(replica); master.Stop() }}
		},
		"a replica of a Cluster that lags behind": func(t *testing.T, home string) forgetful {
			nodes := live.NewRedisNodes(t, 3)
			master := nodes.Master(home)
			replica := nodes.AddReplica(master)
			return forgetful{nodes.URL(), master.CutReplication, func() {
				master.Stop()
				replica.Do("CLUSTER FAILOVER TAKEOVER")
				replica.AwaitFact("INFO replication", "role", "master")
			}}
		},
	}
}

// keyOf is where the codes of an address are kept.
func keyOf(t testing.TB, s site, address string) string {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	tag := keys.Tag(a)
	return s.prefix(t) + "otp:{" + hex.EncodeToString(tag[:]) + "}:web"
}

// judged repeats a guess until it is judged: while a fail-over is found out nobody is.
func (b *browser) judged(t testing.TB, v wire.Verification, code string) reply {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if r := b.confirm(t, v, code); r.status != 503 || time.Now().After(deadline) {
			return r
		}
	}
}

// TestARedisThatForgets: whatever the newest of its data it loses, no code is accepted
// twice, no budget falls, and the owner gets in.
func TestARedisThatForgets(t *testing.T) {
	for name, make := range forgetfuls(t) {
		t.Run(name, func(t *testing.T) {
			s, shop := smallSite(t)
			office := openPostOffice(t)
			address := shop.Examples()[0].Email
			lossy := make(t, keyOf(t, s, address))
			b := from(s.serve(t, lossy.url, office.url, "--insecure-no-limits").public, here)
			var visits []wire.Verification
			var codes []string
			for n := range 3 {
				visits = append(visits, b.start(t, address))
				codes = append(codes, office.code(t, address, n+1))
			}
			if len(strings.ReplaceAll(codes[2], "-", "")) != 20 {
				t.Fatalf("the third mail carries %d characters, want a long code", len(codes[2]))
			}
			lossy.hold()
			for range 5 {
				b.confirm(t, visits[1], wrong(codes[1]))
			}
			for _, n := range []int{0, 2} {
				if r := b.confirm(t, visits[n], codes[n]); r.status != 200 {
					t.Fatalf("a right code: %d %s", r.status, r.body)
				}
			}
			lossy.forget()
			for _, n := range []int{0, 2} {
				if r := b.judged(t, visits[n], codes[n]); r.status != 422 {
					t.Errorf("code %d was accepted before and is answered %d", n, r.status)
				}
			}
			for _, v := range visits[:2] {
				for range 5 {
					if r := b.judged(t, v, wrong(codes[1])); r.status != 422 {
						t.Errorf("a wrong code: %d %s", r.status, r.body)
					}
				}
			}
			if n := evaluated(t, s, address, "accepted"); n != 2 {
				t.Errorf("%d guesses were accepted, want 2", n)
			}
			// Ten short codes, and the long one that was used before.
			if n := evaluated(t, s, address, "refused"); n != 11 {
				t.Errorf("%d guesses were compared and refused, want 11", n)
			}
			b.start(t, address)
			v := b.start(t, address)
			if r := b.judged(t, v, office.code(t, address, 5)); r.status != 200 {
				t.Errorf("the owner's new code: %d %s", r.status, r.body)
			}
		})
	}
}
