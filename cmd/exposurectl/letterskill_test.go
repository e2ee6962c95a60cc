package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/notify"
	"exposure/internal/vault"
)

type (
	kind   = notify.Kind
	reason = notify.Reason
)

// recipients is a list of so many of them.
func recipients(n int) string {
	var b strings.Builder
	b.WriteString(approvedHead)
	for i := range n {
		fmt.Fprintf(&b, "R:%d,recipient,,,,recipient,,,,,山田%d,150-0001,東京都渋谷区%d\n", i, i, i)
	}
	return b.String()
}

// TestKilledLetters: killed again and again while it keeps numbers, the same command ends
// with one file that holds every number that counts, and no other.
func TestKilledLetters(t *testing.T) {
	const people = 6 * notify.AtOnce
	s := newLetterSite(t, recipients(people))
	raw := openRaw(t, s.at("db"))
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	if _, err := raw.Exec(`PRAGMA busy_timeout = 10000`); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		if err := raw.QueryRow(`SELECT count(*) FROM letters`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	args := []string{"letters", "--by", "Hana", "--csv", s.at("a.csv"), "--commit"}
	interrupted := 0
	for range 2 {
		before := count()
		ctx, kill := context.WithCancel(t.Context())
		cmd := s.command(ctx, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for over := false; !over && count() == before; {
			select {
			case err := <-ended:
				t.Fatalf("it ended before it kept a number: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		hold, err := raw.BeginTx(t.Context(), nil) // it cannot go on while it is killed
		if err == nil {
			_, err = hold.Exec(`UPDATE roster_stagings SET dead = dead`)
		}
		kill() // SIGKILL
		<-ended
		if err != nil {
			t.Fatal(err)
		}
		if err := hold.Rollback(); err != nil {
			t.Fatal(err)
		}
		if count() < people {
			interrupted++
		}
		if _, err := os.Lstat(s.at("a.csv")); err == nil {
			break // it was faster
		}
	}
	if interrupted == 0 {
		t.Fatal("it was never interrupted")
	}
	s.does(t, 0, args...)
	s.missing(t, "a.csv.unfinished")
	rows := s.file(t, "a.csv", letterColumns())
	names := map[string]bool{}
	for _, row := range rows {
		names[row[4]] = true
	}
	if len(rows) != people || len(names) != people || count() != people {
		t.Fatalf("%d letters to %d people, %d numbers", len(rows), len(names), count())
	}
	db, keys, digest := s.open(t)
	for _, row := range rows {
		n, err := breach.ParseLetterNumber(row[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Letters(keys, digest).Holder(t.Context(), keys.LetterTags(n.Reveal())); err != nil {
			t.Fatalf("a letter whose number does not count: %v", err)
		}
	}
}

// TestInterruptedAtTheVeryEnd: the file has its name and the other one as well.
func TestInterruptedAtTheVeryEnd(t *testing.T) {
	s := newLetterSite(t, recipients(3))
	args := []string{"--csv", s.at("a.csv"), "--commit"}
	s.letters(t, args...)
	if err := os.Link(s.at("a.csv"), s.at("a.csv.unfinished")); err != nil {
		t.Fatal(err)
	}
	if out := s.does(t, exitRefused, append([]string{"letters", "--by", "Hana"}, args...)...); !strings.Contains(out, "is whole") {
		t.Errorf("got %s", out)
	}
	s.missing(t, "a.csv.unfinished")
	if n := len(s.file(t, "a.csv", letterColumns())); n != 3 {
		t.Errorf("%d letters are left", n)
	}
}

// TestLettersOfAnInterruptedRun keep what counts, drop what does not, and do not touch a
// file that is none of theirs.
func TestLettersOfAnInterruptedRun(t *testing.T) {
	s := newLetterSite(t, recipients(3))
	s.letters(t, "--csv", s.at("a.csv"), "--commit")
	rows := s.file(t, "a.csv", letterColumns())
	s.letters(t, "--csv", s.at("b.csv"), "--reissue", rows[0][0], "--commit") // rows[0] is worth nothing now
	left := append(slices.Clone(rows), []string{"", "", "", "nothing_found", "高橋", "150-0001", "東京都", "234"})
	if err := os.WriteFile(s.at("c.csv.unfinished"), spreadsheet(letterColumns(), left[:3]), 0o600); err != nil {
		t.Fatal(err)
	}
	if done := s.letters(t, "--csv", s.at("c.csv"), "--commit"); done.Kept != 2 || done.HaveNumber != 3 {
		t.Errorf("%+v", done)
	}
	if got := s.file(t, "c.csv", letterColumns()); len(got) != 2 || got[0][0] != rows[1][0] || got[1][0] != rows[2][0] {
		t.Errorf("kept are %q", got)
	}
	if err := os.WriteFile(s.at("d.csv.unfinished"), []byte("somebody's diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.does(t, exitRefused, "letters", "--by", "Hana", "--csv", s.at("d.csv"), "--commit")
	if text, err := os.ReadFile(s.at("d.csv.unfinished")); err != nil || string(text) != "somebody's diary" {
		t.Errorf("a foreign file was touched: %q, %v", text, err)
	}
}

// TestAlteredListsGetNoLetters: nothing is written, no number drawn.
func TestAlteredListsGetNoLetters(t *testing.T) {
	for name, query := range map[string]string{
		"a contact of somebody else": `UPDATE roster_contacts SET sealed = (SELECT sealed FROM roster_contacts AS o ORDER BY o.handle LIMIT 1)`,
		"a person less":              `DELETE FROM roster_persons WHERE person = 2`,
		"everybody has an address":   `UPDATE roster_persons SET reach = randomblob(32)`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newLetterSite(t, recipients(3))
			raw := openRaw(t, s.at("db"))
			defer raw.Close()
			if _, err := raw.Exec(query); err != nil {
				t.Fatal(err)
			}
			s.does(t, exitRefused, "letters", "--by", "Hana", "--csv", s.at("a.csv"), "--by-hand", s.at("b.csv"), "--commit")
			s.missing(t, "a.csv", "b.csv", "a.csv.unfinished", "b.csv.unfinished")
		})
	}
	s := newLetterSite(t, recipients(3))
	raw := openRaw(t, s.at("db"))
	defer raw.Close()
	if _, err := raw.Exec(`DELETE FROM roster_contacts`); err != nil {
		t.Fatal(err)
	}
	if done := s.letters(t); done.ByHand[notify.NoContact] != 3 || len(done.Letters) != 0 {
		t.Errorf("contacts that are gone: %+v", done)
	}
}

// TestLettersOutliveAContactsKey: contacts open after a rotation, and the old key is not
// retired without a word.
func TestLettersOutliveAContactsKey(t *testing.T) {
	s := newLetterSite(t, recipients(3))
	old := s.contactsKey(t)
	s.does(t, 0, "key", "rotate", "contacts", "--commit")
	if done := s.letters(t); done.Letters["recipient"] != 3 {
		t.Errorf("after a rotation: %+v", done)
	}
	if out := s.does(t, exitRefused, "key", "retire", old, "--commit"); !strings.Contains(out, "people of version 1") {
		t.Errorf("the key is retired: %s", out)
	}
	s.does(t, 0, "key", "retire", old, "--although", "the letters are out", "--commit")
	if done := s.letters(t); done.ByHand[notify.Unopened] != 3 || len(done.Letters) != 0 {
		t.Errorf("without their key: %+v", done)
	}
}

// contactsKey is the id of the contacts key that writes.
func (s *letterSite) contactsKey(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(s.at("key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.Files{Server: data}.Keys()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(keys, func(k vault.Info) bool { return k.Purpose == "contacts" && k.Duty == vault.Writes })
	if _, err := hex.DecodeString(keys[i].ID); i < 0 || errors.Is(err, hex.ErrLength) {
		t.Fatal("there is no contacts key")
	}
	return keys[i].ID
}
