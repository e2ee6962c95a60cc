package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
)

// TestLetters walks through the days of somebody who writes letters.
func TestLetters(t *testing.T) {
	s := newLetterSite(t, smallTown)
	want := lettered{
		Version: 1, Listed: 9, Letters: map[kind]int{"recipient": 2, "customer": 1},
		ByHand: map[reason]int{"does_not_print": 1, "looks_like_a_formula": 1, "no_postal_code": 1},
	}
	want.Letters["recipient"]++ // the line end within a name is white space
	if diff := cmp.Diff(want, s.letters(t, "--csv", s.at("a.csv"))); diff != "" {
		t.Fatal("a dry run:", diff)
	}
	s.missing(t, "a.csv", "a.csv.unfinished")
	if out := s.does(t, exitUsage, "letters", "--by", "Hana", "--csv", s.at("a.csv"), "--commit"); !strings.Contains(out, "--by-hand") {
		t.Errorf("people by hand and no file for them: %s", out)
	}
	s.missing(t, "a.csv", "a.csv.unfinished")
	want.Committed = true
	if diff := cmp.Diff(want, s.letters(t, "--csv", s.at("a.csv"), "--by-hand", s.at("hand.csv"), "--commit")); diff != "" {
		t.Fatal(diff)
	}
	s.missing(t, "a.csv.unfinished", "hand.csv.unfinished", "a.csv.unfinished.new")
	rows := s.file(t, "a.csv", letterColumns())
	var places []string
	for _, row := range rows {
		s.counts(t, row)
		places = append(places, strings.Join(row[3:7], "|"))
	}
	wantPlaces := map[string]bool{
		"recipient|山田花子|150-0001|東京都渋谷区神宮前1-2-3": true, "recipient|佐藤 健|060-0001|北海道札幌市1-1": true,
		`recipient|山田" 太郎, 様|150-0005|東京都渋谷区5-5`: true, "customer|伊藤実|150-0008|東京都渋谷区8-8": true,
	}
	for _, p := range places {
		if !wantPlaces[p] {
			t.Errorf("a letter to %s", p)
		}
	}
	s.again(t, rows)
	s.byHandIsMended(t)
}

// again wants letters to be written once, and replaced when that is asked for.
func (s *letterSite) again(t *testing.T, rows [][]string) {
	t.Helper()
	s.does(t, exitRefused, "letters", "--by", "Hana", "--csv", s.at("a.csv"), "--by-hand", s.at("h.csv"), "--commit")
	done := s.letters(t, "--csv", s.at("b.csv"), "--by-hand", s.at("hand2.csv"), "--commit")
	if done.HaveNumber != len(rows) || len(done.Letters) != 0 {
		t.Errorf("run twice: %+v", done)
	}
	s.missing(t, "b.csv", "b.csv.unfinished")
	done = s.letters(t, "--csv", s.at("c.csv"), "--reissue", rows[0][0], "--commit")
	if len(done.ByHand) != 0 || done.Letters[kind(rows[0][3])] != 1 {
		t.Errorf("another letter: %+v", done)
	}
	fresh := s.file(t, "c.csv", letterColumns())[0]
	s.counts(t, fresh)
	if diff := cmp.Diff(rows[0][1:], fresh[1:]); diff != "" || fresh[0] == rows[0][0] {
		t.Errorf("another letter than before: %s", diff)
	}
	if out := s.does(t, exitRefused, "letters", "--by", "Hana", "--reissue", rows[0][0]); !strings.Contains(out, breach.ErrNoLetter.Error()) {
		t.Errorf("a number that was replaced: %s", out)
	}
	if err := os.WriteFile(s.at("for.txt"), []byte("\ufeffAI@example.jp\r\n# nobody\r\n9\nnobody@example.jp\n99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	done = s.letters(t, "--csv", s.at("d.csv"), "--by-hand", s.at("hand3.csv"), "--for", s.at("for.txt"), "--commit")
	if done.Letters["customer"] != 2 || done.ByHand["on_no_list"] != 2 {
		t.Errorf("people who were asked for: %+v", done)
	}
	for _, row := range s.file(t, "d.csv", letterColumns()) {
		s.counts(t, row)
	}
	if done = s.letters(t, "--for", s.at("for.txt")); done.HaveNumber != 2 || len(done.Letters) != 0 {
		t.Errorf("asked for twice: %+v", done)
	}
	if done = s.letters(t, "--for", s.at("for.txt"), "--replace"); done.HaveNumber != 0 || done.Letters["customer"] != 2 {
		t.Errorf("asked for twice, to be replaced: %+v", done)
	}
}

// byHandIsMended wants the list by hand to come back as letters once it is corrected.
func (s *letterSite) byHandIsMended(t *testing.T) {
	t.Helper()
	rows := s.file(t, "hand.csv", byHandColumns())
	for _, row := range rows {
		row[2], row[3] = "吉野さくら", "1500003"
	}
	if err := os.WriteFile(s.at("mended.csv"), spreadsheet(byHandColumns(), rows), 0o600); err != nil {
		t.Fatal(err)
	}
	done := s.letters(t, "--csv", s.at("e.csv"), "--mended", s.at("mended.csv"), "--commit")
	if done.Letters["recipient"] != len(rows) || len(done.ByHand) != 0 {
		t.Errorf("mended: %+v", done)
	}
	for _, row := range s.file(t, "e.csv", letterColumns()) {
		s.counts(t, row)
	}
	if done := s.letters(t); done.HaveNumber != 7 || len(done.Letters)+len(done.ByHand) != 0 {
		t.Errorf("in the end: %+v", done)
	}
}

// TestRequestsForLetters: a caller's request is answered by one letter and once.
func TestRequestsForLetters(t *testing.T) {
	s := newLetterSite(t, smallTown)
	db, keys, _ := s.open(t)
	ask := func(n agent.LetterNote) string {
		t.Helper()
		plain, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		k := agent.KeptTicket{
			Ticket: agent.Ticket{Letter: true, State: agent.TicketWaiting, Opened: time.Now()}, Agent: "sato", Call: [16]byte{7},
			Note: keys.SealForOperator(agent.LetterRequestLabel, plain),
		}
		number, err := db.Tickets(keys).Open(t.Context(), k, audit.Entry{
			At: time.Now(), Actor: audit.Actor{Kind: audit.Agent, ID: "sato/0a"}, Action: audit.LetterRequest, Outcome: audit.Done,
		})
		if err != nil {
			t.Fatal(err)
		}
		return number.String()
	}
	member := ask(agent.LetterNote{Name: "鈴木 愛", PostalCode: "〒150-0007", Address: "東京都渋谷区 7－7"})
	nobody := ask(agent.LetterNote{Name: "鈴木愛", PostalCode: "150-0008", Address: "東京都渋谷区7-7", Note: "=1+1"})
	old := s.contactsKey(t)
	s.does(t, 0, "key", "rotate", "contacts", "--commit")
	if out := s.does(t, exitRefused, "key", "retire", old); !strings.Contains(out, "2 notes of the call centre") {
		t.Errorf("the key of requests that wait is retired: %s", out)
	}
	done := s.letters(t, "--csv", s.at("a.csv"), "--by-hand", s.at("hand.csv"), "--requests", "--commit")
	if done.Answered != 2 || done.Letters["customer"] != 1 || done.Letters["nothing_found"] != 1 || done.ByHand["request_nothing_found"] != 1 {
		t.Errorf("%+v", done)
	}
	rows := s.file(t, "a.csv", letterColumns())
	s.counts(t, rows[0])
	if rows[0][6] != "東京都渋谷区7-7" || rows[0][7] != member || rows[1][0]+rows[1][1]+rows[1][2] != "" || rows[1][7] != nobody {
		t.Errorf("letters: %q", rows)
	}
	if hand := s.file(t, "hand.csv", byHandColumns()); len(hand) != 1 || hand[0][5] != nobody || hand[0][6] != "'=1+1" {
		t.Errorf("by hand: %q", hand)
	}
	for _, number := range []string{member, nobody} {
		n, err := agent.ParseTicketNumber(number)
		if err != nil {
			t.Fatal(err)
		}
		if k, err := db.Tickets(keys).ByNumber(t.Context(), n); err != nil || k.State != agent.TicketAnswered || k.Answer != letterSent || k.By != "Hana" {
			t.Errorf("%s: %+v, %v", number, k.Ticket, err)
		}
	}
	if done := s.letters(t, "--requests"); len(done.Letters)+len(done.ByHand) != 0 {
		t.Errorf("answered twice: %+v", done)
	}
}
