package redisdial_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/redisdial"
)

// lines is a log that several goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestTheLibraryLogsWhereTheProgramDoes: with the server gone, what the library says is a
// line of JSON, and the next ones are left out.
func TestTheLibraryLogsWhereTheProgramDoes(t *testing.T) {
	server, log := live.NewRedis(t), &lines{}
	redisdial.LogTo(slog.New(slog.NewJSONHandler(log, nil)))
	t.Cleanup(func() { redisdial.LogTo(slog.New(slog.DiscardHandler)) })
	c := open(t, server.URL())
	server.Stop()
	eventually(t, "the library says that nobody answers", func() bool {
		return c.Ping(t.Context()).Err() != nil && log.String() != ""
	})
	for range 20 {
		_ = c.Ping(t.Context())
	}
	var said struct{ Level, Says string }
	if err := json.Unmarshal([]byte(log.String()), &said); err != nil {
		t.Fatalf("not one line of JSON: %v in %s", err, log.String())
	}
	if said.Level != "WARN" || !strings.Contains(said.Says, "refused") {
		t.Errorf("it says %+v", said)
	}
}

// TestTheLibraryTellsOfNobody: what was read or written is not logged, by whatever verb.
func TestTheLibraryTellsOfNobody(t *testing.T) {
	log := &lines{}
	l := redisdial.ClientLog(slog.New(slog.NewJSONHandler(log, nil)))
	l.Printf(t.Context(), "conn %d has unread data %q %s %x %v: %v", 7, "secret", []byte("secret"), "secret", struct{ A string }{"secret"}, redis.ErrClosed)
	if got := log.String(); strings.Contains(got, "secret") || strings.Contains(got, "736563726574") || !strings.Contains(got, "conn 7 has unread data … … … …: "+redis.ErrClosed.Error()) {
		t.Errorf("logged: %s", got)
	}
}
