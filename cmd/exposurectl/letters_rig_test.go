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
