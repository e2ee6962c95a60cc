package main

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// site is a folder with an incident, keys and a published roster.
type site struct{ dir, incident, keys, database string }

// exports is the folder of the real exports this product is measured by.
const exports = "../../../shared/data/eccube2-a"

func needExports(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(exports); err == nil {
		return
	}
	live.Missing(t, "the exports of a real shop are not at "+exports)
}

// realSite imports and publishes the real exports.
func realSite(t testing.TB) site {
	t.Helper()
	needExports(t)
	s := newSite(t)
	s.importExports(t)
	return s
}

// importExports imports and publishes the real exports under the site's incident file.
func (s site) importExports(t testing.TB) {
	t.Helper()
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	file := func(name string) string { return filepath.Join(exports, name) }
	result, err := roster.ImportShop(t.Context(), roster.Options{
		Incident: in, Vocabulary: words, Profile: "eccube2",
		Files: roster.Files{
			Members: file("all_members.csv"), Orders: file("all_orders.csv"), Items: file("order_items.csv"),
			Deliveries: file("deliveries.csv"), Settlements: file("card_settlements.csv"),
		},
	})
	must(t, err)
	s.publish(t, in.Digest, result)
}

// smallSite is the demo's invented shop, published: enough for everything but the truth.
// All tests have its keys and people in common, each in files of its own.
func smallSite(t testing.TB) (site, *demo.Shop) {
	t.Helper()
	live.Time(t, longest)
	p, err := prepareOnce()
	must(t, err)
	dir := t.TempDir()
	moved := func(path string) string { return strings.Replace(path, p.dir, dir, 1) }
	for file, content := range p.files {
		must(t, os.WriteFile(moved(file), content, 0o600))
	}
	return site{dir, moved(p.incident), moved(p.keys), moved(p.database)}, p.shop
}

// longest is how long a test takes at most that runs a server.
const longest = 3 * time.Minute

// foreignSite is the same shop with keys that no other site has.
func foreignSite(t testing.TB) site {
	t.Helper()
	dir := t.TempDir()
	made, err := demo.Prepare(t.Context(), dir, 7, time.Now())
	must(t, err)
	return site{dir: dir, incident: made.Incident, keys: made.KeyFile, database: made.Database}
}

func newSite(t testing.TB) site {
	t.Helper()
	dir := t.TempDir()
	s := site{
		dir: dir, incident: filepath.Join(dir, "incident.yaml"), keys: filepath.Join(dir, "exposure.key"),
		database: "sqlite:" + filepath.Join(dir, "exposure.db"),
	}
	src, err := demo.OpenIncident(time.Now())
	must(t, err)
	must(t, os.WriteFile(s.incident, src, 0o600))
	server, operator, err := vault.Generate(time.Now())
	must(t, err)
	must(t, vault.WriteNew(s.keys, server))
	must(t, vault.WriteNew(s.keys+".operator", operator))
	must(t, sqlstore.Migrate(t.Context(), s.database))
	return s
}

func (s site) publish(t testing.TB, digest [32]byte, result *roster.Result) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	store := db.Roster(keys, digest)
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.Import, Outcome: audit.Done}
	operator, err := vault.LoadOperator(s.keys + ".operator")
	must(t, err)
	version, err := roster.Save(t.Context(), store, keys, operator, result, entry, nil)
	must(t, err)
	entry.Action = audit.Review
	_, err = store.DecideLater(t.Context(), version, "A", entry)
	must(t, err)
	var later []sqlstore.Decided
	for r := range result.Review() {
		later = append(later, sqlstore.Decided{Handle: keys.RecordHandle(r.ID), Reason: r.Reason, Decision: breach.DecidedLater})
	}
	if len(later) > 0 {
		entry.Action = audit.Review
		must(t, store.Decide(t.Context(), later, "A", entry))
	}
	entry.Action = audit.Publish
	must(t, store.Publish(t.Context(), version, sqlstore.Publication{By: "A", ApprovedBy: "B", OSUser: "test", Host: "test"}, entry))
}

// running is a server started by the program's own command line.
type running struct {
	public, private string // base URLs
	log             *syncBuffer
	stop            func() int // ends it and returns its exit code; safe to call twice
}

// serve starts "exposured serve" and stops it with the test.
func (s site) serve(t testing.TB, redisURL, smtpURL string, more ...string) *running {
	t.Helper()
	r, code := s.tryServe(t, redisURL, smtpURL, more...)
	if r == nil {
		t.Fatalf("exposured ended with %d", code)
	}
	return r
}

// tryServe returns nil and the exit code when the server refuses to start.
func (s site) tryServe(t testing.TB, redisURL, smtpURL string, more ...string) (*running, int) {
	t.Helper()
	return s.tryServeBy(t, nil, redisURL, smtpURL, more...)
}

// tryServeBy is tryServe for a program that reads that clock; nil is the machine's.
func (s site) tryServeBy(t testing.TB, now func() time.Time, redisURL, smtpURL string, more ...string) (*running, int) {
	t.Helper()
	return s.tryServeAs(t, program{now: now}, redisURL, smtpURL, more...)
}

// tryServeAs is tryServe for a program of which only the output is set.
func (s site) tryServeAs(t testing.TB, p program, redisURL, smtpURL string, more ...string) (*running, int) {
	t.Helper()
	args := append([]string{
		"serve", "--incident", s.incident, "--key-file", s.keys, "--database-url", s.database, "--redis-url", redisURL,
		"--smtp-url", smtpURL, "--public-url", "http://127.0.0.1", "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0",
	}, more...)
	ctx, cancel := context.WithCancel(context.Background())
	up := make(chan [2]net.Addr, 1)
	log := &syncBuffer{}
	p.out, p.err, p.listening = log, log, func(a, b net.Addr) { up <- [2]net.Addr{a, b} }
	done := make(chan int, 1)
	go func() { done <- p.run(ctx, args) }()
	select {
	case addrs := <-up:
		r := &running{public: "http://" + addrs[0].String(), private: "http://" + addrs[1].String(), log: log}
		r.stop = sync.OnceValue(func() int { cancel(); return <-done })
		t.Cleanup(func() { r.stop() })
		return r, 0
	case code := <-done:
		cancel()
		t.Logf("refused to start: %s", log.String())
		return nil, code
	case <-time.After(30 * time.Second):
		cancel()
		t.Fatalf("the server neither started nor refused: %s", log.String())
		return nil, 0
	}
}

// tail is the end of the server's log, warnings and errors only.
func (r *running) tail(n int) string {
	var lines []string
	for line := range strings.Lines(r.log.String()) {
		if !strings.Contains(line, `"level":"INFO"`) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], "")
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var here = netip.MustParseAddr("127.0.0.1")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
