package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// listed makes a version of people with contacts: the last one is on no list, the one before
// has no address.
func (s *store) listed(t *testing.T, sources string, people int) int64 {
	t.Helper()
	st, err := s.roster.Stage(t.Context(), meta(sources))
	if err != nil {
		t.Fatal(err)
	}
	for n := range people {
		p := sqlstore.StagedPerson{Ref: int64(n + 1), Kind: breach.KindRecipient, Handle: handleOf(n), Reach: sha256.Sum256([]byte("reach"))}
		if n < people-1 {
			p.Person = answerOf(n, 1).Persons[0]
		}
		if n == people-2 {
			p.Reach = sha256.Sum256(nil)
		}
		if err := st.AddPerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	for n := people - 2; n >= 0; n-- {
		c := breach.StagedContact{Handle: handleOf(n), Sealed: s.keys.SealForOperator(breach.ContactLabel, fmt.Append(nil, n))}
		if err := st.AddContact(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	id, err := st.Commit(t.Context(), importEntry())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *store) visit(t *testing.T, version int64) (all []sqlstore.ListedPerson, err error) {
	t.Helper()
	err = s.roster.Listed(t.Context(), version, func(p sqlstore.ListedPerson) error {
		all = append(all, p)
		return nil
	})
	return all, err
}

// TestListed: who is on a list, who has an address, and whose contact is whose.
func TestListed(t *testing.T) {
	s := newStore(t)
	first, second := s.listed(t, "a", 4), s.listed(t, "b", 6)
	for version, people := range map[int64]int{first: 4, second: 6} {
		all, err := s.visit(t, version)
		if err != nil || len(all) != people-1 {
			t.Fatalf("%d people, %v", len(all), err)
		}
		for n, p := range all {
			if p.Handle != handleOf(n) || p.Kind != breach.KindRecipient || len(p.Sealed) == 0 || p.Mail != (n != people-2) {
				t.Errorf("person %d of version %d: %+v", n, version, p)
			}
		}
	}
	stopped := errors.New("stopped")
	if err := s.roster.Listed(t.Context(), first, func(sqlstore.ListedPerson) error { return stopped }); !errors.Is(err, stopped) {
		t.Errorf("%v, want what the visitor said", err)
	}
	if _, err := s.visit(t, 9); !errors.Is(err, sqlstore.ErrUnknownVersion) {
		t.Errorf("%v, want ErrUnknownVersion", err)
	}
}

// TestAlteredContacts: no contact is anybody else's, of another version, or edited, and a
// person who is gone does not go unnoticed. A contact that is gone is no contact.
func TestAlteredContacts(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		gone  bool
	}{
		"swapped":           {query: `UPDATE roster_contacts SET sealed = (SELECT sealed FROM roster_contacts AS o WHERE o.version = 1 AND o.handle <> roster_contacts.handle LIMIT 1), mac = (SELECT mac FROM roster_contacts AS o WHERE o.version = 1 AND o.handle <> roster_contacts.handle LIMIT 1) WHERE version = 1`},
		"another version's": {query: `UPDATE OR REPLACE roster_contacts SET version = 1 WHERE version = 2`},
		"edited":            {query: `UPDATE roster_contacts SET sealed = CAST(sealed || x'00' AS BLOB) WHERE version = 1`},
		"emptied":           {query: `UPDATE roster_contacts SET sealed = x'' WHERE version = 1`},
		"with another MAC":  {query: `UPDATE roster_contacts SET mac = randomblob(32) WHERE version = 1`},
		"removed":           {query: `DELETE FROM roster_contacts WHERE version = 1`, gone: true},
		"without a person":  {query: `DELETE FROM roster_persons WHERE version = 1 AND person = 2`},
		"a person edited":   {query: `UPDATE roster_persons SET reach = randomblob(32) WHERE version = 1 AND person = 2`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.listed(t, "a", 4)
			s.listed(t, "b", 4)
			if err := run(s.raw(t), c.query); err != nil {
				t.Fatal(err)
			}
			all, err := s.visit(t, 1)
			if c.gone != (err == nil) || err != nil && !errors.Is(err, breach.ErrUnproven) {
				t.Fatalf("%d people, %v", len(all), err)
			}
			for _, p := range all {
				if c.gone && p.Sealed != nil {
					t.Error("a contact came from nowhere")
				}
			}
		})
	}
}

// TestContactsAreStagedOnce, and only with what they need.
func TestContactsAreStagedOnce(t *testing.T) {
	s := newStore(t)
	st, err := s.roster.Stage(t.Context(), meta("a"))
	if err != nil {
		t.Fatal(err)
	}
	add := func(ctx context.Context, h breach.Handle, sealed string) error {
		return st.AddContact(ctx, breach.StagedContact{Handle: h, Sealed: []byte(sealed)})
	}
	if add(t.Context(), breach.Handle{}, "x") == nil || add(t.Context(), handleOf(1), "") == nil {
		t.Error("nobody's contact, or none, was taken")
	}
	for range 2 {
		if err := add(t.Context(), handleOf(1), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := st.Commit(t.Context(), importEntry()); !errors.Is(err, sqlstore.ErrDuplicate) {
		t.Errorf("%v, want ErrDuplicate", err)
	}
	if err := st.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s.raw(t), `SELECT count(*) FROM roster_contacts`); n != 0 {
		t.Errorf("%d contacts of an aborted import are left", n)
	}
	if err := add(t.Context(), handleOf(2), "x"); !errors.Is(err, sqlstore.ErrStagingOver) {
		t.Errorf("%v, want ErrStagingOver", err)
	}
}

// TestContactsAreSealedUnder: which versions need a contacts key.
func TestContactsAreSealedUnder(t *testing.T) {
	s := newStore(t)
	s.listed(t, "a", 3)
	all, err := s.visit(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := s.SealedUnder(t.Context(), [4]byte(all[0].Sealed))
	if err != nil || len(versions) != 1 || versions[0] != 1 {
		t.Errorf("versions %v, %v", versions, err)
	}
}
