package alarm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"exposure/internal/post"
)

const (
	// giveUpAfter is the age at which a message is dropped. By then whoever is called has
	// been told by the log and the metrics, and what follows must not wait behind it.
	giveUpAfter = time.Hour
	// maxWaiting bounds the messages that wait: an hour of one kind that flaps, or ten
	// minutes of all. The oldest makes room, because the newest says how things are.
	maxWaiting = 64
	// Bounds of the pause after a failed attempt, which doubles each time.
	firstPause, longestPause = time.Second, 5 * time.Minute
)

// WebhookConfig configures a Webhook. URL is required.
type WebhookConfig struct {
	URL    string // https, or http to loopback; a secret
	Secret string // see post.ParseSecret; empty: messages are not signed
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
	c  WebhookConfig
	to *post.Receiver

	mu      sync.Mutex
	waiting []*letter
	wake    chan struct{}

	delivered, failed, dropped atomic.Uint64
}

// letter is a message on its way.
type letter struct {
	post.Message
	at time.Time
}

// Counts is what became of messages, and of attempts that failed.
type Counts struct{ Delivered, Failed, Dropped uint64 }

// NewWebhook checks the configuration. It sends nothing yet.
func NewWebhook(c WebhookConfig) (*Webhook, error) {
	to, err := post.New(post.Config{URL: c.URL, Secrets: []string{c.Secret}})
	if err != nil {
		return nil, err
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
	return &Webhook{c: c, to: to, wake: make(chan struct{}, 1)}, nil
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
	w.waiting = append(w.waiting, &letter{post.Message{ID: "msg_" + hex.EncodeToString(id[:]), Body: body}, time.Now()})
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

func (w *Webhook) first() *letter {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return nil
	}
	return w.waiting[0]
}

// remove takes a message off the queue, unless it has made room already.
func (w *Webhook) remove(p *letter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 && w.waiting[0] == p {
		w.waiting = w.waiting[1:]
	}
}

// deliver tries once and tells whether the message is settled: taken, or given up.
func (w *Webhook) deliver(ctx context.Context, p *letter) (settled bool) {
	err := w.to.Post(ctx, p.Message, time.Now())
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
