package eccube_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"exposure/internal/live"
)

// house starts one server of each kind for all tests of this package: filling the folder of
// one takes seconds. Each test has a database of its own in it.
type house struct {
	postgres, mariadb func() *live.Database
	cleanups          []func()
	dir               string
}

// unusable is what a test does for which there is no server.
type unusable struct {
	skip bool
	why  string
}

func (h *house) Helper()                        {}
func (h *house) Cleanup(f func())               { h.cleanups = append(h.cleanups, f) }
func (h *house) Logf(format string, a ...any)   { fmt.Fprintf(os.Stderr, format+"\n", a...) }
func (h *house) Skipf(format string, a ...any)  { panic(unusable{true, fmt.Sprintf(format, a...)}) }
func (h *house) Fatalf(format string, a ...any) { panic(unusable{false, fmt.Sprintf(format, a...)}) }
func (h *house) TempDir() string                { return h.dir }

// shared is set by TestMain alone.
var shared *house

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "eccube")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared = &house{dir: dir}
	shared.postgres = sync.OnceValue(func() *live.Database { return live.NewPostgres(shared) })
	shared.mariadb = sync.OnceValue(func() *live.Database { return live.NewMariaDB(shared) })
	defer func() {
		for i := len(shared.cleanups) - 1; i >= 0; i-- {
			shared.cleanups[i]()
		}
		_ = os.RemoveAll(dir)
	}()
	return m.Run()
}

// server returns the shared server of a kind, or ends the test as the house says.
func server(t testing.TB, kind string) *live.Database {
	t.Helper()
	defer func() {
		if u, ok := recover().(unusable); ok && u.skip {
			t.Skip(u.why)
		} else if ok {
			t.Fatal(u.why)
		}
	}()
	if kind == "postgres" {
		return shared.postgres()
	}
	return shared.mariadb()
}
