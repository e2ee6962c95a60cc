package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// written is a store in which person 0 has a number, person 1 has their second one, and the
// number of person 2 is closed; and how it was before the latter two.
func written(t *testing.T) (s *store, path, earlier string) {
	t.Helper()
	s = newStore(t)
	version := s.publish(t, "a", 4, 1)
	s.write(t, version, [2]int{0, 10}, [2]int{1, 11}, [2]int{2, 12})
	earlier = s.copyStore(t)
	s.write(t, version, [2]int{1, 21})
	if err := s.letters().Close(t.Context(), handleOf(2), letterEntry(audit.LetterClose)); err != nil {
		t.Fatal(err)
	}
	return s, s.copyStore(t), earlier
}

// truth is whose the numbers of written are.
func truth() map[int]int { return map[int]int{10: 0, 11: -1, 21: 1, 12: -1, 99: -1} }

// TestTamperedLetters: whatever is done to the rows of letters by somebody who may write the
// database, no number is answered by what is not so, and no number that counts by "no such
// number"; and a check of all rows finds it.
func TestTamperedLetters(t *testing.T) {
	base, path, earlier := written(t)
	columns, _ := columnsOf(t, base.raw(t), "letters")
	names := strings.Join(columns, ", ")
	second := ` WHERE person = (SELECT person FROM letters ORDER BY change LIMIT 1 OFFSET 1)` // the second number of person 1
	harms := map[string][]string{
		"deleted":     {`DELETE FROM letters`},
		"put back":    {`ATTACH '` + earlier + `' AS old`, `DELETE FROM letters`, `INSERT INTO letters SELECT * FROM old.letters`},
		"swapped":     {`DROP INDEX letters_tags`, `CREATE TEMP TABLE o AS SELECT handle, tag FROM letters`, `UPDATE letters SET tag = (SELECT tag FROM o WHERE o.handle <> letters.handle ORDER BY o.handle DESC LIMIT 1)`},
		"reopened":    {`UPDATE letters SET state = 'live'`},
		"closed":      {`UPDATE letters SET state = 'closed'`},
		"planted":     {`DROP INDEX letters_tags`, `INSERT INTO letters (handle, ` + strings.Join(columns[1:], ", ") + `) SELECT randomblob(32), ` + strings.Join(columns[1:], ", ") + ` FROM letters`},
		"old planted": {`DROP INDEX letters_tags`, `ATTACH '` + earlier + `' AS old`, `INSERT OR IGNORE INTO letters (` + names + `) SELECT randomblob(32), ` + strings.Join(columns[1:], ", ") + ` FROM old.letters`},
	}
	for _, c := range columns {
		harms[c] = []string{`UPDATE letters SET ` + c + ` = ` + another(c) + second}
		harms[c+" mistyped"] = mistyped("letters", c, otherType, second)
		if c != "handle" { // a primary key is never NULL
			harms[c+" NULL"] = mistyped("letters", c, "NULL", second)
		}
	}
	for name, do := range harms {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "harmed.db")
			copyFile(t, path, to)
			s := base.in(t, to)
			s.damage(t, do)
			l, doubted := s.letters(), 0
			for n, person := range truth() {
				got, err := holderOf(t, l, s.keys, n)
				switch {
				case errors.Is(err, breach.ErrUnproven):
					doubted++
				case err != nil || got != person:
					t.Errorf("number %d is of person %d, %v; want %d or a doubt", n, got, err, person)
				}
			}
			// Which of a row and its copy is read first is chance: the row's answer is right.
			checked := s.Resets(s.keys).Check(t.Context())
			if doubted == 0 && name != "planted" || !errors.Is(checked, breach.ErrUnproven) {
				t.Errorf("%d numbers are in doubt; Check = %v", doubted, checked)
			}
			if err := s.letters().Issue(t.Context(), 1, nil, letterEntry(audit.LetterIssue)); err != nil {
				t.Errorf("issuing nothing: %v", err)
			}
		})
	}
}

// TestTamperedPeopleOfLetters: the same of the rows that say who the person is.
func TestTamperedPeopleOfLetters(t *testing.T) {
	base, path, _ := written(t)
	for name, do := range map[string][]string{
		"people deleted":  {`DELETE FROM roster_persons`},
		"handles deleted": {`DELETE FROM roster_handles`},
		"handles swapped": {`UPDATE roster_handles SET person = 5 - person`},
		"answers edited":  {`UPDATE roster_persons SET answer = x'7b7d'`},
		"handles edited":  {`UPDATE roster_persons SET handle = zeroblob(32) WHERE person < 3`},
		"of another kind": {`UPDATE roster_persons SET kind = 'recipient'`},
		"mistyped":        mistyped("roster_persons", "answer", otherType, ""),
		"no publication":  {`DELETE FROM publications`},
		"no version":      {`PRAGMA foreign_keys = 0`, `DELETE FROM roster_versions`},
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "harmed.db")
			copyFile(t, path, to)
			s := base.in(t, to)
			s.damage(t, do)
			for _, n := range []int{10, 21} {
				if got, err := holderOf(t, s.letters(), s.keys, n); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("number %d is of person %d, %v; want a doubt", n, got, err)
				}
			}
		})
	}
}

// TestHiddenLettersDoNotComeBack: a row that was hidden while its person got another number
// cannot be brought back: nothing is drawn for somebody whose row is missing.
func TestHiddenLettersDoNotComeBack(t *testing.T) {
	base, path, _ := written(t)
	for name, do := range map[string]string{
		"deleted": `DELETE FROM letters`, "renamed": `UPDATE letters SET handle = randomblob(32)`, "edited": `UPDATE letters SET state = 'closed'`,
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "harmed.db")
			copyFile(t, path, to)
			s := base.in(t, to)
			s.damage(t, []string{do})
			issue := s.oneIssue(t, 0, 30)
			if err := s.letters().Issue(t.Context(), 1, issue, letterEntry(audit.LetterIssue)); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("Issue = %v, want ErrUnproven", err)
			}
			if err := s.letters().Close(t.Context(), handleOf(0), letterEntry(audit.LetterClose)); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("Close = %v, want ErrUnproven", err)
			}
		})
	}
}
