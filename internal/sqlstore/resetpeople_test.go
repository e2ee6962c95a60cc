package sqlstore_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// tags are those of an address under the keys of the store.
func (s *store) tags(t testing.TB, a string) breach.Tags {
	t.Helper()
	address, err := email.Parse(a)
	if err != nil {
		t.Fatal(err)
	}
	return s.keys.Tags(address)
}

// members commits a version whose people are members of these ids, with references from
// 1: a member whose id is even has withdrawn and has no login address. A guest follows.
func (s *store) members(t testing.TB, ids ...string) int64 {
	t.Helper()
	st, err := s.roster.Stage(t.Context(), meta(fmt.Sprint("members ", ids)))
	if err != nil {
		t.Fatal(err)
	}
	for n, id := range append(slices.Clone(ids), "") {
		p := answerOf(n, 1).Persons[0]
		staged := sqlstore.StagedPerson{
			Ref: int64(n + 1), Kind: p.Kind, MemberID: id, Handle: s.keys.PersonHandle("M:" + id), Reach: sha256.Sum256([]byte("reach")), Evidence: []byte("sealed"),
		}
		if id == "" {
			p.Kind, p.Edge, staged.Kind, staged.Handle = breach.KindGuest, breach.EdgeOther, breach.KindGuest, s.keys.PersonHandle("G:a")
		} else if (id[len(id)-1]-'0')%2 == 0 {
			p.Withdrawn, p.Edge = true, breach.EdgeOther
		}
		staged.Person = p
		if err := errors.Join(st.AddPerson(t.Context(), staged), st.AddTag(t.Context(), tagOf(n), breach.Answer{Persons: []breach.Person{p}})); err != nil {
			t.Fatal(err)
		}
	}
	id, err := st.Commit(t.Context(), importEntry())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestResetsOfAnAnswer: the people of an answer are found by their references, whoever has
// none is left out, and what cannot be proven is no answer.
func TestResetsOfAnAnswer(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1", "3")
	version := s.members(t, "1", "2", "3")
	change(t, r, audit.ResetOrder, start, order(start), "3")
	got, err := r.ByRef(t.Context(), version, []int64{1, 2, 3, 4})
	if err != nil || len(got) != 2 || got[1].State != breach.ResetPlanned || got[3].State != breach.ResetRequired || got[3].MemberID != "3" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, ref := range []int64{0, 5} {
		if _, err := r.ByRef(t.Context(), version, []int64{ref}); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("somebody who is not there: %v", err)
		}
	}
	if err := run(s.raw(t), `UPDATE roster_persons SET member_id_sealed = (SELECT member_id_sealed FROM roster_persons WHERE person = 3) WHERE person = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ByRef(t.Context(), version, []int64{1}); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("one member's number put beside another: %v", err)
	}
}

// TestMembersToPlan: every member whom the rules ask, and what is to know of them.
func TestMembersToPlan(t *testing.T) {
	s := newStore(t)
	r := s.Resets(s.keys)
	version := s.members(t, "1", "2", "3")
	all, err := r.Members(t.Context(), version, func(p breach.Person) bool { return p.Exposures[0].Cohort == "member" })
	want := []reset.Member{{ID: "1", Login: true}, {ID: "2", Withdrawn: true}, {ID: "3", Login: true}}
	slices.SortFunc(all, func(a, b reset.Member) int { return int(a.ID[0]) - int(b.ID[0]) })
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if all, err = r.Members(t.Context(), version, func(breach.Person) bool { return false }); err != nil || len(all) != 0 {
		t.Errorf("%v, %v; want nobody", all, err)
	}
	if err := run(s.raw(t), `DELETE FROM roster_persons WHERE person = 2`); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Members(t.Context(), version, func(breach.Person) bool { return true }); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("Members of whom one is missing = %v", err)
	}
}

// TestContacts: an address stands for a login address once two people say so, until
// another one does.
func TestContacts(t *testing.T) {
	s := newStore(t)
	r := s.Resets(s.keys)
	version := s.members(t, "1", "3")
	good := reset.Contact{MemberID: "1", Tags: s.tags(t, "new@example.jp"), By: "Sato", ApprovedBy: "Ito"}
	entry := resetEntry(audit.ContactAdd, start)
	for name, c := range map[string]struct {
		spoil func(*reset.Contact)
		want  error
	}{
		"one name":          {func(c *reset.Contact) { c.ApprovedBy = "" }, sqlstore.ErrNoName},
		"one person":        {func(c *reset.Contact) { c.ApprovedBy = "ｓａｔｏ" }, sqlstore.ErrSamePerson},
		"an address":        {func(c *reset.Contact) { c.By = "a@example.jp" }, sqlstore.ErrAddressAsName},
		"no address":        {func(c *reset.Contact) { c.Tags = breach.Tags{} }, breach.ErrNoTag},
		"nobody":            {func(c *reset.Contact) { c.MemberID = "9" }, reset.ErrNotInVersion},
		"nobody's number":   {func(c *reset.Contact) { c.MemberID = "" }, nil},
		"a guest's handles": {func(c *reset.Contact) { c.MemberID = "G:a" }, reset.ErrNotInVersion},
	} {
		bad := good
		c.spoil(&bad)
		if err := r.AddContact(t.Context(), version, bad, entry); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	second := good
	second.MemberID = "3"
	if err := errors.Join(r.AddContact(t.Context(), version, good, entry), r.AddContact(t.Context(), version, second, entry)); err != nil {
		t.Fatal(err)
	}
	contacts := func(address string, want ...string) {
		t.Helper()
		all, err := r.ContactsOf(t.Context(), s.tags(t, address))
		if slices.Sort(all); err != nil || !slices.Equal(all, want) {
			t.Errorf("%s stands for %v, %v; want %v", address, all, err, want)
		}
	}
	contacts("new@example.jp", "1", "3")
	good.Tags = s.tags(t, "newest@example.jp")
	if err := r.AddContact(t.Context(), version, good, entry); err != nil {
		t.Fatal(err)
	}
	contacts("new@example.jp", "3")
	contacts("newest@example.jp", "1")
	contacts("old@example.jp")
	for id, want := range map[string]bool{"1": true, "3": true, "9": false} {
		if got, err := r.Replaced(t.Context(), id); err != nil || got != want {
			t.Errorf("Replaced(%s) = %t, %v", id, got, err)
		}
	}
	if p, err := r.Member(t.Context(), version, "3"); err != nil || p.Ref != 2 || p.Edge != breach.EdgeLogin || len(p.Exposures) == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestContactOfADroppedMember: that a version does not hold a member is told only when it is
// proven.
func TestContactOfADroppedMember(t *testing.T) {
	s := newStore(t)
	version := s.members(t, "3", "5")
	if _, err := s.Resets(s.keys).Member(t.Context(), version, "1"); !errors.Is(err, reset.ErrNotInVersion) || errors.Is(err, breach.ErrUnproven) {
		t.Errorf("a member of another version: %v", err)
	}
	for _, q := range []string{`DELETE FROM roster_handles WHERE person = 1`, `DELETE FROM roster_persons WHERE person = 1`} {
		if err := run(s.raw(t), q); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Resets(s.keys).Member(t.Context(), version, "3"); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("a member who was taken out: %v", err)
		}
	}
}

// TestStrangersCostOneStatement: of people who are no members only contacts are read, if
// there are any, and every member costs two statements more.
func TestStrangersCostOneStatement(t *testing.T) {
	s := newStore(t)
	s.planned(t, start, "1", "3")
	version := s.members(t, "1", "3")
	n := sqlstore.CountStatements(s.DB, sqlstore.DSN(s.path, false))
	r := s.Resets(s.keys)
	read := func(tag string, refs ...int64) int64 {
		t.Helper()
		before := n.Load()
		if _, err := r.ContactsOf(t.Context(), s.tags(t, tag)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.ByRef(t.Context(), version, refs); err != nil {
			t.Fatal(err)
		}
		return n.Load() - before
	}
	costs := func(contacts int64) {
		t.Helper()
		read("first@example.jp", 1) // proves the version, and asks for any contact, once
		for _, c := range []struct {
			refs []int64
			want int64
		}{{nil, 0}, {[]int64{1}, 2}, {[]int64{1, 2}, 4}} {
			if got := read("a@example.jp", c.refs...); got != c.want+contacts {
				t.Errorf("%d members cost %d statements, want %d", len(c.refs), got, c.want+contacts)
			}
		}
	}
	costs(0)
	stands := reset.Contact{MemberID: "1", Tags: s.tags(t, "b@example.jp"), By: "hana", ApprovedBy: "ken"}
	if err := r.AddContact(t.Context(), version, stands, resetEntry(audit.ContactAdd, start)); err != nil {
		t.Fatal(err)
	}
	costs(1)
}
