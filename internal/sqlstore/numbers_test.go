package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

const largest = "9223372036854775807"

// TestAPauseIsOrderedWhateverNumbersThereAre: whoever can write the database can have used up
// the numbers of pauses, and cannot keep the look-up from being shut, or opened again, for a
// server that has seen what was before as well as for one that starts.
func TestAPauseIsOrderedWhateverNumbersThereAre(t *testing.T) {
	behind := `INSERT INTO pauses SELECT ` + largest + `, at, shut, since, back_at, reason, os_user, host, key_check, mac FROM pauses LIMIT 1`
	for name, harm := range map[string]string{
		"a row at the end":       behind,
		"the last one given":     `UPDATE sqlite_sequence SET seq = ` + largest + ` WHERE name = 'pauses'`,
		"given, and no rows":     `UPDATE sqlite_sequence SET seq = ` + largest + ` WHERE name = 'pauses'; DELETE FROM pauses`,
		"a row of other keys":    behind + `; UPDATE pauses SET key_check = zeroblob(32) WHERE seq > 1000`,
		"no number":              `UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'pauses'`,
		"numbers that are gone":  `DELETE FROM sqlite_sequence; DELETE FROM pauses`,
		"the next ones are used": `INSERT INTO pauses SELECT seq + 1, at, 0, since, back_at, reason, os_user, host, key_check, mac FROM pauses; UPDATE pauses SET seq = seq + 9`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.guesses(t, 0, 3)
			s.pause(t, start, nil)
			if p, err := s.roster.Paused(t.Context()); err != nil || p == nil {
				t.Fatal(p, err)
			}
			if err := run(s.raw(t), harm); err != nil {
				t.Fatal(err)
			}
			if _, err := s.roster.Paused(t.Context()); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("harmed, and %v", err)
			}
			is := func(shut bool) {
				t.Helper()
				for _, r := range []*sqlstore.Roster{s.roster, s.DB.Roster(s.keys, digest)} {
					if p, err := r.Paused(t.Context()); err != nil || (p != nil) != shut {
						t.Errorf("Paused = %v, %v; want shut %v", p, err, shut)
					}
				}
			}
			s.pause(t, start, nil)
			is(true)
			if err := s.roster.Resume(t.Context(), sqlstore.ResumeOrder{}, entryFor(audit.Resume, start)); err != nil {
				t.Fatal(err)
			}
			is(false)
		})
	}
}

// TestNumbersThatAreUsedUp: where a table cannot be continued, nothing is written, and the
// error says what to do.
func TestNumbersThatAreUsedUp(t *testing.T) {
	given := func(table string) string {
		return fmt.Sprintf(`DELETE FROM sqlite_sequence WHERE name = '%[1]s'; INSERT INTO sqlite_sequence VALUES ('%[1]s', %[2]s)`, table, largest)
	}
	imports := func(s *store) error { _, err := commit(t.Context(), s.roster, "next", 3, 3); return err }
	publishes := func(s *store) error { return s.roster.Publish(t.Context(), 2, twoNames(), publishEntry(start)) }
	decides := func(s *store) error {
		one := []sqlstore.Decided{{Handle: recordOf(0), Reason: "x", Decision: breach.DecidedIn}}
		return s.roster.Decide(t.Context(), one, "Sato", reviewEntry())
	}
	for name, c := range map[string]struct {
		harm string
		do   func(*store) error
	}{
		"publications": {`INSERT INTO publications SELECT ` + largest + `, version, at, by_name, approved_by, override_reason, os_user, host, zeroblob(32), after, mac
			FROM publications`, publishes},
		"decisions":                {`INSERT INTO decisions VALUES (` + largest + `, 1, zeroblob(32), 'x', 'in', 'x', zeroblob(32), 0, zeroblob(32))`, decides},
		"numbers of imports given": {given("roster_stagings"), imports},
		"no number of imports":     {`UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'roster_stagings'`, imports},
		"an import":                {`INSERT INTO roster_stagings (version, started_at) VALUES (` + largest + `, 1)`, imports},
		"a version":                {`UPDATE roster_versions SET id = ` + largest + ` WHERE id = 2`, imports},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.publish(t, "a", 3, 1)
			if _, err := commit(t.Context(), s.roster, "b", 3, 2); err != nil {
				t.Fatal(err)
			}
			raw := s.raw(t)
			if err := errors.Join(run(raw, `PRAGMA foreign_keys = 0`), run(raw, c.harm)); err != nil {
				t.Fatal(err)
			}
			before := s.verify(t).Rows
			if err := c.do(s); !errors.Is(err, sqlstore.ErrAltered) || !strings.Contains(fmt.Sprint(err), "restore it from its backup") {
				t.Errorf("want ErrAltered and what to do, got %v", err)
			}
			if v := s.verify(t); v.Rows != before || v.Bad != nil {
				t.Errorf("the log has %d rows, had %d; %v", v.Rows, before, v.Bad)
			}
		})
	}
}

// TestAHeadIsPlanted: what stands where the next head belongs is replaced, or no row could be
// written any more; unless a key of ours signed it, over a log that was longer then.
func TestAHeadIsPlanted(t *testing.T) {
	s := newStore(t)
	s.publish(t, "a", 3, 1)
	raw := s.raw(t)
	planted := `INSERT OR REPLACE INTO audit_heads SELECT size + 1, '%s' FROM audit_tree`
	for _, signed := range []string{"forged", ""} {
		if err := run(raw, fmt.Sprintf(planted, signed)); err != nil {
			t.Fatal(err)
		}
		s.pause(t, start, nil)
	}
	if err := run(raw, `INSERT INTO audit_heads SELECT size + 1, (SELECT signed FROM audit_heads LIMIT 1) FROM audit_tree`); err != nil {
		t.Fatal(err)
	}
	s.pause(t, start, nil) // it was signed over fewer rows
	if v := s.verify(t); v.Bad != nil || v.Rows != 5 {
		t.Errorf("%+v", v)
	}
	early := s.in(t, s.copyStore(t))
	s.pause(t, start, nil)
	later := valuesOf(t, raw, `SELECT size, signed FROM audit_heads ORDER BY size DESC LIMIT 1`, 2)
	if err := run(early.raw(t), `INSERT INTO audit_heads VALUES (?, ?)`, later[0]...); err != nil {
		t.Fatal(err)
	}
	err := early.roster.Pause(t.Context(), sqlstore.PauseOrder{Reason: "x"}, entryFor(audit.Pause, start))
	if !errors.Is(err, sqlstore.ErrLogAltered) {
		t.Errorf("the log was longer once: %v", err)
	}
}
