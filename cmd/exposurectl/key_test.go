package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// keyID sets KEYID to the key of a purpose with a duty: "keyid PURPOSE DUTY FILE".
func keyID(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[2]))
	ts.Check(err)
	keys, err := vault.Files{Server: data}.Keys()
	ts.Check(err)
	i := slices.IndexFunc(keys, func(k vault.Info) bool { return k.Purpose == args[0] && string(k.Duty) == args[1] })
	if i < 0 {
		ts.Fatalf("no key of %s %s", args[0], args[1])
	}
	ts.Setenv("KEYID", keys[i].ID)
}

var errKilled = errors.New("killed here")

// office is a folder with fresh key files and a database.
func newOffice(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	c := &cli{}
	c.KeyFile, c.Database = filepath.Join(dir, "key"), "sqlite:"+filepath.Join(dir, "db")
	c.Operator = c.KeyFile + ".operator"
	server, operator, err := vault.Generate(time.Now())
	if err := errors.Join(err, vault.WriteNew(c.KeyFile, server), vault.WriteNew(c.Operator, operator), sqlstore.Migrate(t.Context(), c.Database)); err != nil {
		t.Fatal(err)
	}
	return &program{cli: c, terminal: terminal{Out: t.Output(), Err: t.Output()}, ctx: context.WithoutCancel(t.Context())}
}

func (p *program) loads(t *testing.T) {
	t.Helper()
	if _, err := p.operator(); err != nil {
		t.Errorf("the two files do not load as a pair: %v", err)
	}
}

// TestARotationThatIsKilled: after each step of it the files load and belong together, and
// the same command later ends it, or begins anew, and leaves nothing behind.
func TestARotationThatIsKilled(t *testing.T) {
	for step := range 5 {
		p := newOffice(t)
		f, err := p.changeKeys()
		if err != nil {
			t.Fatal(err)
		}
		to, _, err := f.files().Rotate(vault.Purposes(), time.Now(), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, do := range []func() error{
			func() error { return os.WriteFile(p.Operator+".next", to.Operator[:len(to.Operator)/2], 0o600) },
			func() error { return errors.Join(os.Remove(p.Operator+".next"), f.operator.Prepare(to.Operator)) },
			func() error { return f.server.Prepare(to.Server) },
			f.operator.Commit,
			func() error { return f.server.Commit() },
		}[:step+1] {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		f.close() // killed
		p.loads(t)
		if err := (keyRotateCmd{Purposes: []string{"network"}, Commit: true}).Run(p); err != nil {
			t.Errorf("after step %d: %v", step, err)
		}
		p.loads(t)
		for _, path := range []string{p.KeyFile, p.Operator} {
			if _, err := os.Stat(path + ".next"); !os.IsNotExist(err) {
				t.Errorf("after step %d: %s.next is left: %v", step, path, err)
			}
		}
		f, err = p.changeKeys()
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.files().Keys()
		f.close()
		want := map[bool]int{true: 22, false: 12}[step >= 2]
		if step == 4 {
			want = 23 // whole, and one more
		}
		if err != nil || len(all) != want {
			t.Errorf("after step %d: %d keys, %v; want %d", step, len(all), err, want)
		}
	}
}

// TestNothingIsLeftWhenRecordingFails: no row, no new key.
func TestNothingIsLeftWhenRecordingFails(t *testing.T) {
	p := newOffice(t)
	before, err := os.ReadFile(p.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.changeKeys()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if _, err := p.changeKeys(); !errors.Is(err, vault.ErrBusy) {
		t.Errorf("a second change at the same time: %v", err)
	}
	to, _, err := f.files().Rotate(vault.Purposes(), time.Now(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.replace(p, to, func() error { return errKilled }); !errors.Is(err, errKilled) {
		t.Errorf("replace: %v", err)
	}
	after, err := os.ReadFile(p.KeyFile)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file changed: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(p.KeyFile), "*.next")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
