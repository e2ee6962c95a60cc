package live_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"exposure/internal/live"
)

func TestRedisServerIsOursAndEmpty(t *testing.T) {
	a, b := live.NewRedis(t), live.NewRedis(t)
	if a.Addr() == b.Addr() {
		t.Fatal("two servers share an address")
	}
	if !strings.HasPrefix(a.URL(), "redis://127.0.0.1:") {
		t.Errorf("URL %q is not on the loopback interface", a.URL())
	}
	a.Do("SET key value")
	if got := b.Do("EXISTS key"); got != ":0" {
		t.Errorf("the other server answers %q: it has the same data", got)
	}
	for setting, want := range map[string]string{"save": "", "appendonly": "no", "bind": "127.0.0.1"} {
		if got := config(t, a, setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
}

// config asks redis-cli, because an inline command returns the first line only.
func config(t *testing.T, r *live.RedisServer, setting string) string {
	t.Helper()
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("redis-cli is not installed")
	}
	out, err := exec.Command("redis-cli", "-u", r.URL(), "CONFIG", "GET", setting).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(lines) < 2 {
		return ""
	}
	return lines[1]
}

func TestRedisServerFaults(t *testing.T) {
	r := live.NewRedis(t)
	addr := r.Addr()
	r.Do("SET key value")
	r.Flush()
	if got := r.Do("EXISTS key"); got != ":0" {
		t.Errorf("after Flush: %q", got)
	}
	r.Do("SET key value")
	r.Restart()
	if got := r.Do("EXISTS key"); got != ":0" || r.Addr() != addr {
		t.Errorf("after Restart: %q at %s, want an empty server at %s", got, r.Addr(), addr)
	}
	r.Hang(300 * time.Millisecond)
	begun := time.Now()
	r.Do("PING")
	if took := time.Since(begun); took < 200*time.Millisecond {
		t.Errorf("a hanging server answered after %v", took)
	}
	r.Stop()
	r.Stop()
	if out, err := exec.Command("redis-cli", "-u", r.URL(), "PING").CombinedOutput(); err == nil && strings.Contains(string(out), "PONG") {
		t.Error("a stopped server answers")
	}
	r.Restart()
	r.Do("PING")
}
