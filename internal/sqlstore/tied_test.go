package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
)

// forget makes the log one that was last written before it kept marks.
func (s *store) forget(t *testing.T) {
	t.Helper()
	raw := s.raw(t)
	row := valuesOf(t, raw, `SELECT size, head, peaks FROM audit_tree`, 3)[0]
	tree, err := audit.ParseTree(row[0].(int64), row[2].([]byte))
	if err != nil {
		t.Fatal(err)
	}
	state := audit.State{Tree: tree, Head: row[1].(int64)}
	seal := state.Seal(s.keys)
	if err := run(raw, `UPDATE audit_tree SET published = NULL, paused = NULL, seal = ?`, seal[:]); err != nil {
		t.Fatal(err)
	}
}

// servers are whoever answers: one that has seen what was, and one that starts.
func (s *store) servers() map[string]*sqlstore.Roster {
	return map[string]*sqlstore.Roster{"running": s.roster, "started": s.DB.Roster(s.keys, digest)}
}

// TestNobodyTakesAPublicationAway: without a key nobody goes back to an earlier version by
// removing the newest publication and its number. The log knows of it. Whoever is asked says that
// they cannot tell, and publishing that version again, no other, makes all well.
func TestNobodyTakesAPublicationAway(t *testing.T) {
	for name, before := range map[string]func(*testing.T, *store){
		"marks":                     func(*testing.T, *store) {},
		"a log of before the marks": func(t *testing.T, s *store) { s.forget(t) },
	} {
		for left := range 4 {
			t.Run(fmt.Sprint(name, " ", left), func(t *testing.T) {
				s := newStore(t)
				first, second := s.publish(t, "a", 5, 1), s.publish(t, "b", 9, 2)
				if err := s.roster.Publish(t.Context(), first, twoNames(), publishEntry(start.Add(time.Hour))); err != nil {
					t.Fatal(err)
				}
				if err := s.roster.Publish(t.Context(), second, twoNames(), publishEntry(start.Add(2*time.Hour))); err != nil {
					t.Fatal(err)
				}
				before(t, s)
				for _, r := range s.servers() {
					if err := errors.Join(r.Ready(t.Context()), r.Check(t.Context()), s.Agrees(t.Context(), s.keys)); err != nil {
						t.Fatal(err)
					}
				}
				if err := goBack(s.raw(t), "publications", left); err != nil {
					t.Fatal(err)
				}
				for which, r := range s.servers() {
					_, got, err := r.Answer(t.Context(), nameOf(8))
					for does, err := range map[string]error{"Answer": err, "Ready": r.Ready(t.Context()), "Check": r.Check(t.Context()), "Agrees": s.Agrees(t.Context(), s.keys)} {
						if !errors.Is(err, sqlstore.ErrPublicationGone) || !errors.Is(err, breach.ErrUnproven) || !strings.Contains(err.Error(), "exposurectl publish --version 2") {
							t.Errorf("%d publications left: %s of a server that has %s: %v, %v", left, does, which, got, err)
						}
					}
				}
				if err := s.roster.Publish(t.Context(), first, twoNames(), publishEntry(start)); !errors.Is(err, sqlstore.ErrPublicationGone) {
					t.Errorf("another version was published: %v", err)
				}
				err := s.roster.Publish(t.Context(), second, twoNames(), publishEntry(start))
				if left == 0 { // the one before it is missing as well: who was on its list would be forgotten
					if !errors.Is(err, sqlstore.ErrAltered) || !strings.Contains(err.Error(), "publication of version 1 is missing") {
						t.Errorf("published without the one before it: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				_, started := s.servers()["started"], s.Agrees(t.Context(), s.keys)
				if v, got, err := s.DB.Roster(s.keys, digest).Answer(t.Context(), nameOf(8)); errors.Join(err, started) != nil || v.ID != second || !got.Listed() {
					t.Errorf("published again: version %d, %v, %v", v.ID, got, errors.Join(err, started))
				}
			})
		}
	}
}

// TestNobodyTakesAllPublicationsAway: with the only publication gone nobody says that none was
// published yet, which to every tool is a beginning; and publishing that version again makes all well.
func TestNobodyTakesAllPublicationsAway(t *testing.T) {
	for number, forget := range map[string]string{
		"put back": `UPDATE sqlite_sequence SET seq = 0 WHERE name = 'publications'`,
		"gone":     `DELETE FROM sqlite_sequence WHERE name = 'publications'`,
	} {
		t.Run(number, func(t *testing.T) {
			s := newStore(t)
			only := s.publish(t, "a", 5, 1)
			if err := s.roster.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(run(s.raw(t), `DELETE FROM publications`), run(s.raw(t), forget)); err != nil {
				t.Fatal(err)
			}
			for which, r := range s.servers() {
				_, _, answer := r.Answer(t.Context(), nameOf(1))
				_, published := r.Published(t.Context())
				letters := s.Letters(s.keys, digest).LeaveKey(t.Context(), "none", entryFor(audit.LetterIssue, start))
				for does, err := range map[string]error{"Answer": answer, "Published": published, "Ready": r.Ready(t.Context()), "Check": r.Check(t.Context()), "LeaveKey": letters} {
					if !errors.Is(err, sqlstore.ErrPublicationGone) || errors.Is(err, sqlstore.ErrNoVersion) {
						t.Errorf("%s of a server that has %s: %v", does, which, err)
					}
				}
			}
			if err := s.roster.Publish(t.Context(), only, twoNames(), publishEntry(start)); err != nil {
				t.Fatal(err)
			}
			for which, r := range s.servers() {
				if v, got, err := r.Answer(t.Context(), nameOf(1)); err != nil || v.ID != only || !got.Listed() {
					t.Errorf("published again, a server that has %s: version %d, %v, %v", which, v.ID, got, err)
				}
			}
		})
	}
}

// TestNobodyLiftsAPause: the same of whether the look-up is shut, both ways.
func TestNobodyLiftsAPause(t *testing.T) {
	for name, before := range map[string]func(*testing.T, *store){
		"marks":                     func(*testing.T, *store) {},
		"a log of before the marks": func(t *testing.T, s *store) { s.forget(t) },
	} {
		for left := range 3 {
			t.Run(fmt.Sprint(name, " ", left), func(t *testing.T) {
				s := newStore(t)
				s.publish(t, "a", 5, 1)
				resume := func(at time.Time) {
					t.Helper()
					if err := s.roster.Resume(t.Context(), sqlstore.ResumeOrder{}, entryFor(audit.Resume, at)); err != nil {
						t.Fatal(err)
					}
				}
				s.pause(t, start, nil)
				resume(start.Add(time.Hour))
				s.pause(t, start.Add(2*time.Hour), nil)
				before(t, s)
				for _, r := range s.servers() {
					if p, err := r.Paused(t.Context()); err != nil || p == nil {
						t.Fatal(p, err)
					}
				}
				if err := goBack(s.raw(t), "pauses", left); err != nil {
					t.Fatal(err)
				}
				for which, r := range s.servers() {
					p, err := r.Paused(t.Context())
					for does, err := range map[string]error{"Paused": err, "Ready": r.Ready(t.Context()), "Agrees": s.Agrees(t.Context(), s.keys)} {
						if !errors.Is(err, sqlstore.ErrPauseGone) || !errors.Is(err, breach.ErrUnproven) {
							t.Errorf("%d orders left: %s of a server that has %s: %v, %v", left, does, which, p, err)
						}
					}
				}
				resume(start.Add(3 * time.Hour)) // ends the doubt
				for which, r := range s.servers() {
					if p, err := r.Paused(t.Context()); err != nil || p != nil {
						t.Errorf("opened again, to a server that has %s: %v, %v", which, p, err)
					}
				}
				if err := s.Agrees(t.Context(), s.keys); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestNobodyMakesTheLogAgree: whoever removes a publication, or a pause, that a server has not
// seen yet, and edits the log so that it knows nothing of it, is not believed either.
func TestNobodyMakesTheLogAgree(t *testing.T) {
	for name, edit := range map[string][]string{
		"nothing else":          {},
		"its kind beside it":    {`UPDATE audit_entries SET action = 'explain' WHERE action = '%[1]s' AND seq = (SELECT %[2]s FROM audit_tree)`},
		"its entry":             {`UPDATE audit_entries AS a SET encoded = b.encoded, at = b.at FROM audit_entries AS b WHERE b.seq = %[3]d AND a.seq = (SELECT %[2]s FROM audit_tree)`},
		"entry and seal":        {`UPDATE audit_entries AS a SET encoded = b.encoded, seal = b.seal FROM audit_entries AS b WHERE b.seq = %[3]d AND a.seq = (SELECT %[2]s FROM audit_tree)`},
		"no row":                {`DELETE FROM audit_entries WHERE seq = (SELECT %[2]s FROM audit_tree)`},
		"an earlier mark":       {`UPDATE audit_tree SET %[2]s = %[3]d`},
		"no mark":               {`UPDATE audit_tree SET published = NULL, paused = NULL WHERE %[3]d > 0`},
		"the mark of an import": {`UPDATE audit_tree SET %[2]s = 1 WHERE %[3]d > 0`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			raw := s.raw(t)
			s.publish(t, "a", 5, 1)
			s.pause(t, start, nil)
			if err := s.roster.Resume(t.Context(), sqlstore.ResumeOrder{}, entryFor(audit.Resume, start)); err != nil {
				t.Fatal(err)
			}
			marks := valuesOf(t, raw, `SELECT published, paused FROM audit_tree`, 2)[0]
			office := s.roster
			s.reopen(t) // the server, which asks when all is well, and again when it is not
			if _, err := s.roster.Paused(t.Context()); errors.Join(err, s.roster.Ready(t.Context())) != nil {
				t.Fatal(err)
			}
			running := s.roster
			s.roster = office
			s.publish(t, "b", 9, 2)
			s.pause(t, start.Add(time.Hour), nil)
			if err := errors.Join(goBack(raw, "publications", 1), goBack(raw, "pauses", 2)); err != nil {
				t.Fatal(err)
			}
			for _, query := range edit {
				if err := errors.Join(run(raw, fmt.Sprintf(query, "publish", "published", marks[0])), run(raw, fmt.Sprintf(query, "pause", "paused", marks[1]))); err != nil {
					t.Fatal(err)
				}
			}
			for which, r := range map[string]*sqlstore.Roster{"running": running, "started": s.DB.Roster(s.keys, digest)} {
				v, got, err := r.Answer(t.Context(), nameOf(8))
				if err == nil { // no row, no answer: and whoever writes one proves the marks
					err = s.Audit().Append(t.Context(), guess(8, otp.Web, audit.Accepted))
				}
				if !errors.Is(err, breach.ErrUnproven) && !errors.Is(err, sqlstore.ErrLogAltered) {
					t.Errorf("a server that has %s answers out of version %d: %v, %v", which, v.ID, got, err)
				}
				if err := r.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("a server that has %s: Check = %v", which, err)
				}
				if p, err := r.Paused(t.Context()); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("a server that has %s: Paused = %v, %v", which, p, err)
				}
			}
		})
	}
}
