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
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
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

// TestWhereAWebhookMayGo: the address that was resolved decides, at the time of
// connecting.
func TestWhereAWebhookMayGo(t *testing.T) {
	for _, c := range []struct {
		host, to string
		want     bool
	}{
		{"hooks.example.com", "8.8.8.8", true},
		{"hooks.example.com", "2606:4700::1", true},
		{"hooks.example.com", "64:ff9b::808:808", true},
		{"hooks.example.com", "127.0.0.1", false},
		{"hooks.example.com", "::1", false},
		{"hooks.example.com", "::ffff:127.0.0.1", false},
		{"hooks.example.com", "10.1.2.3", false},
		{"hooks.example.com", "172.16.0.1", false},
		{"hooks.example.com", "192.168.1.1", false},
		{"hooks.example.com", "169.254.169.254", false},
		{"hooks.example.com", "::ffff:169.254.169.254", false},
		{"hooks.example.com", "64:ff9b::a9fe:a9fe", false},
		{"hooks.example.com", "fd00:ec2::254", false},
		{"hooks.example.com", "fe80::1%eth0", false},
		{"hooks.example.com", "100.100.100.200", false},
		{"hooks.example.com", "0.0.0.0", false},
		{"hooks.example.com", "::", false},
		{"hooks.example.com", "224.0.0.1", false},
		{"hooks.example.com", "255.255.255.255", false},
		{"hooks.example.com", "2002:7f00:1::", false},
		{"hooks.example.com", "2001:db8::1", false},
		{"localhost", "127.0.0.1", true},
		{"LOCALHOST.", "::1", true},
		{"localhost", "10.0.0.1", false},
		{"localhost", "8.8.8.8", false},
		{"10.0.0.1", "10.0.0.1", true},
		{"10.0.0.1", "10.0.0.2", false},
		{"fd00::1", "fd00::1", true},
		{"127.0.0.1", "127.0.0.1", true},
		{"169.254.169.254", "169.254.169.254", false},
		{"8.8.8.8", "8.8.8.8", true},
	} {
		if got := alarm.Allowed(c.host, netip.MustParseAddr(c.to)); got != c.want {
			t.Errorf("%s at %s: %v", c.host, c.to, got)
		}
	}
}

// TestURLs: what may be configured at all.
func TestURLs(t *testing.T) {
	for s, want := range map[string]bool{
		"https://hooks.example.com/x?y=z": true, "https://u:p@hooks.example.com": true, "http://127.0.0.1:9/": true, "http://[::1]/": true,
		"http://localhost/": true, "https://10.0.0.1/": true, "http://10.0.0.1/": false, "http://hooks.example.com": false, "https:///x": false,
		"ftp://localhost": false, "https://169.254.169.254/": false, "https://[fe80::1]/": false, "https://0.0.0.0/": false, "": false,
	} {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := alarm.CheckURL(u); (got == nil) != want {
			t.Errorf("%q: %v", s, got)
		}
		if _, err := alarm.NewWebhook(alarm.WebhookConfig{URL: s}); (err == nil) != want {
			t.Errorf("NewWebhook(%q): %v", s, err)
		}
	}
	for s, want := range map[string]bool{
		"": true, secret: true, strings.TrimPrefix(secret, "whsec_"): true, "whsec_": false, "whsec_c2hvcnQ=": false, "not base64 at all, but long enough": false,
	} {
		if _, err := alarm.ParseSecret(s); (err == nil) != want || err != nil && s != "" && strings.Contains(err.Error(), s) && s != "whsec_" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestANameThatTurnsPrivateIsRefused: whoever owns a name can make it stand for loopback
// once it was looked at. It is found out when connecting.
func TestANameThatTurnsPrivateIsRefused(t *testing.T) {
	r := newReceiver(t, nil)
	asked := resolveEverythingTo(t, "127.0.0.1")
	target, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	w, log, end := running(t, alarm.WebhookConfig{URL: "https://hooks.example.com:" + target.Port() + "/TOKENCANARY"})
	w.Tell(message(alarm.OutboxFull))
	<-asked
	for w.Counts().Failed == 0 {
		time.Sleep(time.Millisecond)
	}
	end()
	if len(r.posts) != 0 || !strings.Contains(log.String(), "loopback, private or reserved") || strings.Contains(log.String(), "CANARY") {
		t.Errorf("%d posts, the log: %s", len(r.posts), log)
	}
}

// resolveEverythingTo makes a DNS server of its own answer for every name.
func resolveEverythingTo(t *testing.T, addr string) (asked chan string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan string, 1000)
	up := make(chan struct{})
	s := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(up) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.ParseIP(addr)}}
		}
		asked <- q.Question[0].Name
		_ = w.WriteMsg(m)
	})}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.ActivateAndServe() })
	<-up
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, conn.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = before; _ = s.Shutdown(); wg.Wait() })
	return asked
}
