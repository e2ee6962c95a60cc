package main

import (
	"os"
	"sync"
	"testing"

	"exposure/internal/live"
)

// lastingServers are started for the first test that asks and serve all later ones: starting a
// Cluster takes longer than most attacks.
type lastingServers struct {
	mu       sync.Mutex
	now      testing.TB // the test that asked last: these come one after the other
	dirs     []string
	cleanups []func()
	cluster  *live.RedisCluster
}

// lasting ends with TestMain.
var lasting lastingServers

// outlasting is a test whose servers outlast it. Where there are none it is skipped, or fails
// with CI=true, as package live says.
type outlasting struct {
	testing.TB
	servers *lastingServers
}

func (o outlasting) Cleanup(f func()) { o.servers.cleanups = append(o.servers.cleanups, f) }

func (o outlasting) TempDir() string {
	dir, err := os.MkdirTemp("", "lasting")
	must(o.TB, err)
	o.servers.dirs = append(o.servers.dirs, dir)
	return dir
}

// Fatalf fails the test that runs: the one that asked first is over.
func (o outlasting) Fatalf(format string, args ...any) {
	o.servers.now.Helper()
	o.servers.now.Fatalf(format, args...)
}

// emptyCluster is a Cluster of three masters without any data. No other test uses it at the
// same time, and none may break it.
func (l *lastingServers) emptyCluster(t *testing.T) *live.RedisCluster {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = t
	if l.cluster == nil {
		l.cluster = live.NewRedisNodes(outlasting{t, l}, 3)
		l.cluster.Set("cluster-node-timeout", "60000") // nobody is lost here, however busy the machine is
	}
	for _, n := range l.cluster.Nodes {
		n.Flush()
	}
	return l.cluster
}

func (l *lastingServers) end() {
	for i := len(l.cleanups) - 1; i >= 0; i-- {
		l.cleanups[i]()
	}
	for _, dir := range l.dirs {
		_ = os.RemoveAll(dir)
	}
}
