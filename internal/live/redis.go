package live

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	startTimeout = 10 * time.Second
	replyTimeout = 5 * time.Second
	attempts     = 5 // a free port may be taken before the server binds it
)

// RedisServer is a redis-server of its own. Its methods fail the test on trouble and are
// safe for concurrent use.
type RedisServer struct {
	tb   TB
	dir  string
	port string
	bus  string   // of a cluster's node
	more []string // further arguments

	mu   sync.Mutex
	cmd  *exec.Cmd
	hold io.Closer // closing it ends the server
}

// Redis starts a redis-server for one test and returns its URL.
func Redis(tb TB) (url string) {
	tb.Helper()
	return NewRedis(tb).URL()
}

// NewRedis starts a redis-server for one test that also wants to break it.
func NewRedis(tb TB) *RedisServer {
	tb.Helper()
	return newRedis(tb)
}

// NewRedisCluster starts a cluster of one redis-server, which refuses what no cluster can
// do: a script whose keys are on several nodes. After Restart it has no slots any more.
func NewRedisCluster(tb TB) *RedisServer {
	tb.Helper()
	bus, err := freePort()
	if err != nil {
		tb.Fatalf("looking for a free port: %v", err)
	}
	r := newRedis(tb, "--cluster-enabled", "yes", "--cluster-port", bus)
	r.Do("CLUSTER ADDSLOTSRANGE 0 16383")
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		if _, err := r.do("GET ready"); err == nil {
			return r
		} else if time.Now().After(deadline) {
			tb.Fatalf("the cluster does not get ready: %v", err)
		}
	}
}

// NewRedisKeeping starts a redis-server that confirms UNLINK and keeps the key, as if another
// program had written it anew.
func NewRedisKeeping(tb TB) *RedisServer {
	tb.Helper()
	return newRedis(tb, "--rename-command", "UNLINK", "removes", "--rename-command", "EXISTS", "UNLINK")
}

func newRedis(tb TB, more ...string) *RedisServer {
	tb.Helper()
	Need(tb, "redis-server")
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	if err != nil {
		tb.Fatalf("finding a folder for redis-server: %v", err)
	}
	r := &RedisServer{tb: tb, dir: dir, more: more}
	tb.Cleanup(r.stop)
	for range attempts {
		if r.port, err = freePort(); err != nil {
			tb.Fatalf("looking for a free port: %v", err)
		}
		if err = r.start(); err == nil {
			return r
		}
		tb.Logf("redis-server on port %s: %v", r.port, err)
	}
	tb.Fatalf("starting redis-server: %v", err)
	return nil
}

// Addr is the server's host:port. It stays the same over Restart.
func (r *RedisServer) Addr() string { return "127.0.0.1:" + r.port }

// URL is the server's address as a redis:// URL.
func (r *RedisServer) URL() string { return "redis://" + r.Addr() }

// RDB is the file into which SAVE writes.
func (r *RedisServer) RDB() string { return filepath.Join(r.dir, "dump.rdb") }

// Stop kills the server. Its data are lost.
func (r *RedisServer) Stop() {
	r.tb.Helper()
	r.stop()
}

// Restart stops the server if it runs and starts an empty one on the same port.
func (r *RedisServer) Restart() {
	r.tb.Helper()
	r.stop()
	if err := r.start(); err != nil {
		r.tb.Fatalf("restarting redis-server: %v", err)
	}
}

// Flush deletes all data.
func (r *RedisServer) Flush() {
	r.tb.Helper()
	r.Do("FLUSHALL")
}

// Hang lets the server accept connections and answer nothing, until d has passed.
func (r *RedisServer) Hang(d time.Duration) {
	r.tb.Helper()
	r.Do(fmt.Sprintf("CLIENT PAUSE %d ALL", d.Milliseconds()))
}

// Do sends one inline command and returns the reply: a text whole, of a list the first line.
func (r *RedisServer) Do(command string) string {
	r.tb.Helper()
	reply, err := r.do(command)
	if err != nil {
		r.tb.Fatalf("sending %s to redis-server: %v", strings.Fields(command)[0], err)
	}
	return reply
}

func (r *RedisServer) do(command string) (string, error) {
	conn, err := net.DialTimeout("tcp", r.Addr(), replyTimeout)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	return reply(bufio.NewReader(conn))
}

// reply reads one reply.
func reply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "-") {
		return "", fmt.Errorf("it answered %s", line)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(line, "$"))
	if !strings.HasPrefix(line, "$") || err != nil || n < 0 {
		return line, nil
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", err
	}
	return string(text), nil
}

// held runs a program under a shell that reads from us: when hold is closed or this process
// ends, however it ends, the shell reads the end of the pipe and kills the program.
func held(program string, args ...string) (cmd *exec.Cmd, hold io.Closer, err error) {
	if cmd, hold, err = holding(program, args...); err != nil {
		return nil, nil, err
	}
	return cmd, hold, cmd.Start()
}

// holding is held before it starts.
func holding(program string, args ...string) (cmd *exec.Cmd, hold io.Closer, err error) {
	const script = `"$@" & pid=$!; cat >/dev/null; kill -9 $pid; wait $pid 2>/dev/null`
	cmd = exec.Command("sh", append([]string{"-c", script, "sh", program}, args...)...)
	hold, err = cmd.StdinPipe()
	return cmd, hold, err
}

func (r *RedisServer) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	log := filepath.Join(r.dir, "redis.log")
	args := []string{
		"--bind", "127.0.0.1", "--port", r.port, "--protected-mode", "yes",
		"--save", "", "--appendonly", "no", "--dir", r.dir, "--logfile", log, "--loglevel", "warning",
		"--repl-diskless-sync-delay", "0", // replicas of tests come alone
	}
	var err error
	if r.cmd, r.hold, err = held("redis-server", append(args, r.more...)...); err != nil {
		return err
	}
	if err := r.await(); err != nil {
		r.end()
		text, _ := os.ReadFile(log)
		return fmt.Errorf("%w; its log: %s", err, text)
	}
	return nil
}

// await returns when the server answers that its data are in our folder, so that no
// foreign server on the same port is taken for it.
func (r *RedisServer) await() error {
	deadline := time.Now().Add(startTimeout)
	for {
		_, err := r.do("PING")
		if err == nil {
			return r.isOurs()
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *RedisServer) isOurs() error {
	conn, err := net.DialTimeout("tcp", r.Addr(), replyTimeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(replyTimeout)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "CONFIG GET dir\r\nQUIT\r\n"); err != nil {
		return err
	}
	reply, err := io.ReadAll(conn)
	if err != nil {
		return err
	}
	if !strings.Contains(string(reply), r.dir) {
		return fmt.Errorf("another server has the port")
	}
	return nil
}

func (r *RedisServer) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
}

func (r *RedisServer) end() {
	if r.cmd == nil {
		return
	}
	r.hold.Close()
	_ = r.cmd.Wait() // killed on purpose
	r.cmd, r.hold = nil, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
