package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestLettersInUse: a number opens its person's report again and again, and not any more
// once it was replaced or closed, or its person is not in the published version; all of
// these are answered like a number that never was, and a session by letter ends with it.
func TestLettersInUse(t *testing.T) {
	s := letterSite(t, "a", "b", "c", "d")
	room := s.postRoom(t)
	numbers := letterNumbers(6)
	person := func(name string) breach.Handle { return room.keys.PersonHandle("R:" + name) }
	people := []breach.Handle{person("a"), person("b"), person("c"), person("d")}
	room.write(t, people, numbers)
	b := from(s.serve(t, live.Redis(t), openPostOffice(t).url).public, here)
	var sessions []string
	for range 3 {
		for i := range people {
			sessions = append(sessions, b.proveByLetter(t, numbers[i]).Token)
		}
	}
	for _, token := range sessions[:4] {
		if r := b.do(t, http.MethodPost, "/v1/password-reset", token, nil); r.status != http.StatusConflict || r.problem(t) != "reset-not-applicable" {
			t.Errorf("a password reset by letter: %d %s", r.status, r.body)
		}
	}
	unknown := b.letter(t, numbers[5].Grouped())
	if unknown.status != http.StatusUnprocessableEntity || unknown.problem(t) != "code-rejected" || strings.Contains(string(unknown.body), "attempts_left") {
		t.Fatalf("a number that never was: %d %s", unknown.status, unknown.body)
	}
	room.write(t, people[:1], numbers[4:])
	must(t, room.letters.Close(t.Context(), people[1], operatorEntry(audit.LetterClose)))
	s.publishRecipients(t, "a", "b", "c")
	for i, why := range []string{"replaced", "closed", "", "of somebody who is on no list any more"} {
		if why == "" {
			continue
		}
		r := b.letter(t, numbers[i].Grouped())
		if r.status != unknown.status || string(r.body) != string(unknown.body) || len(r.header) != len(unknown.header) {
			t.Errorf("a number that is %s: %d %s, unlike one that never was", why, r.status, r.body)
		}
		page := b.form(t, "/letter", url.Values{"number": {numbers[i].Grouped()}}, "Sec-Fetch-Site", "same-origin")
		if page.status != http.StatusSeeOther || !strings.HasPrefix(page.header.Get("Location"), "/letter") {
			t.Errorf("a number that is %s, on the page: %d to %s", why, page.status, page.header.Get("Location"))
		}
		for n := i; n < len(sessions); n += 4 {
			if r := b.do(t, http.MethodGet, "/v1/report", sessions[n], nil); r.status != http.StatusUnauthorized {
				t.Errorf("a session by a number that is %s: %d %s", why, r.status, r.body)
			}
		}
	}
	fresh := b.proveByLetter(t, numbers[4])
	still := report(t, b, sessions[2])
	if fresh.Report.Version != 3 || still.Version != 3 {
		t.Errorf("told from versions %d and %d, want 3", fresh.Report.Version, still.Version)
	}
	if r := b.do(t, http.MethodDelete, "/v1/session", sessions[2], nil); r.status != http.StatusNoContent {
		t.Errorf("ending a session by letter: %d", r.status)
	}
	if r := b.do(t, http.MethodGet, "/v1/report", sessions[2], nil); r.status != http.StatusUnauthorized {
		t.Errorf("after its end: %d", r.status)
	}
}

// TestGuessesAtLetters: an address has twenty wrong numbers an hour, and everybody together
// a number a day, after which letters are taken by phone; right numbers cost nothing, nor
// do slips in copying.
func TestGuessesAtLetters(t *testing.T) {
	onStores(t, func(t *testing.T, store string) {
		s := letterSite(t, "a")
		room := s.postRoom(t)
		numbers := letterNumbers(200)
		room.write(t, room.recipients(t), numbers)
		server := s.serve(t, store, openPostOffice(t).url, "--limits", "letter-global=70/24h")
		right, wrong, slip := numbers[0], numbers[1:], "12345-67890-1234"
		visitor := func(n byte) *browser { return from(server.public, netip.AddrFrom4([4]byte{127, 0, 20, n})) }
		first := visitor(1)
		for range 30 {
			first.proveByLetter(t, right)
			if r := first.letter(t, slip); r.status != http.StatusBadRequest || r.problem(t) != "malformed-request" {
				t.Fatalf("a slip: %d %s", r.status, r.body)
			}
		}
		said := map[string]int{}
		for n := byte(1); n <= 4; n++ {
			for range 25 {
				r := visitor(n).letter(t, wrong[0].Grouped())
				wrong = wrong[1:]
				said[fmt.Sprint(n, " ", r.status)]++
			}
		}
		for what, want := range map[string]int{"1 422": 20, "1 429": 5, "2 422": 20, "2 429": 5, "3 422": 20, "3 429": 5, "4 422": 10, "4 503": 15} {
			if said[what] != want {
				t.Errorf("%s: %d times, want %d; all: %v", what, said[what], want, said)
			}
		}
		last := visitor(5)
		r := last.letter(t, right.Grouped())
		var p wire.Problem
		r.decode(t, &p)
		if r.status != http.StatusServiceUnavailable || p.Type != wire.ProblemTypeTemporarilyUnavailable || p.Phone == nil || r.header.Get("RateLimit") != "" {
			t.Errorf("over the limit of all, a right number: %d %s", r.status, r.body)
		}
		page := last.form(t, "/letter", url.Values{"number": {right.Grouped()}}, "Sec-Fetch-Site", "same-origin")
		if page.status != http.StatusServiceUnavailable || !strings.Contains(string(page.body), "お電話でだけ") {
			t.Errorf("on the page: %d", page.status)
		}
		if r := last.letter(t, slip); r.status != http.StatusBadRequest {
			t.Errorf("a slip is still told: %d", r.status)
		}
	})
}

func onStores(t *testing.T, test func(t *testing.T, store string)) {
	t.Run("redis", func(t *testing.T) { test(t, live.Redis(t)) })
	t.Run("memory", func(t *testing.T) { test(t, "") })
}

// TestTwoHundredRightUsesOfALetter: all at once, each is told the same report and leaves its
// rows; none is charged.
func TestTwoHundredRightUsesOfALetter(t *testing.T) {
	const uses = 200
	s := letterSite(t, "a", "b")
	room := s.postRoom(t)
	numbers := letterNumbers(40)
	room.write(t, room.recipients(t), numbers)
	server := s.serve(t, live.Redis(t), openPostOffice(t).url, "--limits", "letter-ip=210/1h,letter-global=210/24h")
	b := from(server.public, here)
	var all sync.WaitGroup
	for range uses {
		all.Go(func() {
			r, err := b.try(http.MethodPost, "/v1/letter-verifications", "", map[string]string{"letter_number": numbers[0].Grouped()})
			if err != nil || r.status != http.StatusOK {
				t.Errorf("%d %s, %v", r.status, r.body, err)
			}
		})
	}
	all.Wait()
	db := s.open(t)
	for action, want := range map[string]int{"guess": uses, "disclosure": uses} {
		var n int
		must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = ? AND purpose = 'letter'`, action).Scan(&n))
		if n != want {
			t.Errorf("%d rows of %ss, want %d", n, action, want)
		}
	}
	if r := b.letter(t, numbers[9].Grouped()); !strings.Contains(r.header.Get("RateLimit"), "r=209") {
		t.Errorf("after one wrong number: %d, RateLimit %s", r.status, r.header.Get("RateLimit"))
	}
}

// TestLettersInTrouble: without Redis or the database, or with rows that were altered, no
// number is answered, whoever's it is, and none is charged; afterwards all is as before.
func TestLettersInTrouble(t *testing.T) {
	s := letterSite(t, "a")
	room := s.postRoom(t)
	numbers := letterNumbers(40)
	room.write(t, room.recipients(t), numbers)
	redis := live.NewRedis(t)
	b := from(s.serve(t, redis.URL(), openPostOffice(t).url, "--limits", "letter-ip=3/1h").public, here)
	token := b.proveByLetter(t, numbers[0]).Token
	hears := func(what, slug string) {
		t.Helper()
		for range 5 {
			for _, n := range []breach.LetterNumber{numbers[0], numbers[9]} {
				r := b.letter(t, n.Grouped())
				if r.status != http.StatusServiceUnavailable || r.problem(t) != slug {
					t.Fatalf("%s: %d %s, want %s", what, r.status, r.body, slug)
				}
			}
		}
		if r := b.do(t, http.MethodGet, "/v1/report", token, nil); r.status != http.StatusServiceUnavailable {
			t.Errorf("%s, the report: %d %s", what, r.status, r.body)
		}
	}
	path := strings.TrimPrefix(s.database, "sqlite:")
	must(t, os.Rename(path, path+".away"))
	hears("without a database", "could-not-check")
	must(t, os.Rename(path+".away", path))
	b.proveByLetter(t, numbers[0])
	redis.Stop()
	hears("without Redis", "temporarily-unavailable")
	redis.Restart()
	token = b.proveByLetter(t, numbers[0]).Token
	if r := b.letter(t, numbers[9].Grouped()); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a number that is nobody's, afterwards: %d %s", r.status, r.body)
	}
	s.exec(t, `UPDATE letters SET state = 'closed'`)
	for range 5 {
		if r := b.letter(t, numbers[0].Grouped()); r.status != http.StatusServiceUnavailable || r.problem(t) != "could-not-check" {
			t.Errorf("with an altered row: %d %s", r.status, r.body)
		}
	}
	s.exec(t, `UPDATE letters SET state = 'live'`)
	b.proveByLetter(t, numbers[0])
}
