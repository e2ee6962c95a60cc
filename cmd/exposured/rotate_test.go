package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
	"exposure/internal/vault"
)

// rotateAll gives both files of a site a new key for every purpose.
func (s site) rotateAll(t *testing.T) {
	t.Helper()
	server, err := vault.Change(s.keys)
	must(t, err)
	operator, err := vault.Change(s.keys + ".operator")
	must(t, err)
	to, _, err := vault.Files{Server: server.Data(), Operator: operator.Data()}.Rotate(vault.Purposes(), time.Now(), 0)
	must(t, err)
	must(t, errors.Join(operator.Prepare(to.Operator), server.Prepare(to.Server), operator.Commit(), server.Commit(), server.Close(), operator.Close()))
}

// importOne publishes one person under the keys there are.
func (s site) importOne(t *testing.T) {
	t.Helper()
	s.importRows(t, "M:1,member,hanako@example.jp,hanako@example.jp,1,member,,,0,,,,\n")
}

// importRows publishes a list of these rows.
func (s site) importRows(t *testing.T, rows string) {
	t.Helper()
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	list := filepath.Join(s.dir, "list.csv")
	must(t, os.WriteFile(list, []byte("person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n"+rows), 0o600))
	result, err := roster.ImportList(t.Context(), list, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
}

// TestEveryKeyIsRotatedUnderAJourney: what began before goes on after a restart with new
// keys of every purpose: the code mailed, the tries left, the session, the guesses failed.
func TestEveryKeyIsRotatedUnderAJourney(t *testing.T) {
	s, office, redis := newSite(t), openPostOffice(t), live.NewRedis(t)
	s.importOne(t)
	r := s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	b := from(r.public, here)
	before := b.prove(t, office, "hanako@example.jp")
	v := b.start(t, "hanako@example.jp")
	code := office.code(t, "hanako@example.jp", 2)
	for range 2 {
		if got := b.confirm(t, v, "00000000"); got.status != http.StatusUnprocessableEntity {
			t.Fatalf("a wrong code: %d %s", got.status, got.body)
		}
	}
	r.stop()
	s.rotateAll(t)
	r = s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	b = from(r.public, here)
	if got := b.do(t, http.MethodGet, "/v1/report", before.Token, nil); got.status != http.StatusOK {
		t.Errorf("the session of before: %d %s", got.status, got.body)
	}
	var left struct {
		Left int `json:"attempts_left"`
	}
	got := b.confirm(t, v, "00000001")
	if got.decode(t, &left); got.status != http.StatusUnprocessableEntity || left.Left != 2 {
		t.Errorf("a third wrong code: %d %s, want two tries left", got.status, got.body)
	}
	if got := b.confirm(t, v, code); got.status != http.StatusOK {
		t.Errorf("the code of before: %d %s", got.status, got.body)
	}
	b.prove(t, office, "hanako@example.jp")
	r.stop()
	if verdict := s.verifyLog(t, nil); verdict.Bad != nil {
		t.Errorf("the log of before and after: %v", verdict.Bad)
	}
	s.importOne(t) // the same list is a new version under the new key
	r = s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	from(r.public, here).prove(t, office, "hanako@example.jp")
	r.stop()
	s.leaveOldTagKey(t)
	r = s.serve(t, redis.URL(), office.url, "--insecure-no-limits")
	from(r.public, here).prove(t, office, "hanako@example.jp")
}

// leaveOldTagKey retires the older tag key, as "key retire" does.
func (s site) leaveOldTagKey(t *testing.T) {
	t.Helper()
	f, err := vault.Change(s.keys)
	must(t, err)
	all, err := vault.Files{Server: f.Data()}.Keys()
	must(t, err)
	old := all[1]
	if old.Purpose != "tag" || old.Duty != vault.Opens {
		t.Fatalf("%+v is not the old tag key", old)
	}
	to, _, err := vault.Files{Server: f.Data()}.Retire(old.ID)
	must(t, err)
	p, err := open(t.Context(), s.incident, s.keys, s.database)
	must(t, err)
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.KeyRetired, Outcome: audit.Done}
	must(t, p.DB.Roster(p.Keys, p.Incident.Digest).LeaveKey(t.Context(), old.ID, entry))
	must(t, errors.Join(p.DB.Close(), f.Prepare(to.Server), f.Commit(), f.Close()))
}
