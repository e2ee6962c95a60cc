package mailer_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

// TestRedisLearnsNothing watches every command and reads every key: no address, no
// secret of a verification, no nonce, no code, and entries that all have one size.
func TestRedisLearnsNothing(t *testing.T) {
	r := newRig(t)
	server := live.NewRedis(t)
	r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
	r.codes.Store = otp.NewRedis(client(t, server.URL()), otp.Config{Prefix: "test:"})
	seen, stopMonitor := monitor(t, server.Addr())

	requests := []mailer.CodeMail{r.request("canary@example.jp"), r.request("canary..canary.with.a.long.name@docomo.ne.jp")}
	for _, m := range requests {
		r.enqueue(m)
	}
	c := client(t, server.URL())
	kept, err := c.XRange(t.Context(), stream, "-", "+").Result()
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d entries, %v", len(kept), err)
	}
	a, b := kept[0].Values["e"].(string), kept[1].Values["e"].(string)
	if len(a) != len(b) {
		t.Errorf("entries of %d and %d bytes tell how long an address is", len(a), len(b))
	}
	dump, err := c.Dump(t.Context(), stream).Result()
	if err != nil {
		t.Fatal(err)
	}
	config := r.config()
	config.Sender = r.failing(1, &mailer.TemporaryError{Step: mailer.StepConnect})
	r.run(config)
	mails := r.messages(2)
	r.awaitEmpty()
	stopMonitor()

	all := dump + a + b + seen()
	if !strings.Contains(all, `"XADD"`) && !strings.Contains(strings.ToLower(all), `"xadd"`) {
		t.Fatal("the monitor saw no entry being queued")
	}
	secrets := []string{"canary", "docomo", "example.jp"}
	for _, m := range requests {
		secret := r.keys.DeriveSecret("verification-secret", m.Nonce[:])
		secrets = append(secrets, string(m.Nonce[:]), monitored(m.Nonce[:]), hex.EncodeToString(secret[:]), string(secret[:]), monitored(secret[:]))
	}
	for _, m := range mails {
		code := codeIn(t, m.Body)
		secrets = append(secrets, code, code[:4]+"-"+code[4:])
	}
	for _, s := range secrets {
		if strings.Contains(all, s) {
			t.Errorf("Redis saw %q", s)
		}
	}
}

// monitored writes bytes as MONITOR shows them.
func monitored(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c == '\\' || c == '"':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c >= ' ' && c <= '~':
			s.WriteByte(c)
		case c == '\n' || c == '\r' || c == '\t' || c == '\a' || c == '\b':
			s.WriteString(map[byte]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '\a': `\a`, '\b': `\b`}[c])
		default:
			fmt.Fprintf(&s, `\x%02x`, c)
		}
	}
	return s.String()
}

func monitor(t *testing.T, addr string) (seen func() string, stop func()) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("MONITOR\r\n")); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || line != "+OK\r\n" {
		t.Fatalf("MONITOR: %q %v", line, err)
	}
	var all syncBuffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = r.WriteTo(&all)
	}()
	stop = sync.OnceFunc(func() { conn.Close(); <-done })
	t.Cleanup(stop)
	return all.String, stop
}
