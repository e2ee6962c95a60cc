package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestAVersionIsAskedUnderItsOwnKey: the published version is answered under the key it was
// made under until one under the new key is published, and again after going back; whoever
// only an earlier version under the old key listed is told so, as long as that key lives.
func TestAVersionIsAskedUnderItsOwnKey(t *testing.T) {
	s, files := newRotatedStore(t)
	both := s.under(t, files.both)
	if v, listed, _ := listedAs(t, both.roster, bothNames(4)); v != 1 || !listed {
		t.Errorf("after the rotation: version %d, listed %t", v, listed)
	}
	if v, listed, _ := listedAs(t, both.roster, nameOf(4)); v != 1 || !listed {
		t.Errorf("a session of before: version %d, listed %t", v, listed)
	}
	second := both.commitSecond(t, "a", 3) // the very files of before: no longer "the same files"
	both.publishNow(t, second)
	for n, want := range []struct{ listed, dropped bool }{0: {true, false}, 2: {true, false}, 4: {false, true}, 6: {false, false}} {
		if v, listed, dropped := listedAs(t, both.roster, bothNames(n)); n%2 == 0 && (v != second || listed != want.listed || dropped != want.dropped) {
			t.Errorf("%d: version %d, listed %t, dropped %t", n, v, listed, dropped)
		}
	}
	if _, _, err := both.roster.Answer(t.Context(), nameOf(4)); !errors.Is(err, breach.ErrNoTag) {
		t.Errorf("tags of the old key only: %v", err)
	}
	if err := both.roster.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
	if err := both.roster.Diff(t.Context(), 1, second, func(sqlstore.Change) error { return nil }); !errors.Is(err, sqlstore.ErrOtherNames) {
		t.Errorf("a difference between versions of two keys: %v", err)
	}
	both.publishNow(t, 1) // back
	if v, listed, _ := listedAs(t, both.roster, bothNames(4)); v != 1 || !listed {
		t.Errorf("after going back: version %d, listed %t", v, listed)
	}
	both.publishNow(t, second)
	after := s.under(t, files.after)
	newOnly := breach.NewTags(breach.KeyedTag{Key: secondKey, Tag: secondTag(4)})
	if v, listed, dropped := listedAs(t, after.roster, newOnly); v != second || listed || dropped {
		t.Errorf("without the old key: version %d, listed %t, dropped %t", v, listed, dropped)
	}
	if err := after.roster.Check(t.Context()); err != nil {
		t.Errorf("Check without the old key: %v", err)
	}
}

// TestTheMissingKeyIsNamed: without the key of the published version nobody is answered,
// and the operator reads which key it is.
func TestTheMissingKeyIsNamed(t *testing.T) {
	s, files := newRotatedStore(t)
	err := s.under(t, files.after).roster.Check(t.Context())
	if !errors.Is(err, sqlstore.ErrKeysDiffer) || !strings.Contains(err.Error(), firstKey) {
		t.Errorf("the old key is gone: %v", err)
	}
	both := s.under(t, files.both)
	both.publishNow(t, both.commitSecond(t, "a", 3))
	err = s.under(t, files.before).roster.Check(t.Context())
	if !errors.Is(err, sqlstore.ErrKeysDiffer) || !strings.Contains(err.Error(), secondKey) {
		t.Errorf("a node with the file of before: %v", err)
	}
}

// TestGuessesAreReadUnderAllKeys: a budget does not fall by a rotation, nor by successes under
// the new key.
func TestGuessesAreReadUnderAllKeys(t *testing.T) {
	s, files := newRotatedStore(t)
	guess := func(s *store, tag breach.Tag, o audit.Outcome, from, to int) (all []otp.Past) {
		for n := from; n < to; n++ {
			e := audit.Entry{At: start.Add(time.Duration(n) * time.Minute), Actor: audit.Actor{Kind: audit.Customer}, Action: audit.Guess,
				Outcome: o, Purpose: "web", Tag: &tag, Attempt: [16]byte{byte(n + 1)}, Detail: audit.ShortCode}
			if err := s.Audit().Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			all = append(all, otp.Past{Attempt: e.Attempt, At: e.At, Accepted: o == audit.Accepted})
		}
		slices.Reverse(all)
		return all
	}
	older := guess(s, tagOf(1), audit.Refused, 0, 40)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	both := s.under(t, files.both)
	newer := guess(both, secondTag(1), audit.Refused, 40, 60)
	newest := guess(both, secondTag(1), audit.Accepted, 60, 130)
	want := slices.Concat(newest[:otp.PastKept], newer, older)[:2*otp.PastKept]
	standing, err := both.roster.Standing(t.Context(), bothNames(1), otp.Web)
	if err != nil {
		t.Fatal(err)
	}
	past, err := both.Audit().Past(t.Context(), bothNames(1), otp.Web)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]otp.Past{"Standing": standing, "Past": past} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestDecisionsOutliveTheirKey: what was decided under the old key holds for versions of
// the new one, and what is decided after the rotation for versions of both.
func TestDecisionsOutliveTheirKey(t *testing.T) {
	s, files := newRotatedStore(t)
	decide(t, s, 1, breach.NearBuyer, breach.DecidedIn)
	decide(t, s, 2, breach.NearBuyer, breach.DecidedLater)
	renamed := func(n int, applied breach.Decision) sqlstore.StagedReview {
		return sqlstore.StagedReview{Handle: recordOf(1000 + n), Older: []breach.Handle{recordOf(n)}, Reason: breach.NearBuyer, Applied: applied}
	}
	both := s.under(t, files.both)
	id := both.commitSecond(t, "b", 3, renamed(1, breach.DecidedIn), renamed(2, breach.DecidedLater), renamed(3, ""))
	if err := both.roster.Publishable(t.Context(), id, twoNames()); !errors.Is(err, sqlstore.ErrUndecided) || !strings.Contains(err.Error(), "near_buyer 1") {
		t.Errorf("one record nobody decided about: %v", err)
	}
	decided := []sqlstore.Decided{{Handle: recordOf(1003), Older: []breach.Handle{recordOf(3)}, Reason: breach.NearBuyer, Decision: breach.DecidedLater}}
	if err := both.roster.Decide(t.Context(), decided, "Sato", reviewEntry()); err != nil {
		t.Fatal(err)
	}
	both.publishNow(t, id)
	of, err := both.roster.DecisionOf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []breach.Decision{1: breach.DecidedIn, 2: breach.DecidedLater, 3: breach.DecidedLater, 4: ""} {
		if got := of([]breach.Handle{recordOf(1000 + n), recordOf(n)}); got != want && n > 0 {
			t.Errorf("record %d: %q, want %q", n, got, want)
		}
	}
	under := func(keys *vault.Server, handle breach.Handle) breach.Decision {
		t.Helper()
		known, err := s.under(t, keys).roster.Decisions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return known[handle]
	}
	if d := under(files.both, recordOf(3)); d != breach.DecidedLater {
		t.Errorf("for versions of the old key: %q", d)
	}
	if d := under(files.after, recordOf(1001)); d != breach.DecidedIn {
		t.Errorf("when the old key is gone: %q", d)
	}
}

// TestNoRowHidesBehindAnotherKey: with several keys as with one, a publication or decision
// that is missing, altered or passed off as one of a key that is gone is noticed, under the
// file that holds both keys and under the one that holds the new one.
func TestNoRowHidesBehindAnotherKey(t *testing.T) {
	s, files := newRotatedStore(t)
	s.publish(t, "b", 4, 1)
	decide(t, s, 1, breach.NearBuyer, breach.DecidedIn)
	both := s.under(t, files.both)
	both.publishNow(t, both.commitSecond(t, "c", 3))
	for n := 2; n < 4; n++ {
		d := []sqlstore.Decided{{Handle: recordOf(1000 + n), Older: []breach.Handle{recordOf(n)}, Reason: breach.NearBuyer, Decision: breach.DecidedIn}}
		if err := both.roster.Decide(t.Context(), d, "Sato", reviewEntry()); err != nil {
			t.Fatal(err)
		}
	}
	both.publishNow(t, 1)
	both.publishNow(t, both.commitSecond(t, "d", 2))
	raw := s.raw(t)
	for name, keys := range map[string]*vault.Server{"both keys": files.both, "the new key": files.after} {
		roster := func() *sqlstore.Roster { return s.DB.Roster(keys, digest) }
		ready := func() error { return roster().Ready(t.Context()) }
		known := func() error { _, err := roster().Decisions(t.Context()); return err }
		for table, check := range map[string]func() error{"publications": ready, "decisions": known} {
			if err := check(); err != nil {
				t.Fatalf("%s, %s: before any harm: %v", name, table, err)
			}
			hide(t, raw, table, keys, func(what string) {
				if err := check(); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("%s: %s: %v", name, what, err)
				}
			})
		}
	}
}

// hide passes rows of the keys off as those of a key that nobody has: each alone, and all
// up to each. It puts everything back.
func hide(t *testing.T, raw *sql.DB, table string, keys *vault.Server, check func(what string)) {
	t.Helper()
	type place struct {
		seq   int64
		check []byte
	}
	rows, err := raw.Query(`SELECT seq, key_check FROM ` + table + ` ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	var ours []place
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.seq, &p.check); err != nil {
			t.Fatal(err)
		}
		for _, k := range keys.RosterKeys() {
			if string(p.check) == string(k.Check[:]) {
				ours = append(ours, p)
			}
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(ours) < 2 {
		t.Fatalf("%d rows of %s, %v: the test shows nothing", len(ours), table, err)
	}
	set := func(p place, check []byte) {
		if err := run(raw, `UPDATE `+table+` SET key_check = ? WHERE seq = ?`, check, p.seq); err != nil {
			t.Fatal(err)
		}
	}
	foreign := make([]byte, 32)
	for i, p := range ours {
		set(p, foreign)
		check(fmt.Sprintf("row %d of %s hidden", p.seq, table))
		for _, before := range ours[:i] {
			set(before, foreign)
		}
		if i < len(ours)-1 { // all of them: only what was made with them tells
			check(fmt.Sprintf("the rows of %s up to %d hidden", table, p.seq))
		}
		for _, back := range ours[:i+1] {
			set(back, back.check)
		}
	}
}
