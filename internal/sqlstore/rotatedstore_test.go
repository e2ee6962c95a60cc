package sqlstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// secondKey is the id of the tag key that follows firstKey.
const secondKey = "4567cdef"

// keyFiles are three key files of one installation: of before a rotation of the tag
// key, of after it, and of after the first key's retirement.
type keyFiles struct{ before, both, after *vault.Server }

func rotatedKeys(t *testing.T) keyFiles {
	t.Helper()
	data, _, err := vault.Generate(start)
	if err != nil {
		t.Fatal(err)
	}
	old := vault.Files{Server: named(t, data)}
	added, made, err := old.Rotate([]string{"tag", "audit_signing"}, start.Add(time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	both := vault.Files{Server: []byte(strings.ReplaceAll(string(added.Server), made[0].ID, secondKey))}
	after, _, err := both.Retire(firstKey)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(data []byte) *vault.Server {
		keys, err := vault.ParseServer(data)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	return keyFiles{parse(old.Server), parse(both.Server), parse(after.Server)}
}

// newRotatedStore is a store with a published version of five people of before the
// rotation.
func newRotatedStore(t *testing.T) (*store, keyFiles) {
	t.Helper()
	files := rotatedKeys(t)
	s := newStore(t)
	s.keys = files.before
	s.reopen(t)
	s.publish(t, "a", 5, 1)
	return s, files
}

// under is what another program with another key file does to the same database.
func (s *store) under(t *testing.T, keys *vault.Server) *store {
	t.Helper()
	o := &store{path: s.path, keys: keys}
	o.reopen(t)
	return o
}

// secondTag is the tag of that number under the second key.
func secondTag(n int) breach.Tag { return tagOf(1000 + n) }

// bothNames are the tags of a number under both keys, newest first.
func bothNames(n int) breach.Tags {
	return breach.NewTags(breach.KeyedTag{Key: secondKey, Tag: secondTag(n)}, breach.KeyedTag{Key: firstKey, Tag: tagOf(n)})
}

// commitSecond makes a version under the second key.
func (s *store) commitSecond(t *testing.T, sources string, people int, reviews ...sqlstore.StagedReview) int64 {
	t.Helper()
	st, err := s.roster.Stage(t.Context(), meta(sources))
	if err != nil {
		t.Fatal(err)
	}
	for n := range people {
		a := answerOf(n, 2)
		err := errors.Join(
			st.AddPerson(t.Context(), sqlstore.StagedPerson{Ref: int64(n + 1), Kind: breach.KindMember, Handle: handleOf(1000 + n), Person: a.Persons[0]}),
			st.AddTag(t.Context(), secondTag(n), a))
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range reviews {
		if err := st.AddReview(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	id, err := st.Commit(t.Context(), importEntry())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *store) publishNow(t *testing.T, id int64) {
	t.Helper()
	if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); err != nil {
		t.Fatal(err)
	}
}

func listedAs(t *testing.T, r *sqlstore.Roster, names breach.Tags) (version int64, listed, dropped bool) {
	t.Helper()
	v, a, err := r.Answer(t.Context(), names)
	if err != nil {
		t.Fatalf("%v: %v", names, err)
	}
	return v.ID, a.Listed(), a.Dropped
}
