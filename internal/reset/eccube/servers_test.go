package eccube_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"exposure/internal/live"
)

// estate has one server of each kind for all tests of this package: filling the folder of
// one takes seconds. Each test has a database of its own in it.
type estate struct {
	dir string

	mu       sync.Mutex
	now      testing.TB // the test that runs: these tests come one after the other
	servers  map[string]*live.Database
	cleanups []func()
}

// asking is a test that asks for a server before anybody else has. Where there is none it is
// skipped, or fails with CI=true, as package live says; what is started outlasts it.
type asking struct {
	testing.TB
	estate *estate
}

func (a asking) Cleanup(f func()) { a.estate.cleanups = append(a.estate.cleanups, f) }
func (a asking) TempDir() string  { return a.estate.dir }

// Fatalf fails the test that runs: the one that asked first is over when a later one restarts
// the server.
func (a asking) Fatalf(format string, args ...any) {
	a.estate.now.Helper()
	a.estate.now.Fatalf(format, args...)
}

// shared is set by TestMain alone.
var shared *estate

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "eccube")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared = &estate{dir: dir, servers: map[string]*live.Database{}}
	defer func() {
		for i := len(shared.cleanups) - 1; i >= 0; i-- {
			shared.cleanups[i]()
		}
		_ = os.RemoveAll(dir)
	}()
	return m.Run()
}

// server returns the shared server of a kind.
func server(t testing.TB, kind string) *live.Database {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.now = t
	if shared.servers[kind] == nil {
		start := map[string]func(live.TB) *live.Database{"postgres": live.NewPostgres, "mysql": live.NewMariaDB}[kind]
		shared.servers[kind] = start(asking{t, shared})
	}
	return shared.servers[kind]
}
