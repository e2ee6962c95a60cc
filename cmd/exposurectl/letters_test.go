package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wording"
)

// letterSite is a published approved list.
type letterSite struct {
	dir string
	env []string
}

const approvedHead = "person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n"

// smallTown is a list of everybody who may get a letter, and of hostile names.
const smallTown = approvedHead + `R:1,recipient,,,,recipient,,,,,山田花子,150-0001,東京都渋谷区神宮前1-2-3
R:2,recipient,,,,recipient,,,,,佐藤　健,〒0600001,北海道札幌市1-1
R:3,recipient,,,,recipient,,,,,?野さくら,150-0003,東京都渋谷区3-3
R:4,recipient,,,,recipient,,,,,"=HYPERLINK(""https://evil.example.com"",""a"")",150-0004,東京都渋谷区4-4
R:5,recipient,,,,recipient,,,,,"山田""
太郎, 様",150-0005,東京都渋谷区5-5
R:6,recipient,,,,recipient,,,,,高橋,,東京都渋谷区6-6
M:7,member,ai@example.jp,ai@example.jp,7,member,,,,,鈴木愛,150-0007,東京都渋谷区7-7
G:8,guest,,,,purchaser,,,,,伊藤実,150-0008,東京都渋谷区8-8
M:9,member,ken@example.jp,ken@example.jp,9,member,,,,,佐藤健,150-0009,東京都渋谷区9-9
`

func newLetterSite(t testing.TB, list string) *letterSite {
	t.Helper()
	s := &letterSite{dir: t.TempDir()}
	src, err := incident.Example("tougyoku-2023")
	if err := firstError(err, os.WriteFile(s.at("incident.yaml"), src, 0o600), os.WriteFile(s.at("list.csv"), []byte(list), 0o600)); err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "EXPOSURE_INCIDENT="+s.at("incident.yaml"), "EXPOSURE_KEY_FILE="+s.at("key"),
		"EXPOSURE_OPERATOR_KEY_FILE="+s.at("key.operator"), "EXPOSURE_DATABASE_URL=sqlite:"+s.at("db"))
	s.does(t, 0, "keygen", "--out", s.at("key"))
	s.does(t, 0, "migrate")
	s.does(t, 1, "import", "--roster", s.at("list.csv"), "--commit") // its figures are not those announced
	s.does(t, 0, "publish", "--version", "1", "--by", "Sato", "--approved-by", "Ito", "--override", "a rehearsal", "--commit")
	return s
}

func (s *letterSite) at(name string) string { return filepath.Join(s.dir, name) }

// command is a process of its own.
func (s *letterSite) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Args, cmd.Env, cmd.WaitDelay = append([]string{"exposurectl"}, args...), s.env, time.Minute
	return cmd
}

// does runs a command that ends with an exit code, and returns all it prints.
func (s *letterSite) does(t testing.TB, code int, args ...string) string {
	t.Helper()
	out, err := s.command(t.Context(), args...).CombinedOutput()
	var exit *exec.ExitError
	if got := 0; errors.As(err, &exit) {
		got = exit.ExitCode()
		if got != code {
			t.Fatalf("%v: %d, want %d\n%s", args, got, code, out)
		}
	} else if err != nil || code != 0 {
		t.Fatalf("%v: %v, want %d\n%s", args, err, code, out)
	}
	return string(out)
}

// letters runs the command and returns what it says.
func (s *letterSite) letters(t testing.TB, args ...string) (done lettered) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := s.command(t.Context(), append([]string{"letters", "--by", "Hana", "--json"}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &done)
	}
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out, stderr.Bytes())
	}
	return done
}

// open opens the database and the keys of the site.
func (s *letterSite) open(t testing.TB) (*sqlstore.DB, *vault.Server, [32]byte) {
	t.Helper()
	in, err := incident.Load(s.at("incident.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.LoadServer(s.at("key"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+s.at("db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, keys, in.Digest
}

// file reads a file that was written, which must be as spreadsheets want it.
func (s *letterSite) file(t testing.TB, name string, columns []string) [][]string {
	t.Helper()
	text, err := os.ReadFile(s.at(name))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.at(name))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
	}
	body, marked := bytes.CutPrefix(text, []byte("\ufeff"))
	if !marked || bytes.Count(body, []byte("\n")) < 1 || !bytes.HasSuffix(body, []byte("\r\n")) {
		t.Errorf("%s has no mark, or other line ends", name)
	}
	all, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(columns, all[0]); diff != "" {
		t.Errorf("columns: %s", diff)
	}
	for _, row := range all[1:] {
		for _, cell := range row {
			if strings.IndexAny(cell, "=+-@＝＋－＠\t\r") == 0 {
				t.Errorf("%s has the cell %q", name, cell)
			}
		}
	}
	return all[1:]
}

// counts wants a row's number to open one person's report, with the check number beside it.
func (s *letterSite) counts(t testing.TB, row []string) {
	t.Helper()
	db, keys, digest := s.open(t)
	defer db.Close()
	n, err := breach.ParseLetterNumber(row[0])
	if err != nil {
		t.Fatal(err)
	}
	_, holder, err := db.Letters(keys, digest).Holder(t.Context(), keys.LetterTags(n.Reveal()))
	if err != nil {
		t.Fatalf("the number of %v: %v", row[3:], err)
	}
	kind := map[bool]string{true: "recipient", false: "customer"}[holder.Answer.Persons[0].Kind == breach.KindRecipient]
	check := keys.CheckNumber(holder.Check)
	if row[1] != wording.CheckNumber(check, breach.Japanese) || row[2] != wording.CheckNumber(check, breach.English) || row[3] != kind {
		t.Errorf("the letter says %v", row[1:4])
	}
}

func (s *letterSite) missing(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Lstat(s.at(name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
}

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
