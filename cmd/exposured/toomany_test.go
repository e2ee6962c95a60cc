package main

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"exposure/internal/otp"
	"exposure/internal/vault"
)

// TestNoServerOverMorePeopleThanCodesAreSafeFor: a server refuses to start on a published
// version of so many people that its codes could be guessed.
func TestNoServerOverMorePeopleThanCodesAreSafeFor(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	const most = 27_322_404
	people := s.recount(t, 0)
	for _, c := range []struct {
		people int64
		says   string
	}{{most + 1, "safe for at most 27322404 people"}, {1 << 40, "so one of fewer people is needed"}, {most, "people are missing"}} {
		s.recount(t, c.people)
		log := &syncBuffer{}
		code := program{out: log, err: log}.run(t.Context(), []string{
			"serve", "--incident", s.incident, "--key-file", s.keys, "--database-url", s.database, "--redis-url", "",
			"--smtp-url", office.url, "--public-url", "http://127.0.0.1", "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0",
		})
		if code != 1 || strings.Count(log.String(), "short codes of 12 digits") > 1 || !strings.Contains(log.String(), c.says) {
			t.Errorf("%d people: ended with %d: %s", c.people, code, log)
		}
	}
	s.recount(t, people)
	s.serve(t, "", office.url) // so that the rows which recount writes are taken for real
}

// TestAVersionOfTooManyPeopleIsSaidOnce: a server under which one comes to be published is not
// ready, and says why once.
func TestAVersionOfTooManyPeopleIsSaidOnce(t *testing.T) {
	s, _ := smallSite(t)
	log := &syncBuffer{}
	b := s.assembled(t, log)
	people := s.recount(t, 1<<40)
	b.check(t.Context())
	if said := strings.Count(log.String(), "short codes of 12 digits"); said != 1 || !errors.Is(b.ready(t.Context()), otp.ErrTooManyPeople) {
		t.Errorf("said %d times, and ready: %v: %s", said, b.ready(t.Context()), log)
	}
	s.recount(t, people)
	b.check(t.Context())
	must(t, b.ready(t.Context()))
}

// recount is whoever has the keys and writes another number of people into the published
// version, which is the only one; 0 leaves it. It returns what the number was.
func (s site) recount(t *testing.T, people int64) (before int64) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	key := keys.RosterKeys()[0]
	db := s.open(t)
	defer db.Close()
	row := func(query string) (parts [][]byte) {
		t.Helper()
		rows, err := db.Query(query)
		must(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		must(t, err)
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if !rows.Next() {
			t.Fatal("no row: ", query, rows.Err())
		}
		must(t, rows.Scan(into...))
		for _, v := range values {
			parts = append(parts, framed(t, v))
		}
		return parts
	}
	must(t, db.QueryRow(`SELECT person_count FROM roster_versions`).Scan(&before))
	if people == 0 {
		people = before
	}
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := db.Exec(query, args...)
		must(t, err)
	}
	exec(`UPDATE roster_versions SET person_count = ?`, people)
	mac := key.MAC("roster-version", row(`SELECT id, salt, created_at, committed_at, base, incident_id, incident_digest, sources_digest,
		summary_digest, tag_key_id, key_check, tag_count, person_count, review_count, tag_root FROM roster_versions`)...)
	exec(`UPDATE roster_versions SET mac = ?`, mac[:])
	mac = key.MAC("roster-publication", row(`SELECT p.seq, p.version, v.mac, p.at, p.by_name, p.approved_by, p.override_reason, p.os_user, p.host,
		p.key_check, p.after FROM publications AS p JOIN roster_versions AS v ON v.id = p.version`)...)
	exec(`UPDATE publications SET mac = ?`, mac[:])
	return before
}

// framed is a column as it is authenticated.
func framed(t *testing.T, v any) []byte {
	t.Helper()
	switch v := v.(type) {
	case int64:
		return binary.BigEndian.AppendUint64(nil, uint64(v))
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	t.Fatalf("a column of %T", v)
	return nil
}
