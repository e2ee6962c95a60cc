package main

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"exposure/internal/canary"
)

// openSiren takes alarms. Their headers hold what authenticates them, their text is for
// everybody on duty.
func (a *aviary) openSiren(t *testing.T) {
	t.Helper()
	key := make([]byte, 32)
	rand.Read(key)
	a.set.Bytes("secret of the alarms", key)
	a.secret = "whsec_" + base64.StdEncoding.EncodeToString(key)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&a.alarms, r.Body)
	}))
	t.Cleanup(s.Close)
	a.siren = s.Listener.Addr().String()
}

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// keepDatabase keeps the bytes of the database and of all that lies beside it.
func (a *aviary) keepDatabase(t *testing.T, when string) {
	t.Helper()
	found, err := filepath.Glob(strings.TrimPrefix(a.database, "sqlite:") + "*")
	must(t, err)
	for _, path := range append(found, filepath.Join(a.dir, "heads.txt")) {
		raw, err := os.ReadFile(path)
		must(t, err)
		a.places[filepath.Base(path)+" "+when] = raw
	}
}

// lookFor searches all that was kept for everything that was planted.
func (a *aviary) lookFor(t *testing.T) {
	t.Helper()
	a.plantCodes(t)
	must(t, filepath.WalkDir(a.temp, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		a.places["temporary file "+d.Name()] = raw
		return err
	}))
	size := 0
	for place, content := range a.places {
		size += len(content)
		if name := strings.Fields(place)[0]; len(content) == 0 && !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-served") {
			t.Errorf("nothing to search: %s", place)
		}
		for i, hit := range a.set.Search(content) {
			if i < 5 {
				t.Errorf("%s: %s", place, hit)
			}
		}
	}
	t.Logf("%d values in %d forms looked for in %d places, %d bytes", a.set.Len(), a.set.Patterns(), len(a.places), size)
}

// plantCodes plants every code that was mailed, or was about to be.
func (a *aviary) plantCodes(t *testing.T) {
	t.Helper()
	n := 0
	for _, body := range a.office.bodies {
		if m := codeLine.FindStringSubmatch(body); m != nil {
			n++
			a.plant("mailed code", m[1])
			a.plant("mailed code without dashes", strings.ReplaceAll(m[1], "-", ""))
		}
	}
	if n < 5 {
		t.Errorf("only %d codes were mailed", n)
	}
}

// placesAreComplete: a search that forgot a place would find nothing there.
func (a *aviary) placesAreComplete(t *testing.T) {
	t.Helper()
	var names []string
	for place := range a.places {
		names = append(names, place)
	}
	slices.Sort(names)
	all := "\n" + strings.Join(names, "\n") + "\n"
	for _, want := range []string{
		"\nRedis, dumped 1\n", "\nRedis, dumped 2\n", "\nRedis, its file 1\n", "\nRedis, what it was sent 1\n", "\nRedis, what it was sent 2\n",
		"\nexposure.db under the server\n", "\nexposure.db-wal under the server\n", "\nexposure.db-shm under the server\n", "\nexposure.db after a kill\n",
		"\nheads.txt after the first server\n", "\nwhat the first server printed\n", "\nwhat the killed server, goroutines and all printed\n", "\nrefusal 12\n", "\nalarms\n",
		"\nthe answers to operators, without Redis\n", "\nthe answers to people who succeed\n", "\nthe answers to the shop\n", "\nthe answers to people who guess\n",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q was not searched", strings.TrimSpace(want))
		}
	}
	for place, sign := range map[string]string{
		"Redis, what it was sent 1": "exposure:", "what the first server printed": `"msg":"request"`, "exposure.db under the server": "SQLite format 3",
		"heads.txt after the first server": "exposure audit log", "the answers to people who succeed": `"listed"`, "Redis, its file 1": "REDIS",
	} {
		if !strings.Contains(string(a.places[place]), sign) {
			t.Errorf("%s is not what it should be", place)
		}
	}
}

// TestCanariesAreFound: the search of TestCanaries fails when there is something to find.
func TestCanariesAreFound(t *testing.T) {
	a := openAviary(t)
	must(t, os.WriteFile(filepath.Join(a.dir, "heads.txt"), nil, 0o600))
	key, err := os.ReadFile(a.keys)
	must(t, err)
	for name, leak := range map[string]string{
		"an address in a log": `{"msg":"refused","error":"550 <` + a.shop.Member + `> unknown"}`, "a key file": string(key),
		"a name in a table": "INSERT INTO t VALUES ('鸚鵡鵲')", "an escaped address": strings.ReplaceAll(strings.ToUpper(a.shop.Guest), "@", `\u0040`),
		"a password": "dial " + a.office.url, "somebody among the others": "x" + a.shop.Others.People()[7].Emails[0] + "x",
	} {
		if len(a.set.Search([]byte(leak))) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	a.site.exec(t, `CREATE TABLE leak (address TEXT)`, `INSERT INTO leak VALUES ('`+a.shop.Member+`')`)
	a.keepDatabase(t, "with a leak")
	var hits []canary.Hit
	for _, content := range a.places {
		hits = append(hits, a.set.Search(content)...)
	}
	if len(hits) == 0 {
		t.Error("an address in the database is not found")
	}
}
