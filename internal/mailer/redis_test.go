package mailer_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/mailer"
	"exposure/internal/otp"
)

const stream = "test:outbox:{mail}"

// dead is an outbox whose worker's process died: nothing it writes arrives any more.
type dead struct{ box }

func (dead) Done(context.Context, string) error                 { return mailer.ErrUnavailable }
func (dead) Retry(context.Context, string, time.Duration) error { return mailer.ErrUnavailable }

// TestWorkerKilledAfterIssue: a worker dies between storing the code and handing the mail
// over. Another takes the entry over when its lease ends, mails once, under the same
// slot, and the code that is mailed works.
func TestWorkerKilledAfterIssue(t *testing.T) {
	r := newRig(t)
	url := live.Redis(t)
	r.codes.Store = otp.NewRedis(client(t, url), otp.Config{Prefix: "test:"})
	config := mailer.OutboxConfig{Lease: 600 * time.Millisecond}
	r.outbox = redisOutbox(t, r, url, config)

	killed := r.config()
	killed.Outbox = dead{r.outbox}
	killed.Drain = time.Millisecond
	begun := make(chan struct{})
	var once sync.Once
	killed.Sender = senderFunc(func(ctx context.Context, _ mailer.Message) error {
		once.Do(func() { close(begun) })
		<-ctx.Done()
		return ctx.Err()
	})
	m := r.request("a@example.jp")
	r.enqueue(m)
	_, kill := r.run(killed)
	<-begun
	kill()
	taken := time.Now()

	r.run(r.config())
	mail := r.messages(1)[0]
	if waited := time.Since(taken); waited < 300*time.Millisecond {
		t.Errorf("taken over after %v, within the lease of the first worker", waited)
	}
	r.awaitEmpty()
	if calls, distinct := r.codes.distinctSlots(); calls != 2 || distinct != 1 {
		t.Errorf("%d calls for %d slots, want 2 for 1", calls, distinct)
	}
	if !r.accepts(m, codeIn(t, mail.Body)) {
		t.Error("the mailed code is not accepted")
	}
	time.Sleep(config.Lease + 100*time.Millisecond)
	r.messages(1)
}

// TestWorkerKilledAfterSend: a worker dies after the mail left and before the outbox was
// told. Nobody can know, so that the mail goes out again; the slot then holds the code of
// the second mail, and the first mail is void.
func TestWorkerKilledAfterSend(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{Lease: 400 * time.Millisecond})
	killed := r.config()
	killed.Outbox = dead{r.outbox}
	m := r.request("a@example.jp")
	r.enqueue(m)
	_, kill := r.run(killed)
	first := r.messages(1)[0]
	kill()

	r.run(r.config())
	second := r.messages(2)[1]
	r.awaitEmpty()
	if _, distinct := r.codes.distinctSlots(); distinct != 1 {
		t.Errorf("%d slots, want 1", distinct)
	}
	if r.accepts(m, codeIn(t, first.Body)) {
		t.Error("the code of the first mail is accepted; the comment at Worker.codes is wrong")
	}
	if !r.accepts(m, codeIn(t, second.Body)) {
		t.Error("the code of the second mail is not accepted")
	}
}

// TestSlowMailKeepsItsLease: while a worker lives and works, nobody else mails the entry,
// and work ends before the lease does.
func TestSlowMailKeepsItsLease(t *testing.T) {
	r := newRig(t)
	const lease = 800 * time.Millisecond
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{Lease: lease})
	var mu sync.Mutex
	atOnce, most := 0, 0
	c := r.config()
	c.Sender = senderFunc(func(ctx context.Context, _ mailer.Message) error {
		mu.Lock()
		atOnce++
		most = max(most, atOnce)
		mu.Unlock()
		<-ctx.Done() // a server that never answers
		mu.Lock()
		atOnce--
		mu.Unlock()
		return &mailer.TemporaryError{Step: mailer.StepAccept, MaybeAccepted: true}
	})
	r.enqueue(r.request("a@example.jp"))
	w1, _ := r.run(c)
	w2, _ := r.run(c)
	await(t, "three tries", func() bool {
		a, _ := w1.Stats(t.Context())
		b, _ := w2.Stats(t.Context())
		return a.Retried+b.Retried >= 3
	})
	mu.Lock()
	defer mu.Unlock()
	if most != 1 {
		t.Errorf("%d workers had the entry at once", most)
	}
}

// TestRedisStopsAndComesBackEmpty: requests are refused while it is down; afterwards the
// same workers go on, although stream and group are gone.
func TestRedisStopsAndComesBackEmpty(t *testing.T) {
	r := newRig(t)
	server := live.NewRedis(t)
	r.outbox = redisOutbox(t, r, server.URL(), mailer.OutboxConfig{})
	w, _ := r.run(r.config())
	r.enqueue(r.request("before@example.jp"))
	r.messages(1)

	server.Stop()
	if err := r.outbox.Enqueue(t.Context(), r.request("canary@example.jp")); !errors.Is(err, mailer.ErrUnavailable) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if s, err := w.Stats(t.Context()); !errors.Is(err, mailer.ErrUnavailable) || s.Mailed != 1 {
		t.Errorf("stats %+v %v, want the counters and ErrUnavailable", s, err)
	}
	await(t, "the worker to notice", func() bool { return strings.Contains(r.log.String(), "code mails wait") })
	server.Restart()
	r.enqueue(r.request("after@example.jp"))
	r.messages(2)
	r.awaitEmpty()

	server.Flush()
	r.enqueue(r.request("flushed@example.jp"))
	r.messages(3)
	r.awaitEmpty()
}

// TestEntriesBeforeTheFirstReader: what was queued before any worker ever ran is mailed.
func TestEntriesBeforeTheFirstReader(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{})
	for range 3 {
		r.enqueue(r.request("a@example.jp"))
	}
	r.run(r.config())
	r.messages(3)
}

// TestDamagedEntriesAreDropped: somebody wrote into Redis. Nothing that we did not seal
// is mailed, and it holds nobody up.
func TestDamagedEntriesAreDropped(t *testing.T) {
	r := newRig(t)
	url := live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{})
	c := client(t, url)
	good := mailer.EncodeMail(r.request("a@example.jp"))
	foreign := newKeys(t)
	for _, sealed := range [][]byte{
		nil, []byte("x"), good,
		foreign.Seal(mailer.SealLabel, good, []byte(stream)),                // another key
		r.keys.Seal("other", good, []byte(stream)),                          // another label
		r.keys.Seal(mailer.SealLabel, good, []byte("live:outbox:{mail}")),   // another installation
		r.keys.Seal(mailer.SealLabel, []byte("not a mail"), []byte(stream)), // opens, but is no entry
	} {
		if err := c.Do(t.Context(), "XADD", stream, "*", "e", sealed).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Do(t.Context(), "XADD", stream, "*", "other", "field").Err(); err != nil {
		t.Fatal(err)
	}
	r.enqueue(r.request("b@example.jp"))
	w, _ := r.run(r.config())
	r.awaitEmpty()
	if got := r.messages(1)[0].To.Reveal(); got != "b@example.jp" {
		t.Errorf("mailed to %s", got)
	}
	if s, _ := w.Stats(t.Context()); s.Damaged != 8 {
		t.Errorf("%d damaged, want 8", s.Damaged)
	}
}

// TestRepeatedCommandQueuesOnce: a cluster client sends a command again when the reply
// was lost.
func TestRepeatedCommandQueuesOnce(t *testing.T) {
	r := newRig(t)
	url := live.Redis(t)
	r.outbox = redisOutbox(t, r, url, mailer.OutboxConfig{})
	for range 2 {
		n, err := mailer.EnqueueScript.Run(t.Context(), client(t, url), []string{stream, stream + ":seen:x"}, 10, "sealed", 15).Int()
		if err != nil || n != 1 {
			t.Fatalf("%d %v", n, err)
		}
	}
	if got := r.waiting(); got != 1 {
		t.Errorf("%d waiting, want 1", got)
	}
}

// TestDueEntryAmongManyThatWait: the sweep finds one entry that is due behind thousands
// that are not.
func TestDueEntryAmongManyThatWait(t *testing.T) {
	r := newRig(t)
	r.outbox = redisOutbox(t, r, live.Redis(t), mailer.OutboxConfig{})
	const many = 3000
	for range many {
		r.enqueue(r.request("a@example.jp"))
	}
	var last mailer.Entry
	for taken := 0; taken < many; {
		for _, e := range take(t, r.outbox, 500) {
			last = e
			taken++
			if err := r.outbox.Retry(t.Context(), e.ID, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.outbox.Retry(t.Context(), last.ID, 0); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if got := take(t, r.outbox, 1)[0]; got.ID != last.ID {
		t.Errorf("took %s, want %s", got.ID, last.ID)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

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
