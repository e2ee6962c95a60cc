package main

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// spray writes the rows of n wrong short codes, one at each of n addresses, from so many
// networks, as another day of the server would have.
func (s site) spray(t *testing.T, n, networks int) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	var rows []audit.Entry
	for i := range n {
		e := audit.Entry{
			At: time.Now(), Actor: audit.Actor{Kind: audit.Customer}, Action: audit.Guess, Outcome: audit.Refused,
			Purpose: "web", Tag: &breach.Tag{31: 1}, Attempt: [16]byte{1}, Detail: audit.ShortCode,
		}
		binary.BigEndian.PutUint64(e.Tag[:], uint64(i))
		binary.BigEndian.PutUint64(e.Attempt[8:], uint64(i))
		binary.LittleEndian.PutUint64(e.Network[:], uint64(i%networks)) // a block each
		rows = append(rows, e)
	}
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	must(t, db.Audit(keys).Append(t.Context(), rows...))
}

func (r *running) metric(t *testing.T, name string) string {
	t.Helper()
	got := from(r.private, here).do(t, http.MethodGet, "/metrics", "", nil)
	for line := range strings.Lines(string(got.body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}

func digitsOf(code string) int { return len(strings.ReplaceAll(code, "-", "")) }

// TestTheBreaker is a broad attack: one guess at each of very many addresses, which no
// budget of a person sees.
func TestTheBreaker(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	redis := live.NewRedis(t)
	var fresh []string // people nobody has asked about
	for _, p := range shop.People() {
		fresh = append(fresh, p.Emails...)
	}
	next := func() (address string) {
		address, fresh = fresh[0], fresh[1:]
		return address
	}

	s.spray(t, 5000, 90) // 1,800 count: a few networks cannot trip it
	s.spray(t, 289, 289) // of 90 networks no more count
	server := s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	b := from(server.public, here)
	if level, n := server.metric(t, "exposure_breaker_level"), server.metric(t, "exposure_breaker_failures"); level != "0" || n != "1999" {
		t.Fatalf("level %s with %s failures, want 0 with 1999", level, n)
	}
	who := next()
	v := b.start(t, who)
	code := office.code(t, who, 1)
	if digitsOf(code) != 8 || v.CodeDigits != 8 {
		t.Errorf("at level 0 a code of %d digits was mailed, %d promised", digitsOf(code), v.CodeDigits)
	}
	b.confirm(t, v, wrong(code)) // the one too many counts at once
	if level, n := server.metric(t, "exposure_breaker_level"), server.metric(t, "exposure_breaker_failures"); level != "1" || n != "2000" {
		t.Errorf("level %s with %s failures, want 1 with 2000", level, n)
	}
	if r := b.confirm(t, v, code); r.status != http.StatusOK {
		t.Errorf("a code mailed before was answered %d %s", r.status, r.body)
	}
	early, unknown := next(), "stranger@example.jp"
	v = b.start(t, early)
	u := b.start(t, unknown)
	short, foreign := office.code(t, early, 1), office.code(t, unknown, 1)
	if digitsOf(short) != 10 || digitsOf(foreign) != 10 || v.CodeDigits != 10 {
		t.Errorf("at level 1 codes of %d and %d digits were mailed, %d promised, want 10", digitsOf(short), digitsOf(foreign), v.CodeDigits)
	}
	if n := server.metric(t, "exposure_breaker_changes_total"); n != "1" || !strings.Contains(server.log.String(), "the breaker tripped") {
		t.Errorf("%s changes, or none in the log", n)
	}
	server.stop()
	s.spray(t, 20_100, 20_100)
	server = s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	b = from(server.public, here)
	if level := server.metric(t, "exposure_breaker_level"); level != "2" {
		t.Fatalf("level %s with %s failures, want 2", level, server.metric(t, "exposure_breaker_failures"))
	}
	before := evaluatedIn(t, s)
	// Known or not, the codes already mailed, which are still live, are refused alike.
	var said []string
	for _, r := range []reply{b.confirm(t, v, short), b.confirm(t, u, foreign)} {
		said = append(said, head(r)+mask(r.body))
	}
	if said[0] != said[1] || !strings.HasPrefix(said[0], "422") {
		t.Errorf("short codes at level 2:\n%s", strings.Join(said, "\n"))
	}
	if r := b.confirm(t, v, wrong(short)); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong one: %d %s", r.status, r.body)
	}
	if n := evaluatedIn(t, s); n != before {
		t.Errorf("%d guesses were evaluated at level 2", n-before)
	}
	server.stop()
	redis.Flush() // and everything but the audit log is lost
	server = s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	b = from(server.public, here)
	if level := server.metric(t, "exposure_breaker_level"); level != "2" {
		t.Errorf("level %s after Redis was flushed, want 2", level)
	}
	// Mails carry long codes, and these are accepted.
	for _, address := range []string{next(), fmt.Sprintf("new.%s", unknown)} {
		v := b.start(t, address)
		code := office.code(t, address, 1)
		if digitsOf(code) != 20 {
			t.Errorf("at level 2 a code of %d digits was mailed", digitsOf(code))
		}
		if r := b.confirm(t, v, code); r.status != http.StatusOK {
			t.Errorf("a long code: %d %s", r.status, r.body)
		}
	}
}
