package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// NewReplica starts a redis-server that follows a master, and returns when it has all of
// its data.
func NewReplica(tb TB, master *RedisServer) *RedisServer {
	tb.Helper()
	r := newRedis(tb, "--replicaof", "127.0.0.1 "+master.port)
	r.AwaitFact("INFO replication", "master_link_status", "up")
	return r
}

// CutReplication ends what a master sends to its replica, for good: once it has received
// everything up to now it gets nothing more.
func (r *RedisServer) CutReplication() {
	r.tb.Helper()
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		text := r.Do("INFO replication")
		if strings.Contains(text, ",offset="+fact(text, "master_repl_offset")+",") {
			break
		} else if time.Now().After(deadline) {
			r.tb.Fatalf("the replica does not follow")
		}
	}
	r.Do("ACL SETUSER default -psync -sync")
	r.Do("CLIENT KILL TYPE replica")
	r.AwaitFact("INFO replication", "connected_slaves", "0")
}

// fact is one line of what INFO or CLUSTER INFO answers.
func fact(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return value
		}
	}
	return ""
}

// AwaitFact waits until a line of INFO or of CLUSTER INFO, asked for with that command, has
// that value.
func (r *RedisServer) AwaitFact(command, name, value string) {
	r.tb.Helper()
	var last string
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := r.do(command)
		if last = fact(text, name); err == nil && last == value {
			return
		}
	}
	r.tb.Fatalf("%s of redis-server is %q, not %q", name, last, value)
}

// Snapshot returns the data as Redis would write it to its disk.
func (r *RedisServer) Snapshot() []byte {
	r.tb.Helper()
	r.Do("SAVE")
	file := filepath.Join(r.dir, "dump.rdb")
	dump, err := os.ReadFile(file)
	if err = errors.Join(err, os.Remove(file)); err != nil {
		r.tb.Fatalf("reading a snapshot: %v", err)
	}
	return dump
}

// Restore kills the server and starts it with the data of a snapshot, like one whose disk
// was put back.
func (r *RedisServer) Restore(dump []byte) {
	r.tb.Helper()
	r.stop()
	file := filepath.Join(r.dir, "dump.rdb")
	if err := os.WriteFile(file, dump, 0o600); err != nil {
		r.tb.Fatalf("writing a snapshot: %v", err)
	}
	if err := errors.Join(r.start(), os.Remove(file)); err != nil {
		r.tb.Fatalf("starting redis-server from a snapshot: %v", err)
	}
}

// RedisSentinel watches one master, under the name Master. Its methods fail the test on
// trouble.
type RedisSentinel struct{ server *RedisServer }

// Master is the name under which a RedisSentinel knows its master.
const Master = "exposure"

// NewSentinel starts a Sentinel that decides alone.
func NewSentinel(tb TB, master *RedisServer) *RedisSentinel {
	tb.Helper()
	Need(tb, "redis-server")
	port, err := freePort()
	if err != nil {
		tb.Fatalf("looking for a free port: %v", err)
	}
	s := &RedisSentinel{server: &RedisServer{tb: tb, port: port}}
	file := filepath.Join(tb.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\nlogfile sentinel.log\nsentinel monitor %s 127.0.0.1 %s 1\nsentinel down-after-milliseconds %s %d\nsentinel failover-timeout %s 5000\n",
		port, filepath.Dir(file), Master, master.port, Master, 3*lostAfter, Master)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatalf("configuring a sentinel: %v", err)
	}
	cmd, hold, err := held("redis-server", file, "--sentinel")
	if err != nil {
		tb.Fatalf("starting a sentinel: %v", err)
	}
	tb.Cleanup(func() { hold.Close(); _ = cmd.Wait() })
	s.server.AwaitFact("INFO sentinel", "sentinel_masters", "1")
	return s
}

// URL asks for the master, in the grammar of the Redis library.
func (s *RedisSentinel) URL() string { return s.server.URL() + "?master_name=" + Master }

// AwaitReplica waits until the Sentinel knows a replica that it could promote.
func (s *RedisSentinel) AwaitReplica() {
	s.server.tb.Helper()
	for deadline := time.Now().Add(2 * startTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text := s.server.Do("INFO sentinel"); strings.Contains(text, "status=ok") && strings.Contains(text, "slaves=1") {
			return
		}
	}
	s.server.tb.Fatalf("the sentinel finds no replica")
}

// Failover promotes the replica, however old its data are, and returns when it is master.
func (s *RedisSentinel) Failover(replica *RedisServer) {
	s.server.tb.Helper()
	for deadline := time.Now().Add(2 * startTimeout); ; time.Sleep(50 * time.Millisecond) {
		_, err := s.server.do("SENTINEL FAILOVER " + Master) // refused until it has looked at the replica
		if err == nil {
			break
		} else if time.Now().After(deadline) {
			s.server.tb.Fatalf("promoting a replica: %v", err)
		}
	}
	replica.AwaitFact("INFO replication", "role", "master")
}
