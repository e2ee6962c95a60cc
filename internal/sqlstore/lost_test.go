package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// cuts are ways to make rows of a table that only grows disappear so that what is left
// looks whole by itself.
func cuts(table, tail string) map[string]string {
	return map[string]string{
		"the newest, and their number": `DELETE FROM ` + table + ` WHERE seq >= ` + tail + `; UPDATE sqlite_sequence SET seq = ` + tail + ` - 1 WHERE name = '` + table + `'`,
		"all, and their number":        `DELETE FROM ` + table + `; DELETE FROM sqlite_sequence WHERE name = '` + table + `'`,
		"taken for other keys'":        `UPDATE ` + table + ` SET key_check = zeroblob(32)`,
	}
}

// TestDecisionsAPublishedVersionWasMadeWithAreNotLost: the next import must not take a
// record for undecided, or for decided as it was before.
func TestDecisionsAPublishedVersionWasMadeWithAreNotLost(t *testing.T) {
	for name, query := range cuts("decisions", "2") {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			decide(t, s, 1, breach.NearBuyer, breach.DecidedLater)
			decide(t, s, 1, breach.NearBuyer, breach.DecidedOut)
			id := commitReviewed(t, s, "a", record(1, breach.NearBuyer, breach.DecidedOut))
			if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); err != nil {
				t.Fatal(err)
			}
			next := commitReviewed(t, s, "b", record(1, breach.NearBuyer, breach.DecidedLater))
			if err := run(s.raw(t), query); err != nil {
				t.Fatal(err)
			}
			if all, err := s.roster.Decisions(t.Context()); !errors.Is(err, sqlstore.ErrAltered) {
				t.Errorf("the decisions are %v, %v", all, err)
			}
			if err := s.roster.Publish(t.Context(), next, twoNames(), publishEntry(start)); !errors.Is(err, sqlstore.ErrAltered) {
				t.Errorf("publishing what was made without them: %v", err)
			}
		})
	}
}

// TestPublicationsBeforeAVersionAreNotLost: without them people whom an earlier version
// listed would be told that they never were on the list.
func TestPublicationsBeforeAVersionAreNotLost(t *testing.T) {
	for name, query := range cuts("publications", "1") {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.publish(t, "a", 12, 1)
			id := s.publish(t, "b", 7, 2)
			if listed, dropped := dropped(t, s.roster, 9); listed || !dropped {
				t.Fatalf("listed %t, dropped %t", listed, dropped)
			}
			if err := run(s.raw(t), query); err != nil {
				t.Fatal(err)
			}
			if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); !errors.Is(err, sqlstore.ErrAltered) {
				t.Errorf("publishing without what was published before: %v", err)
			}
			s.reopen(t)
			if _, a, err := s.roster.Answer(t.Context(), nameOf(9)); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("somebody who was dropped is told %+v, %v", a, err)
			}
		})
	}
}

// TestAPublicationBelongsToOneVersion: a rehearsal under the same keys numbers its versions
// alike, and what was approved there was not approved here.
func TestAPublicationBelongsToOneVersion(t *testing.T) {
	rehearsal, s := newStore(t), newStore(t)
	s.keys = rehearsal.keys
	s.reopen(t)
	rehearsal.publish(t, "rehearsal", 12, 1)
	if _, err := commit(t.Context(), s.roster, "never approved", 3, 2); err != nil {
		t.Fatal(err)
	}
	raw := s.raw(t)
	if err := run(raw, `ATTACH ? AS other`, rehearsal.path); err != nil {
		t.Fatal(err)
	}
	if err := run(raw, `INSERT INTO publications SELECT * FROM other.publications`); err != nil {
		t.Fatal(err)
	}
	if _, a, err := s.roster.Answer(t.Context(), nameOf(1)); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a version that was never approved answers: %+v, %v", a, err)
	}
}

// TestAnImportNeverTouchesACommittedVersion: whatever the table of stagings says.
func TestAnImportNeverTouchesACommittedVersion(t *testing.T) {
	for name, query := range map[string]string{
		"a staging of its number":      `INSERT INTO roster_stagings (version, started_at) VALUES (1, 0)`,
		"numbers that begin again":     `DELETE FROM sqlite_sequence WHERE name = 'roster_stagings'`,
		"numbers below those in use":   `UPDATE sqlite_sequence SET seq = -5 WHERE name = 'roster_stagings'`,
		"a dead staging of its number": `INSERT INTO roster_stagings (version, started_at, dead) VALUES (1, 0, 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.publish(t, "a", 12, 1)
			if err := run(s.raw(t), query); err != nil {
				t.Fatal(err)
			}
			st, err := s.roster.Stage(t.Context(), meta("b"))
			if err != nil {
				t.Fatal(err)
			}
			fill(t, st, 0, 5)
			if err := st.Abort(t.Context()); err != nil {
				t.Fatal(err)
			}
			if id, err := commit(t.Context(), s.roster, "c", 12, 2); err != nil || id < 2 {
				t.Errorf("the next version is %d, %v", id, err)
			}
			if err := s.roster.Check(t.Context()); err != nil {
				t.Errorf("the published version: %v", err)
			}
		})
	}
}

// TestReasonsHoldNoAddress: in none of the spellings in which people write them.
func TestReasonsHoldNoAddress(t *testing.T) {
	s := newStore(t)
	id := s.publish(t, "a", 3, 1)
	for _, reason := range []string{"asked by hanako@example.jp", "hanako＠example.jp", "hanako﹫example.jp"} {
		p := twoNames()
		p.Override = reason
		if err := s.roster.Publishable(t.Context(), id, p); !errors.Is(err, sqlstore.ErrAddressInReason) {
			t.Errorf("published because of %q: %v", reason, err)
		}
		pause := sqlstore.PauseOrder{Reason: reason}
		if err := s.roster.Pause(t.Context(), pause, entryFor(audit.Pause, start.Add(time.Hour))); !errors.Is(err, sqlstore.ErrAddressInReason) {
			t.Errorf("paused because of %q: %v", reason, err)
		}
	}
}
