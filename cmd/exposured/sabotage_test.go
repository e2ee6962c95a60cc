package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/vault"
)

// TestSabotage: whatever is wrong with the database or the keys, nobody reads "not
// listed". Either the server refuses to start, or it says that it could not check.
func TestSabotage(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, s site)
	}{
		{"another key file", func(t *testing.T, s site) {
			server, _, err := vault.Generate(time.Now())
			must(t, err)
			must(t, os.WriteFile(s.keys, server, 0o600))
		}},
		{"nothing published", func(t *testing.T, s site) { s.exec(t, `DELETE FROM publications`) }},
		{"no version", func(t *testing.T, s site) {
			s.exec(t, `DELETE FROM publications`, `DELETE FROM roster_tags`, `DELETE FROM roster_persons`, `DELETE FROM roster_versions`)
		}},
		{"half the tags", func(t *testing.T, s site) { s.exec(t, `DELETE FROM roster_tags WHERE hex(tag) > '80'`) }},
		{"no tags", func(t *testing.T, s site) { s.exec(t, `DELETE FROM roster_tags`) }},
		{"an edited incident", func(t *testing.T, s site) {
			src, err := os.ReadFile(s.incident)
			must(t, err)
			must(t, os.WriteFile(s.incident, append(src, "\n# edited\n"...), 0o600))
		}},
		{"an empty database", func(t *testing.T, s site) { must(t, os.Truncate(strings.TrimPrefix(s.database, "sqlite:"), 0)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := smallSite(t)
			c.damage(t, s)
			if r, code := s.tryServe(t, "", openPostOffice(t).url); r != nil || code == 0 {
				t.Errorf("the server started")
			}
		})
	}
}

func (s site) exec(t *testing.T, statements ...string) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSabotageWhileServing breaks the database under a running server.
func TestSabotageWhileServing(t *testing.T) {
	for name, damage := range map[string][]string{
		"half the tags":      {`DELETE FROM roster_tags WHERE hex(tag) > '80'`},
		"every tag":          {`DELETE FROM roster_tags`},
		"nothing published":  {`DELETE FROM publications`},
		"another digest":     {`UPDATE roster_versions SET incident_digest = zeroblob(32)`},
		"answers emptied":    {`UPDATE roster_tags SET answer = CAST('{}' AS BLOB)`},
		"chain cut together": {`UPDATE roster_tags SET next = x'` + strings.Repeat("ff", 32) + `'`},
	} {
		t.Run(name, func(t *testing.T) {
			s, shop := smallSite(t)
			office := openPostOffice(t)
			r := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
			b := from(r.public, here)
			s.exec(t, damage...)
			listed := map[string]bool{}
			for _, p := range shop.People() {
				for _, address := range p.Emails {
					listed[address] = true
				}
			}
			unproven := 0
			for _, e := range shop.Examples() {
				v := b.start(t, e.Email)
				got := b.confirm(t, v, office.code(t, e.Email, 1))
				switch {
				case got.status == 503 && got.problem(t) == "could-not-check":
					unproven++
				case got.status == 200 && bytes.Contains(got.body, []byte(`"not_listed"`)) && listed[e.Email]:
					t.Errorf("%s: a listed person was told not_listed", e.Label)
				case got.status != 200:
					t.Errorf("%s: %d %s", e.Label, got.status, got.body)
				}
			}
			if unproven == 0 {
				t.Error("nobody was told that it could not be checked")
			}
		})
	}
}

// TestReady: a server that cannot prove its roster says so to whoever balances load.
func TestReady(t *testing.T) {
	s, _ := smallSite(t)
	redis := live.NewRedis(t)
	r := s.serve(t, redis.URL(), openPostOffice(t).url)
	private := from(r.private, here)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200} {
		if got := private.do(t, http.MethodGet, path, "", nil); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
		if got := from(r.public, here).do(t, http.MethodGet, path, "", nil); got.status != 404 {
			t.Errorf("%s on the public listener: %d", path, got.status)
		}
	}
	redis.Do("CONFIG SET maxmemory 1mb")
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("readyz with a full Redis: %d", got.status)
	}
	redis.Do("CONFIG SET maxmemory 0")
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != 200 {
		t.Errorf("readyz once Redis has room: %d", got.status)
	}
	redis.Stop()
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("readyz without Redis: %d", got.status)
	}
	if got := from(r.public, here).do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": "a@example.jp"}); got.status != 503 {
		t.Errorf("a request without Redis: %d", got.status)
	}
	if got := from(r.public, here).do(t, http.MethodGet, "/v1/incident", "", nil); got.status != 200 {
		t.Errorf("the incident without Redis: %d", got.status)
	}
	redis.Restart()
	s.exec(t, `DELETE FROM roster_tags`)
	if got := private.do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
		t.Errorf("readyz without tags: %d", got.status)
	}
}

// TestDamageElsewhereIsNoticed: rows that nobody happens to ask for are proven as well.
func TestDamageElsewhereIsNoticed(t *testing.T) {
	s, _ := smallSite(t)
	b := s.assembled(t, io.Discard)
	var damaged []byte
	db := s.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT max(tag) FROM roster_tags`).Scan(&damaged))
	where := fmt.Sprintf(` WHERE tag = x'%x'`, damaged)
	s.misses(t, b, "roster_tags", where)
}

// misses removes rows of a table under a server that was ready, which notices that and is ready
// again when they are back.
func (s site) misses(t *testing.T, b *product, table, where string) {
	t.Helper()
	b.check(t.Context())
	must(t, b.ready(t.Context()))
	s.exec(t, `CREATE TABLE kept AS SELECT * FROM `+table+where, `DELETE FROM `+table+where)
	b.check(t.Context())
	if err := b.ready(t.Context()); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("with rows of %s missing the server is ready: %v", table, err)
	}
	s.exec(t, `INSERT INTO `+table+` SELECT * FROM kept`)
	b.check(t.Context())
	must(t, b.ready(t.Context()))
}

// TestReplacedDatabase: a file put in the place of the open one, or its deletion, is
// noticed before anything is told: rows written to the old file would be lost.
func TestReplacedDatabase(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"replaced": func(path string) error {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return errors.Join(os.WriteFile(path+".new", raw, 0o600), os.Rename(path+".new", path))
		},
		"deleted": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			s, shop := smallSite(t)
			office := openPostOffice(t)
			r := s.serve(t, "", office.url)
			address := shop.Examples()[0].Email
			b := from(r.public, here)
			v := b.start(t, address)
			code := office.code(t, address, 1)
			must(t, replace(strings.TrimPrefix(s.database, "sqlite:")))
			if got := b.confirm(t, v, code); got.status != 503 || got.problem(t) != "could-not-check" {
				t.Errorf("a right code was answered %d %s", got.status, got.body)
			}
			if got := from(r.private, here).do(t, http.MethodGet, "/readyz", "", nil); got.status != 503 {
				t.Errorf("readyz: %d", got.status)
			}
		})
	}
}
