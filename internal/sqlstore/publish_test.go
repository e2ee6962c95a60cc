package sqlstore_test

import (
	"crypto/sha256"
	"errors"
	"testing"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

func TestPublishRefuses(t *testing.T) {
	s := newStore(t)
	id, err := commit(t.Context(), s.roster, "a", 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	another := s.DB.Roster(s.keys, sha256.Sum256([]byte("another incident file")))
	stranger := s.DB.Roster(newKeys(t), digest)
	useless := publishEntry(start)
	useless.Actor.ID = ""
	names := func(by, approver string) sqlstore.Publication {
		return sqlstore.Publication{By: by, ApprovedBy: approver}
	}
	for _, c := range []struct {
		name    string
		roster  *sqlstore.Roster
		version int64
		names   sqlstore.Publication
		entry   audit.Entry
		want    error
	}{
		{"unknown version", s.roster, id + 1, twoNames(), publishEntry(start), sqlstore.ErrUnknownVersion},
		{"another incident file", another, id, twoNames(), publishEntry(start), sqlstore.ErrIncidentDiffers},
		{"other keys", stranger, id, twoNames(), publishEntry(start), sqlstore.ErrKeysDiffer},
		{"nobody", s.roster, id, names("", "Ito"), publishEntry(start), sqlstore.ErrNoName},
		{"no approver", s.roster, id, names("Sato", " \u3000"), publishEntry(start), sqlstore.ErrNoName},
		{"one person", s.roster, id, names("Sato Hana", "Sato Hana"), publishEntry(start), sqlstore.ErrSamePerson},
		{"one person, other case", s.roster, id, names("Sato Hana", "SATO  hana"), publishEntry(start), sqlstore.ErrSamePerson},
		{"one person, other width", s.roster, id, names("佐藤 花ABC", "佐藤　花ＡＢＣ"), publishEntry(start), sqlstore.ErrSamePerson},
		{"one person, no space", s.roster, id, names("佐藤花", "佐藤 花"), publishEntry(start), sqlstore.ErrSamePerson},
		{"one person, hidden rune", s.roster, id, names("Sato", "Sa\u200bto"), publishEntry(start), sqlstore.ErrSamePerson},
		{"useless audit entry", s.roster, id, twoNames(), useless, audit.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.roster.Publish(t.Context(), c.version, c.names, c.entry); !errors.Is(err, c.want) {
				t.Errorf("Publish = %v, want %v", err, c.want)
			}
			if _, err := s.roster.Published(t.Context()); !errors.Is(err, sqlstore.ErrNoVersion) {
				t.Errorf("something is published: %v", err)
			}
		})
	}
	if n := count(t, s.raw(t), `SELECT count(*) FROM audit_entries WHERE action = 'publish'`); n != 0 {
		t.Errorf("%d audit rows of refused publications", n)
	}
}

// TestPublishProvesFirst: a version that could not answer is not made to.
func TestPublishProvesFirst(t *testing.T) {
	for _, sabotage := range []string{
		`DELETE FROM roster_tags WHERE tag = (SELECT max(tag) FROM roster_tags)`,
		`DELETE FROM roster_persons WHERE person = 2`,
		`UPDATE roster_persons SET kind = 'guest' WHERE person = 2`,
		`UPDATE roster_persons SET member_id_sealed = (SELECT member_id_sealed FROM roster_persons WHERE person = 1) WHERE person = 2`,
		`UPDATE roster_versions SET person_count = 2`,
		`UPDATE roster_versions SET tag_count = 2`,
	} {
		s := newStore(t)
		id, err := commit(t.Context(), s.roster, "a", 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := run(s.raw(t), sabotage); err != nil {
			t.Fatal(err)
		}
		if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("%s: Publish = %v, want ErrUnproven", sabotage, err)
		}
	}
}
