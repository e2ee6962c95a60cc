package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/csv"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"exposure/internal/incident"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"exposurectl": main,
		"purge-until": func() { os.Exit(purgeUntil(os.Args[1:])) },
	})
}

// TestScripts walks the operator's program through its days; read testdata first.
func TestScripts(t *testing.T) {
	shop, err := filepath.Abs("../../../shared/data/eccube2-a")
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(shop)
	if missing != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the shop exports are not at %s", shop)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SHOP", shop)
			writeDKIM(t, filepath.Join(e.WorkDir, "dkim.pem"))
			if missing == nil {
				e.Setenv("LISTED", firstAddress(t, filepath.Join(shop, "truth.csv"), "emails", "cohorts", "card"))
				e.Setenv("LATE", firstAddress(t, filepath.Join(shop, "noise.csv"), "email", "why", "only after the cut-off"))
			}
			for _, name := range []string{"tougyoku-2023", "harbour-2024"} {
				src, err := incident.Example(name)
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(e.WorkDir, name+".yaml"), src, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"sql": runSQL, "keyid": keyID, "headof": headOf, "firstletter": firstLetter, "swap": swap, "renamed": renamed},
		Condition: func(name string) (bool, error) { return name == "shop" && missing == nil, nil },
	})
}

// writeDKIM writes a new key that signs mails.
func writeDKIM(t *testing.T, path string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// firstAddress is the address in the first row of an answer file whose column holds the
// text.
func firstAddress(t *testing.T, path, address, column, text string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at, by := slices.Index(rows[0], address), slices.Index(rows[0], column)
	for _, row := range rows[1:] {
		if first, _, _ := strings.Cut(row[at], ";"); strings.Contains(row[by], text) && first != "" {
			return first
		}
	}
	t.Fatalf("no row of %s has %q in %s", filepath.Base(path), text, column)
	return ""
}

// runSQL is somebody who may write a database and has no keys: "sql FILE STATEMENT".
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}

// headOf puts a kept head into a variable, as a shell would: "headof FILE".
func headOf(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("HEAD", strings.TrimRight(ts.ReadFile(args[0]), "\n"))
}

// openRaw opens a database behind the programs' back.
func openRaw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
