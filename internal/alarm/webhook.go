package alarm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// tryWithin bounds one attempt: whoever receives a webhook is advised to answer within
	// 15 seconds at most (Standard Webhooks, "Retry schedule").
	tryWithin = 15 * time.Second
	// giveUpAfter is the age at which a message is dropped. By then whoever is called has
	// been told by the log and the metrics, and what follows must not wait behind it.
	giveUpAfter = time.Hour
	// maxWaiting bounds the messages that wait: an hour of one kind that flaps, or ten
	// minutes of all. The oldest makes room, because the newest says how things are.
	maxWaiting = 64
	// maxAnswer is what is read of an answer, and thrown away.
	maxAnswer = 4 << 10
	// Bounds of the pause after a failed attempt, which doubles each time.
	firstPause, longestPause = time.Second, 5 * time.Minute
)

// WebhookConfig configures a Webhook. URL is required.
type WebhookConfig struct {
	URL    string // https, or http to loopback; a secret
	Secret string // see ParseSecret; empty: messages are not signed
	// Incident and Node go into every message, so that whoever has several tells them apart.
	Incident, Node string
	Log            *slog.Logger // default none
	// Drain is how long messages may still be delivered after the end of Run's context.
	// Default 5 seconds.
	Drain time.Duration
	// Pause replaces the pause after the first failed attempt; for tests.
	Pause time.Duration
}

// Webhook posts messages to one address, one after the other, with Standard Webhooks
// headers. Messages repeat their webhook-id when they are tried again. Safe for concurrent
// use.
type Webhook struct {
	c      WebhookConfig
	key    []byte
	client *http.Client

	mu      sync.Mutex
	waiting []*post
	wake    chan struct{}

	delivered, failed, dropped atomic.Uint64
}

// post is a message on its way.
type post struct {
	id   string
	body []byte
	at   time.Time
}

// Counts is what became of messages, and of attempts that failed.
type Counts struct{ Delivered, Failed, Dropped uint64 }

// errURL never repeats what it is about.
var errURL = errors.New("the URL of the webhook is not one that alarms may be sent to")

// NewWebhook checks the configuration. It sends nothing yet.
func NewWebhook(c WebhookConfig) (*Webhook, error) {
	key, err := ParseSecret(c.Secret)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil || CheckURL(u) != nil {
		return nil, errURL
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Drain <= 0 {
		c.Drain = 5 * time.Second
	}
	if c.Pause <= 0 {
		c.Pause = firstPause
	}
	return &Webhook{c: c, key: key, client: newClient(u.Hostname()), wake: make(chan struct{}, 1)}, nil
}

// secretPrefix marks a symmetric secret (Standard Webhooks).
const secretPrefix = "whsec_"

// ParseSecret reads a signing secret: base64 of 24 to 64 bytes, as Standard Webhooks asks,
// with or without its prefix. The empty secret is none.
func ParseSecret(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretPrefix))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New(`the secret must be "whsec_" and the base64 of 24 to 64 random bytes`)
	}
	return key, nil
}

// envelope is the body of a message.
type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // of the event; that of the attempt is a header
	Data      data   `json:"data"`
}

type data struct {
	Alarm    Kind   `json:"alarm"`
	State    string `json:"state"` // begun, ended
	Level    string `json:"level"` // ERROR, WARN
	Message  string `json:"message"`
	Incident string `json:"incident"`
	Node     string `json:"node"`
}

// Tell queues a message and returns at once.
func (w *Webhook) Tell(m Message) {
	state := "ended"
	if m.Begun {
		state = "begun"
	}
	body, err := json.Marshal(envelope{"alarm." + state, m.At.UTC().Format(time.RFC3339), data{
		m.Kind, state, m.Level.String(), m.Text, w.c.Incident, w.c.Node,
	}})
	if err != nil { // of strings: never
		w.dropped.Add(1)
		return
	}
	var id [16]byte
	rand.Read(id[:])
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) >= maxWaiting {
		w.waiting = w.waiting[1:]
		w.dropped.Add(1)
	}
	w.waiting = append(w.waiting, &post{"msg_" + hex.EncodeToString(id[:]), body, time.Now()})
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Counts counts since the start.
func (w *Webhook) Counts() Counts {
	return Counts{w.delivered.Load(), w.failed.Load(), w.dropped.Load()}
}

// Run delivers until ctx ends, then for at most Drain what still waits, each once.
func (w *Webhook) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.c.Drain, cancel) })
	defer stop()
	pause := w.c.Pause
	for ctx.Err() == nil {
		p := w.first()
		if p == nil {
			select {
			case <-ctx.Done():
			case <-w.wake:
			}
			continue
		}
		if w.deliver(work, p) {
			pause = w.c.Pause
			continue
		}
		sleep(ctx, pause/2+mathrand.N(pause/2+1))
		pause = min(2*pause, longestPause)
	}
	w.drain(work)
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (w *Webhook) drain(ctx context.Context) {
	for p := w.first(); p != nil && ctx.Err() == nil; p = w.first() {
		if !w.deliver(ctx, p) {
			break // whoever does not take this one takes none
		}
	}
	if p := w.first(); p != nil {
		w.c.Log.Error("alarms were not delivered to the webhook before the end; they are in this log")
	}
}

func (w *Webhook) first() *post {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return nil
	}
	return w.waiting[0]
}

// remove takes a message off the queue, unless it has made room already.
func (w *Webhook) remove(p *post) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 && w.waiting[0] == p {
		w.waiting = w.waiting[1:]
	}
}

// deliver tries once and tells whether the message is settled: taken, or given up.
func (w *Webhook) deliver(ctx context.Context, p *post) (settled bool) {
	err := w.try(ctx, p)
	if err == nil {
		w.delivered.Add(1)
		w.remove(p)
		return true
	}
	w.failed.Add(1)
	if time.Since(p.at) < giveUpAfter {
		w.c.Log.Warn("the webhook did not take an alarm, it is tried again", "error", err)
		return false
	}
	w.dropped.Add(1)
	w.c.Log.Error("the webhook did not take an alarm for an hour, it is given up", "error", err)
	w.remove(p)
	return true
}

// try posts once. Its errors are of this package and hold nothing of the URL.
func (w *Webhook) try(ctx context.Context, p *post) error {
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.c.URL, bytes.NewReader(p.body))
	if err != nil {
		return errURL
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "exposured")
	r.Header.Set("Webhook-Id", p.id)
	r.Header.Set("Webhook-Timestamp", at)
	if w.key != nil {
		r.Header.Set("Webhook-Signature", sign(w.key, p.id, at, p.body))
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return trouble(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("it answered with status %d", answer.StatusCode)
	}
	return nil
}

// sign is the signature of Standard Webhooks, version 1.
func sign(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, at)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
