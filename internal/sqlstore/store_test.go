package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// start is the time of everything that needs one.
var start = time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)

// digest is that of the incident file of these tests.
var digest = sha256.Sum256([]byte("incident"))

func newKeys(t testing.TB) *vault.Server {
	t.Helper()
	data, _, err := vault.Generate(start)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.ParseServer(named(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// store is a migrated database in a folder of its own.
type store struct {
	*sqlstore.DB
	path   string
	keys   *vault.Server
	roster *sqlstore.Roster
}

func newStore(t testing.TB) *store {
	t.Helper()
	s := &store{path: filepath.Join(t.TempDir(), "exposure.db"), keys: newKeys(t)}
	if err := sqlstore.Migrate(t.Context(), "sqlite:"+s.path); err != nil {
		t.Fatal(err)
	}
	s.reopen(t)
	return s
}

// reopen is what a restart of the server is to the database.
func (s *store) reopen(t testing.TB) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite:"+s.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	s.DB, s.roster = db, db.Roster(s.keys, digest)
}

// Audit is the log under the keys of the store.
func (s *store) Audit() *sqlstore.Audit { return s.DB.Audit(s.keys) }

// raw is a connection of somebody who may write the database and has no keys. It creates
// the file where there is none.
func (s *store) raw(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// tagOf spreads numbers over all tags, as the keyed hash does.
func tagOf(n int) breach.Tag {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("tag"), uint64(n)))
}

// handleOf is the handle of the person of that number, in every version.
func handleOf(n int) breach.Handle {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("handle"), uint64(n)))
}

// answerOf is an answer that tells number and round apart from all others.
func answerOf(n, round int) breach.Answer {
	return breach.Answer{Persons: []breach.Person{{
		Ref: int64(n + 1), Edge: breach.EdgeLogin, Kind: breach.KindMember,
		Exposures: []breach.Exposure{{Cohort: "member", Cards: round, Categories: []breach.Exposed{
			{Category: "name", Certainty: breach.Possible}, {Category: "gender", Certainty: breach.PossibleIfEntered},
		}}},
	}}}
}

func meta(sources string) sqlstore.VersionMeta {
	return sqlstore.VersionMeta{
		IncidentID: "tougyoku-2023", IncidentDigest: digest, SourcesDigest: sha256.Sum256([]byte(sources)), Summary: []byte(`{"differs":false}`),
	}
}

func importEntry() audit.Entry {
	return audit.Entry{At: start, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: audit.Import, Outcome: audit.Done}
}

func publishEntry(at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: audit.Publish, Outcome: audit.Done}
}

func twoNames() sqlstore.Publication {
	return sqlstore.Publication{By: "Sato Hana", ApprovedBy: "Ito Ken", OSUser: "hana", Host: "office"}
}

// commit makes a version of the given number of people.
func commit(ctx context.Context, r *sqlstore.Roster, sources string, people, round int) (int64, error) {
	st, err := r.Stage(ctx, meta(sources))
	if err != nil {
		return 0, err
	}
	for n := range people {
		a := answerOf(n, round)
		p := sqlstore.StagedPerson{
			Ref: int64(n + 1), Kind: breach.KindMember, MemberID: "m" + string(rune('0'+n%10)), Handle: handleOf(n),
			Reach: sha256.Sum256([]byte("reach")), Evidence: fmt.Appendf(nil, "sealed %d in round %d", n, round), Person: a.Persons[0],
		}
		if err := st.AddPerson(ctx, p); err != nil {
			return 0, err
		}
		if err := st.AddTag(ctx, tagOf(n), a); err != nil {
			return 0, err
		}
	}
	return st.Commit(ctx, importEntry())
}

// publish makes and publishes a version.
func (s *store) publish(t testing.TB, sources string, people, round int) int64 {
	t.Helper()
	id, err := commit(t.Context(), s.roster, sources, people, round)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.roster.Publish(t.Context(), id, twoNames(), publishEntry(start)); err != nil {
		t.Fatal(err)
	}
	return id
}
