package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
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
	p, err := prepareOnce()
	must(t, err)
	dir := t.TempDir()
	moved := func(path string) string { return strings.Replace(path, p.dir, dir, 1) }
	for file, content := range p.files {
		must(t, os.WriteFile(moved(file), content, 0o600))
	}
	return site{dir, moved(p.incident), moved(p.keys), moved(p.database)}, p.shop
}

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

// postOffice is a real SMTP server on loopback that sorts what it gets by recipient.
type postOffice struct {
	url string

	mu    sync.Mutex
	boxes map[string][]letter
	wake  chan struct{} // closed and replaced at every delivery
	taken int
}

type letter struct{ subject, body, raw string }

func openPostOffice(t testing.TB) *postOffice {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &postOffice{url: "smtp://" + ln.Addr().String() + "?starttls=none", boxes: map[string][]letter{}, wake: make(chan struct{})}
	srv := smtp.NewServer(p)
	srv.Domain, srv.AllowInsecureAuth, srv.MaxRecipients, srv.MaxMessageBytes = "localhost", true, 1, 64<<10
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return p
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{office: p}, nil }

type delivery struct {
	office *postOffice
	to     string
}

func (d *delivery) Reset()                                      { d.to = "" }
func (d *delivery) Logout() error                               { return nil }
func (d *delivery) Mail(from string, _ *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	a, err := email.Parse(to)
	if err != nil {
		return err
	}
	d.to = a.Reveal()
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	var raw strings.Builder
	m, err := mail.ReadMessage(io.TeeReader(r, &raw))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, m.Body)
	case "quoted-printable":
		body = quotedprintable.NewReader(m.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	p := d.office
	p.mu.Lock()
	defer p.mu.Unlock()
	p.boxes[d.to] = append(p.boxes[d.to], letter{subject, string(text), raw.String()})
	p.taken++
	close(p.wake)
	p.wake = make(chan struct{})
	return nil
}

// box returns the mails of an address, waiting until there are at least n.
func (p *postOffice) box(t testing.TB, address string, n int) []letter {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	deadline := time.After(30 * time.Second)
	for {
		p.mu.Lock()
		got, wake := p.boxes[a.Reveal()], p.wake
		p.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("%d mails came, want %d", len(got), n)
		}
	}
}

func (p *postOffice) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

var codeLine = regexp.MustCompile(`(?m)^(?:確認コード|Your code): ([0-9-]+)`)

// code reads the code of the n-th mail (from 1) of an address.
func (p *postOffice) code(t testing.TB, address string, n int) string {
	t.Helper()
	m := codeLine.FindStringSubmatch(p.box(t, address, n)[n-1].body)
	if m == nil {
		t.Fatal("the mail holds no code on a line of its own")
	}
	return m[1]
}

// reply is an answer of the API, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("status %d: %v in %s", r.status, err, r.body)
	}
}

// problem returns the slug of a problem document.
func (r reply) problem(t testing.TB) string {
	t.Helper()
	var p struct{ Type string }
	r.decode(t, &p)
	return strings.TrimPrefix(p.Type, "urn:exposure:problem:")
}

// browser talks to the public listener from one address of the loopback net.
type browser struct {
	base   string
	client *http.Client
}

// from returns a client whose connections come from that loopback address.
func from(base string, addr netip.Addr) *browser {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: addr.AsSlice()}}
	return &browser{base: base, client: &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64}, Timeout: 40 * time.Second,
	}}
}

func (b *browser) do(t testing.TB, method, path, token string, body any) reply {
	t.Helper()
	r, err := b.try(method, path, token, body)
	must(t, err)
	return r
}

func (b *browser) try(method, path, token string, body any) (reply, error) {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.base+path, content)
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, raw}, err
}

// start begins a verification and fails the test unless it is accepted.
func (b *browser) start(t testing.TB, address string) wire.Verification {
	t.Helper()
	r := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
	if r.status != http.StatusAccepted {
		t.Fatalf("starting a verification: %d %s", r.status, r.body)
	}
	var v wire.Verification
	r.decode(t, &v)
	return v
}

func (b *browser) confirm(t testing.TB, v wire.Verification, code string) reply {
	t.Helper()
	return b.do(t, http.MethodPost, "/v1/verifications/"+v.Id+"/confirmation", "", map[string]string{"secret": v.Secret, "code": code})
}

// prove goes the whole way and returns the report and the session.
func (b *browser) prove(t testing.TB, office *postOffice, address string) wire.Confirmation {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	office.mu.Lock()
	before := len(office.boxes[a.Reveal()])
	office.mu.Unlock()
	v := b.start(t, address)
	r := b.confirm(t, v, office.code(t, address, before+1))
	if r.status != http.StatusOK {
		t.Fatalf("confirming the mailed code: %d %s", r.status, r.body)
	}
	var c wire.Confirmation
	r.decode(t, &c)
	return c
}

var here = netip.MustParseAddr("127.0.0.1")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
