package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// Within bounds one attempt: whoever receives a webhook is advised to answer within 15
	// seconds at most (Standard Webhooks, "Retry schedule").
	Within = 15 * time.Second
	// MaxAnswer is how many bytes of an answer are read, and thrown away.
	MaxAnswer = 4 << 10
)

// errURL never repeats what it is about.
var errURL = errors.New("the URL is not one that messages may be posted to")

// Config says where messages go. URL is required.
type Config struct {
	URL string // https, or http to loopback; a secret
	// Secrets sign, each as ParseSecret reads it; empty ones are none. Two while one is
	// being replaced by the other.
	Secrets []string
	// Networks are private ones to which the URL's name may resolve.
	Networks []netip.Prefix
}

// Receiver is one address. Safe for concurrent use.
type Receiver struct {
	url    string
	keys   [][]byte
	client *http.Client
}

// New checks the configuration. It sends nothing yet.
func New(c Config) (*Receiver, error) {
	u, err := url.Parse(c.URL)
	if err != nil || CheckURL(u) != nil {
		return nil, errURL
	}
	r := &Receiver{url: c.URL, client: newClient(u.Hostname(), c.Networks)}
	for _, s := range c.Secrets {
		key, err := ParseSecret(s)
		if err != nil {
			return nil, err
		}
		if key != nil {
			r.keys = append(r.keys, key)
		}
	}
	return r, nil
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

// Message is what is posted. The ID is the same with every attempt and has no dot.
type Message struct {
	ID   string
	Body []byte // JSON
}

// StatusError is an answer that is no 2xx.
type StatusError struct {
	Status     int
	RetryAfter time.Duration // as the receiver asked for; 0: it did not
}

func (e *StatusError) Error() string { return fmt.Sprintf("it answered with status %d", e.Status) }

// Post tries once, at that time by the clock of whoever calls. nil: the receiver took the
// message. A [*StatusError] is what it answered otherwise; every other error means that
// nothing is known about whether it was taken.
func (r *Receiver) Post(ctx context.Context, m Message, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, Within)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(m.Body))
	if err != nil {
		return errURL
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "exposured")
	q.Header.Set("Webhook-Id", m.ID)
	q.Header.Set("Webhook-Timestamp", stamp)
	if len(r.keys) > 0 {
		q.Header.Set("Webhook-Signature", r.sign(m, stamp))
	}
	answer, err := r.client.Do(q)
	if err != nil {
		return trouble(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, MaxAnswer))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return &StatusError{answer.StatusCode, retryAfter(answer.Header.Get("Retry-After"), at)}
	}
	return nil
}

// sign makes the signatures of Standard Webhooks, version 1, one for each secret.
func (r *Receiver) sign(m Message, stamp string) string {
	all := make([]string, len(r.keys))
	for i, key := range r.keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", m.ID, stamp)
		mac.Write(m.Body)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(all, " ")
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3). What it cannot read is 0.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
