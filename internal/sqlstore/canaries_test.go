package sqlstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

func addCanary(t testing.TB, c *sqlstore.Canaries, kind sqlstore.CanaryKind, tag breach.Tag) {
	t.Helper()
	if err := c.Add(t.Context(), kind, tag, "Ito", resetEntry(audit.CanaryAdd, start)); err != nil {
		t.Fatal(err)
	}
}

func refreshed(t testing.TB, c *sqlstore.Canaries) {
	t.Helper()
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func oneTag(tag breach.Tag) breach.Tags {
	return breach.NewTags(breach.KeyedTag{Key: firstKey, Tag: tag})
}

// TestCanariesAreKnownOnceRead: none before the first look, then all that there are, those
// that another program adds as well; nobody else.
func TestCanariesAreKnownOnceRead(t *testing.T) {
	s := newStore(t)
	c, office := s.Canaries(s.keys), s.in(t, s.path).Canaries(s.keys)
	refreshed(t, c)
	addCanary(t, office, sqlstore.CanaryAddress, tagOf(1))
	if c.Holds(oneTag(tagOf(1))) {
		t.Error("a canary is known before it was read")
	}
	refreshed(t, c)
	addCanary(t, office, sqlstore.CanaryLetter, tagOf(2))
	refreshed(t, c)
	for n, want := range map[int]bool{1: true, 2: true, 3: false} {
		if c.Holds(oneTag(tagOf(n))) != want {
			t.Errorf("Holds(%d) = %v", n, !want)
		}
	}
	if c.Holds(breach.Tags{}) || !c.Holds(breach.NewTags(breach.KeyedTag{Key: secondKey, Tag: tagOf(9)}, breach.KeyedTag{Key: firstKey, Tag: tagOf(1)})) {
		t.Error("of several tags of one person, any is a canary's")
	}
	if err := office.Add(t.Context(), sqlstore.CanaryAddress, tagOf(1), "Ito", resetEntry(audit.CanaryAdd, start)); !errors.Is(err, sqlstore.ErrCanaryThere) {
		t.Errorf("again: %v", err)
	}
	if err := office.Add(t.Context(), "person", tagOf(4), "Ito", resetEntry(audit.CanaryAdd, start)); err == nil {
		t.Error("a kind that there is not is taken")
	}
	all, err := c.List(t.Context())
	if err != nil || len(all) != 2 || all[0] != (sqlstore.Canary{Kind: sqlstore.CanaryAddress, At: start, By: "Ito"}) {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.Resets(s.keys).Check(t.Context()); err != nil {
		t.Errorf("the resets are in doubt for a canary: %v", err)
	}
}

// TestTamperedCanaries: whatever is done to the rows of canaries by somebody who may write
// the database is found by the next look, and changes nothing in what is watched; once all is
// as it was, it is proven again.
func TestTamperedCanaries(t *testing.T) {
	base := newStore(t)
	addCanary(t, base.Canaries(base.keys), sqlstore.CanaryAddress, tagOf(1))
	addCanary(t, base.Canaries(base.keys), sqlstore.CanaryLetter, tagOf(2))
	path := base.copyStore(t)
	columns, _ := columnsOf(t, base.raw(t), "canaries")
	rest := strings.Join(columns[1:], ", ")
	const find = ` WHERE kind = 'letter'`
	harms := map[string][]string{
		"deleted":     {`DELETE FROM canaries` + find},
		"all deleted": {`DELETE FROM canaries`},
		"planted":     {`INSERT INTO canaries (handle, ` + rest + `) SELECT randomblob(32), ` + rest + ` FROM canaries` + find},
		"log emptied": {`DELETE FROM canaries` + find, `UPDATE audit_entries SET encoded = x'00' WHERE action = 'canary_add'`},
	}
	for _, c := range columns {
		harms[c] = []string{`UPDATE canaries SET ` + c + ` = ` + another(c) + find}
		harms[c+" mistyped"] = mistyped("canaries", c, otherType, find)
		if c != "handle" { // a primary key is never NULL
			harms[c+" NULL"] = mistyped("canaries", c, "NULL", find)
		}
	}
	for name, do := range harms {
		t.Run(name, func(t *testing.T) {
			s := base.harmed(t, path, nil)
			c := s.Canaries(s.keys)
			refreshed(t, c)
			s.damage(t, append([]string{`CREATE TABLE kept AS SELECT * FROM canaries`, `CREATE TABLE log AS SELECT seq, encoded FROM audit_entries`}, do...))
			for _, read := range []func() error{
				func() error { return c.Refresh(t.Context()) }, func() error { return c.Check(t.Context()) },
				func() error { _, err := c.List(t.Context()); return err },
				func() error { return s.in(t, s.path).Canaries(s.keys).Refresh(t.Context()) },
			} {
				if err := read(); !errors.Is(err, breach.ErrUnproven) {
					t.Errorf("%v, want ErrUnproven", err)
				}
			}
			if !c.Holds(oneTag(tagOf(1))) || !c.Holds(oneTag(tagOf(2))) || c.Holds(oneTag(tagOf(3))) {
				t.Error("those known before are not watched any more")
			}
			s.damage(t, []string{`DELETE FROM canaries`, `INSERT INTO canaries SELECT * FROM kept`,
				`UPDATE audit_entries SET encoded = (SELECT encoded FROM log WHERE log.seq = audit_entries.seq) WHERE action = 'canary_add'`})
			refreshed(t, c)
		})
	}
}

// TestCanariesLeaveKeys: numbers of letters stay canaries when the tag key goes; addresses
// only it recognised are counted, and then no canaries any more.
func TestCanariesLeaveKeys(t *testing.T) {
	s, files := newRotatedStore(t)
	addCanary(t, s.Canaries(files.before), sqlstore.CanaryAddress, tagOf(1))
	addCanary(t, s.Canaries(files.before), sqlstore.CanaryLetter, tagOf(2))
	on := s.under(t, files.both)
	both := on.Canaries(files.both)
	addCanary(t, both, sqlstore.CanaryAddress, tagOf(3))
	refreshed(t, both)
	needs := func(want int) {
		t.Helper()
		if n, err := both.Needs(t.Context(), firstKey); err != nil || n != want {
			t.Errorf("%d addresses need the first key, %v; want %d", n, err, want)
		}
	}
	needs(1)
	for range 2 {
		if err := both.LeaveKey(t.Context(), firstKey, resetEntry(audit.KeyRetired, start.Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		needs(0)
	}
	for name, keys := range map[string]*sqlstore.Canaries{"both": both, "the newest": s.under(t, files.after).Canaries(files.after)} {
		refreshed(t, keys)
		for n, want := range map[int]bool{1: false, 2: true, 3: true} {
			if keys.Holds(oneTag(tagOf(n))) != want {
				t.Errorf("under %s: Holds(%d) = %v", name, n, !want)
			}
		}
		if err := keys.Check(t.Context()); err != nil {
			t.Errorf("under %s: %v", name, err)
		}
	}
}
