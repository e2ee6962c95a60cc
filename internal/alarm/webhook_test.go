package alarm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"exposure/internal/alarm"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// receiver is a real HTTP server that keeps what is posted to it and answers as told.
type receiver struct {
	url    string
	posts  chan post
	answer func(n int, w http.ResponseWriter, r *http.Request) // of the n-th post, from 1
}

type post struct {
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{posts: make(chan post, 1000), answer: answer}
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		mu.Lock()
		n++
		at := n
		mu.Unlock()
		r.posts <- post{q.Header, body}
		if r.answer != nil {
			r.answer(at, w, q)
		}
	}))
	t.Cleanup(s.Close)
	r.url = s.URL + "/hook/TOKENCANARY?key=TOKENCANARY"
	return r
}

func (r *receiver) next(t *testing.T) post {
	t.Helper()
	select {
	case p := <-r.posts:
		return p
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was posted")
		return post{}
	}
}

// running starts a webhook; end stops it and waits for its end.
func running(t *testing.T, c alarm.WebhookConfig) (w *alarm.Webhook, log *bytes.Buffer, end func()) {
	t.Helper()
	log = &bytes.Buffer{}
	c.Log, c.Incident, c.Node = slog.New(slog.NewTextHandler(log, nil)), "tougyoku-2023", "node-1"
	if c.Pause == 0 {
		c.Pause = time.Millisecond
	}
	w, err := alarm.NewWebhook(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	end = func() { stop(); <-done }
	t.Cleanup(end)
	return w, log, end
}

func message(k alarm.Kind) alarm.Message {
	return alarm.Message{Kind: k, Begun: true, Level: slog.LevelError, Text: "What happened: what to do.", At: time.Unix(1_700_000_000, 0)}
}

// TestTheReceiverCanVerify checks message and signature with the library that receivers
// use, also after a failed attempt: the id stays, and what was changed is not accepted.
func TestTheReceiverCanVerify(t *testing.T) {
	r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	w, log, end := running(t, alarm.WebhookConfig{URL: r.url, Secret: secret})
	w.Tell(message(alarm.OutboxFull))
	first, second := r.next(t), r.next(t)
	end()
	verifier, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []post{first, second} {
		if err := verifier.Verify(p.body, p.header); err != nil {
			t.Errorf("the receiver's library refuses it: %v", err)
		}
		if verifier.Verify(bytes.Replace(p.body, []byte("begun"), []byte("ended"), 1), p.header) == nil {
			t.Error("a changed body is accepted")
		}
	}
	if id := first.header.Get("Webhook-Id"); id == "" || id != second.header.Get("Webhook-Id") || strings.Contains(id, ".") {
		t.Errorf("ids %q and %q", id, second.header.Get("Webhook-Id"))
	}
	var got struct {
		Type, Timestamp string
		Data            map[string]string
	}
	if err := json.Unmarshal(second.body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != "alarm.begun" || got.Timestamp != "2023-11-14T22:13:20Z" || got.Data["alarm"] != "outbox-full" || got.Data["state"] != "begun" ||
		got.Data["level"] != "ERROR" || got.Data["message"] != "What happened: what to do." || got.Data["incident"] != "tougyoku-2023" || got.Data["node"] != "node-1" {
		t.Errorf("%s", second.body)
	}
	if c := w.Counts(); c != (alarm.Counts{Delivered: 1, Failed: 1}) {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(log.String(), "status 500") || strings.Contains(log.String(), "CANARY") {
		t.Errorf("the log: %s", log)
	}
}

func TestWithoutASecretNothingIsSigned(t *testing.T) {
	r := newReceiver(t, nil)
	w, _, _ := running(t, alarm.WebhookConfig{URL: r.url})
	w.Tell(message(alarm.OutboxFull))
	if h := r.next(t).header; h.Get("Webhook-Signature") != "" || h.Get("Webhook-Id") == "" || h.Get("Webhook-Timestamp") == "" {
		t.Errorf("%v", h)
	}
}

// TestInOrder: what began is never told after its end, whatever fails between.
func TestInOrder(t *testing.T) {
	r := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	w, _, _ := running(t, alarm.WebhookConfig{URL: r.url})
	kinds := []alarm.Kind{alarm.OutboxFull, alarm.OutboxOld, alarm.Limits}
	for _, k := range kinds {
		w.Tell(message(k))
	}
	for i := range 9 {
		if p := r.next(t); !bytes.Contains(p.body, []byte(kinds[i/3])) {
			t.Fatalf("post %d is %s, want %s", i+1, p.body, kinds[i/3])
		}
	}
}

// TestRedirectsAreNotFollowed: a receiver that was taken over cannot send us elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newReceiver(t, nil)
	for _, to := range []string{"http://169.254.169.254/latest/meta-data/", elsewhere.url, "/hook/again"} {
		r := newReceiver(t, func(n int, w http.ResponseWriter, q *http.Request) {
			if n == 1 {
				http.Redirect(w, q, to, http.StatusTemporaryRedirect)
			}
		})
		w, log, end := running(t, alarm.WebhookConfig{URL: r.url})
		w.Tell(message(alarm.OutboxFull))
		r.next(t)
		if p := r.next(t); !bytes.Contains(p.body, []byte("outbox-full")) {
			t.Errorf("%s: %s", to, p.body)
		}
		end()
		if w.Counts().Delivered != 1 || !strings.Contains(log.String(), "status 307") {
			t.Errorf("%s: %+v\n%s", to, w.Counts(), log)
		}
	}
	if n := len(elsewhere.posts); n != 0 {
		t.Errorf("%d posts followed the redirect", n)
	}
}

// TestSlowAndDeadReceivers: telling never waits, what waits is bounded, and the end comes
// in time however the receiver behaves.
func TestSlowAndDeadReceivers(t *testing.T) {
	hang := make(chan struct{})
	slow := newReceiver(t, func(int, http.ResponseWriter, *http.Request) { <-hang })
	defer close(hang)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + ln.Addr().String() + "/TOKENCANARY"
	ln.Close()
	for name, target := range map[string]string{"slow": slow.url, "dead": dead} {
		w, log, end := running(t, alarm.WebhookConfig{URL: target, Drain: 10 * time.Millisecond})
		for range 10 * alarm.MaxWaiting {
			w.Tell(message(alarm.OutboxFull))
		}
		if name == "slow" {
			slow.next(t)
		}
		end()
		if n, c := w.Waiting(), w.Counts(); n > alarm.MaxWaiting || c.Dropped < 9*alarm.MaxWaiting || c.Delivered != 0 {
			t.Errorf("%s: %d wait, %+v", name, n, c)
		}
		if !strings.Contains(log.String(), "not delivered") || strings.Contains(log.String(), "CANARY") {
			t.Errorf("%s: the log: %s", name, log)
		}
	}
}

// TestWhatWaitsIsDeliveredAtTheEnd: the reason for which a server ends is told.
func TestWhatWaitsIsDeliveredAtTheEnd(t *testing.T) {
	r := newReceiver(t, nil)
	w, err := alarm.NewWebhook(alarm.WebhookConfig{URL: r.url})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		w.Tell(message(alarm.AuditAppend))
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := w.Run(ctx); err != nil || w.Counts().Delivered != 5 || w.Waiting() != 0 {
		t.Errorf("%v, %+v, %d wait", err, w.Counts(), w.Waiting())
	}
}

// TestAnEndlessAnswer is not read to its end.
func TestAnEndlessAnswer(t *testing.T) {
	r := newReceiver(t, func(_ int, w http.ResponseWriter, q *http.Request) {
		for q.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	})
	w, _, _ := running(t, alarm.WebhookConfig{URL: r.url})
	w.Tell(message(alarm.OutboxFull))
	w.Tell(message(alarm.OutboxOld))
	for range 2 {
		r.next(t)
	}
}

// TestURLs: what may be configured at all.
func TestURLs(t *testing.T) {
	for _, c := range []alarm.WebhookConfig{
		{}, {URL: "http://10.0.0.1/TOKENCANARY"}, {URL: "https://169.254.169.254/TOKENCANARY"}, {URL: "https://hooks.example.com", Secret: "TOKENCANARY"},
	} {
		if _, err := alarm.NewWebhook(c); err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
