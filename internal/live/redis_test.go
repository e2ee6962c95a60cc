package live_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

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

func config(t *testing.T, r *live.RedisServer, setting string) string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: r.Addr()})
	defer client.Close()
	got, err := client.ConfigGet(t.Context(), setting).Result()
	if err != nil {
		t.Fatal(err)
	}
	return got[setting]
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
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("a stopped server takes connections")
	}
	r.Restart()
	r.Do("PING")
}
