package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// target is a running server with everything an attack is judged by.
type target struct {
	site
	*running
	office   *postOffice
	redisURL string                // empty: the server keeps everything in memory
	redis    redis.UniversalClient // nil, then
	store    *live.RedisServer     // the one server, if it is one
	nodes    []*live.RedisServer   // it, or the masters of a Cluster
	fresh    []string              // addresses on the list that nobody has asked about
}

// onBothStores carries an attack out against a server on a real Redis, and against one
// that keeps everything in memory.
func onBothStores(t *testing.T, attack func(t *testing.T, g *target), flags ...string) {
	t.Helper()
	t.Run("redis", func(t *testing.T) { attack(t, aim(t, live.NewRedis(t), flags...)) })
	t.Run("memory", func(t *testing.T) { attack(t, aim(t, nil, flags...)) })
}

// onEveryStore is onBothStores for what rests on how Redis keeps and counts: on a Cluster of
// three as well, where no two keys are on one node for certain.
func onEveryStore(t *testing.T, attack func(t *testing.T, g *target), flags ...string) {
	t.Helper()
	onBothStores(t, attack, flags...)
	t.Run("cluster", func(t *testing.T) { attack(t, aimAtCluster(t, flags...)) })
}

// onEveryRedis is for what is done to Redis itself: to one server, and to a Cluster of three.
func onEveryRedis(t *testing.T, attack func(t *testing.T, g *target), flags ...string) {
	t.Helper()
	t.Run("redis", func(t *testing.T) { attack(t, aim(t, live.NewRedis(t), flags...)) })
	t.Run("cluster", func(t *testing.T) { attack(t, aimAtCluster(t, flags...)) })
}

// unserved is a target before its server runs.
func unserved(t *testing.T) *target {
	t.Helper()
	s, shop := smallSite(t)
	g := &target{site: s, office: openPostOffice(t)}
	for _, p := range shop.People() {
		g.fresh = append(g.fresh, p.Emails...)
	}
	return g
}

func aimAtCluster(t *testing.T, flags ...string) *target {
	t.Helper()
	g := unserved(t)
	g.nodes = lasting.emptyCluster(t).Nodes
	var addrs []string
	for _, n := range g.nodes {
		addrs = append(addrs, n.Addr())
	}
	g.redis = redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs})
	t.Cleanup(func() { g.redis.Close() })
	g.redisURL = lasting.cluster.URL()
	g.running = g.serve(t, g.redisURL, g.office.url, flags...)
	return g
}

func aim(t *testing.T, store *live.RedisServer, flags ...string) *target {
	t.Helper()
	g := unserved(t)
	if store != nil {
		g.store, g.nodes, g.redisURL = store, []*live.RedisServer{store}, store.URL()
		g.redis = redis.NewClient(&redis.Options{Addr: store.Addr()})
		t.Cleanup(func() { g.redis.Close() })
	}
	g.running = g.serve(t, g.redisURL, g.office.url, flags...)
	return g
}

// everyNode does something to all nodes of Redis.
func (g *target) everyNode(ctx context.Context, do func(ctx context.Context, c *redis.Client) error) error {
	if c, ok := g.redis.(*redis.ClusterClient); ok {
		return c.ForEachMaster(ctx, do)
	}
	return do(ctx, g.redis.(*redis.Client))
}

// flush empties Redis.
func (g *target) flush() {
	for _, n := range g.nodes {
		n.Flush()
	}
}

// keysLike are the keys of that pattern, on all nodes.
func (g *target) keysLike(t *testing.T, pattern string) (all []string) {
	t.Helper()
	var mu sync.Mutex // nodes answer at the same time
	must(t, g.everyNode(t.Context(), func(ctx context.Context, c *redis.Client) error {
		keys, err := c.Keys(ctx, pattern).Result()
		mu.Lock()
		defer mu.Unlock()
		all = append(all, keys...)
		return err
	}))
	return all
}

// prepared is a published shop, and the files it consists of by their names.
type prepared struct {
	site
	shop  *demo.Shop
	files map[string][]byte
}

// prepareOnce imports and publishes the shop that all tests have in common: this takes longer
// than most of them.
var prepareOnce = sync.OnceValues(func() (p prepared, err error) {
	dir, err := os.MkdirTemp("", "attacked")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(dir)
	made, err := demo.Prepare(context.Background(), dir, 7, time.Now())
	if err != nil {
		return p, err
	}
	p = prepared{site{dir, made.Incident, made.KeyFile, made.Database}, made.Shop, map[string][]byte{}}
	for _, file := range []string{p.incident, p.keys, p.keys + ".operator", strings.TrimPrefix(p.database, "sqlite:")} {
		if p.files[file], err = os.ReadFile(file); err != nil {
			return p, err
		}
	}
	return p, nil
})

// somebody is on the list, and nobody has asked about them.
func (g *target) somebody() (address string) {
	address, g.fresh = g.fresh[0], g.fresh[1:]
	return address
}

func (g *target) tag(t *testing.T, address string) breach.Tag {
	t.Helper()
	keys, err := vault.LoadServer(g.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	return keys.Tag(a)
}

// rows counts the audit rows about an address.
func (g *target) rows(t *testing.T, address, action, outcome string) (n int) {
	t.Helper()
	tag := g.tag(t, address)
	db := g.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = ? AND tag = ? AND outcome = ?`, action, tag[:], outcome).Scan(&n))
	return n
}

// kept is what Redis keeps of an address, as far as the tests ask.
type kept struct {
	Failures []struct {
		At int64 `json:"t"`
	} `json:"f"`
	Row           int `json:"c"` // failures in a row
	Verifications []struct {
		Tries    int  `json:"t"`
		Consumed bool `json:"u"`
	} `json:"v"`
	Short []json.RawMessage `json:"s"`
	Long  []json.RawMessage `json:"l"`
}

func (k kept) tries() (n int) {
	for _, v := range k.Verifications {
		n += v.Tries
	}
	return n
}

func (g *target) key(t *testing.T, address string) string {
	tag := g.tag(t, address)
	return g.prefix(t) + "otp:{" + hex.EncodeToString(tag[:]) + "}:web"
}

// kept reads what Redis keeps of an address; of a server in memory it knows nothing.
func (g *target) kept(t *testing.T, address string) (k kept, known bool) {
	t.Helper()
	if g.redis == nil {
		return k, false
	}
	text, err := g.redis.Get(t.Context(), g.key(t, address)).Bytes()
	if errors.Is(err, redis.Nil) {
		return k, true
	}
	must(t, err)
	must(t, json.Unmarshal(text, &k))
	return k, true
}

// alone are the keys of the verifications of an address that no short code was mailed for.
func (g *target) alone(t *testing.T, address string) []string {
	t.Helper()
	return g.keysLike(t, g.key(t, address)+":*")
}

// sessions counts the sessions in Redis, -1 where there is none.
func (g *target) sessions(t *testing.T) int {
	t.Helper()
	if g.redis == nil {
		return -1
	}
	return len(g.keysLike(t, g.prefix(t)+"session:*"))
}

// pass lets time pass for what Redis keeps of an address: every time in it is moved back.
func (g *target) pass(t *testing.T, address string, d time.Duration) {
	t.Helper()
	text, err := g.redis.Get(t.Context(), g.key(t, address)).Bytes()
	must(t, err)
	var state map[string]any
	must(t, json.Unmarshal(text, &state))
	ms := float64(d.Milliseconds())
	for _, list := range []string{"f", "v", "s", "l", "r"} {
		entries, _ := state[list].([]any)
		for _, e := range entries {
			entry := e.(map[string]any)
			if list == "f" {
				entry["t"] = entry["t"].(float64) - ms
			} else {
				entry["e"] = entry["e"].(float64) - ms
			}
		}
	}
	mails, _ := state["m"].([]any)
	for i := range mails {
		mails[i] = mails[i].(float64) - ms
	}
	text, err = json.Marshal(state)
	must(t, err)
	must(t, g.redis.Set(t.Context(), g.key(t, address), text, time.Hour).Err())
}

// ask begins a verification and waits for its mail, the n-th of the address.
func (g *target) ask(t *testing.T, b *browser, address string, n int) (wire.Verification, string) {
	t.Helper()
	v := b.start(t, address)
	return v, strings.ReplaceAll(g.office.code(t, address, n), "-", "")
}

// allMailed waits until no mail waits or is in work. A mail that is asked for last is no sign
// of that: several are sent at a time.
func (g *target) allMailed(t *testing.T) {
	t.Helper()
	eventually(t, "every mail left", func() bool { return g.metric(t, "exposure_outbox_waiting") == "0" })
}

// refused fails the test unless a reply says "not accepted" with so many tries left, and
// returns all else of it that is not random.
func refused(t *testing.T, r reply, left int) string {
	t.Helper()
	var p wire.Problem
	r.decode(t, &p)
	if r.status != http.StatusUnprocessableEntity || r.problem(t) != "code-rejected" || p.AttemptsLeft == nil || *p.AttemptsLeft != left {
		t.Errorf("got %d %s, want 422 code-rejected with %d tries left", r.status, r.body, left)
	}
	return head(r) + mask(bytes.Replace(r.body, fmt.Appendf(nil, `"attempts_left":%d`, left), nil, 1))
}
