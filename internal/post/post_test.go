package post_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"exposure/internal/post"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newer  = "whsec_bmV3ZXIgc2VjcmV0IG9mIGEgcmVjZWl2ZXI="
)

// posted is what came to a receiver.
type posted struct {
	header http.Header
	body   []byte
}

// receiving is a real HTTP server that keeps what is posted to it and answers as told.
func receiving(t *testing.T, answer http.HandlerFunc) (url string, posts chan posted) {
	t.Helper()
	posts = make(chan posted, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		posts <- posted{q.Header, body}
		if answer != nil {
			answer(w, q)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook/TOKENCANARY?key=TOKENCANARY", posts
}

// to makes a receiver of messages.
func to(t *testing.T, c post.Config) *post.Receiver {
	t.Helper()
	r, err := post.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func message() post.Message { return post.Message{ID: "msg_1", Body: []byte(`{"type":"x"}`)} }

// verifier is the library that receivers use.
func verifier(t *testing.T, secret string) *webhooks.Webhook {
	t.Helper()
	w, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestWhileASecretIsReplaced a receiver that knows the old one and a receiver that knows
// the new one take the message, and nobody else does.
func TestWhileASecretIsReplaced(t *testing.T) {
	target, posts := receiving(t, nil)
	if err := to(t, post.Config{URL: target, Secrets: []string{newer, secret}}).Post(t.Context(), message(), time.Now()); err != nil {
		t.Fatal(err)
	}
	p := <-posts
	for s, want := range map[string]bool{secret: true, newer: true, "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbG9uZw==": false} {
		if err := verifier(t, s).Verify(p.body, p.header); (err == nil) != want {
			t.Errorf("%s: %v", s, err)
		}
	}
	if got := p.header.Get("Webhook-Signature"); strings.Count(got, " ") != 1 || strings.Count(got, "v1,") != 2 {
		t.Errorf("signatures %q", got)
	}
}

// TestWhatAReceiverRefuses: what somebody who saw a message could send again or make of it.
func TestWhatAReceiverRefuses(t *testing.T) {
	target, posts := receiving(t, nil)
	r := to(t, post.Config{URL: target, Secrets: []string{secret}})
	forge := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	for name, c := range map[string]struct {
		at    time.Time
		forge func(http.Header)
		want  bool
	}{
		"as it is":             {time.Now(), func(http.Header) {}, true},
		"six minutes old":      {time.Now().Add(-6 * time.Minute), func(http.Header) {}, false},
		"of the future":        {time.Now().Add(6 * time.Minute), func(http.Header) {}, false},
		"a newer time":         {time.Now().Add(-6 * time.Minute), forge("Webhook-Timestamp", strconv.FormatInt(time.Now().Unix(), 10)), false},
		"another id":           {time.Now(), forge("Webhook-Id", "msg_2"), false},
		"a dot moved":          {time.Now(), forge("Webhook-Id", "msg_1."+strconv.FormatInt(time.Now().Unix(), 10)), false},
		"an empty signature":   {time.Now(), forge("Webhook-Signature", "v1,"), false},
		"no signature":         {time.Now(), func(h http.Header) { h.Del("Webhook-Signature") }, false},
		"a thousand wrong":     {time.Now(), forge("Webhook-Signature", strings.Repeat("v1,c2lnbmF0dXJl ", 1000)), false},
		"of another algorithm": {time.Now(), func(h http.Header) { h.Set("Webhook-Signature", "v2,"+h.Get("Webhook-Signature")[3:]) }, false},
	} {
		if err := r.Post(t.Context(), message(), c.at); err != nil {
			t.Fatal(err)
		}
		p := <-posts
		c.forge(p.header)
		if err := verifier(t, secret).Verify(p.body, p.header); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if c.want && verifier(t, secret).Verify(bytes.Replace(p.body, []byte("x"), []byte("y"), 1), p.header) == nil {
			t.Error("a changed body is accepted")
		}
	}
}

// TestRedirectsAreNotFollowed: a receiver that was taken over cannot send us elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, strayed := receiving(t, nil)
	for _, location := range []string{"http://169.254.169.254/latest/meta-data/", elsewhere} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			target, posts := receiving(t, func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, location, status) })
			err := to(t, post.Config{URL: target}).Post(t.Context(), message(), time.Now())
			var answered *post.StatusError
			if <-posts; !errors.As(err, &answered) || answered.Status != status {
				t.Errorf("%d to %s: %v", status, location, err)
			}
		}
	}
	if len(strayed) != 0 {
		t.Errorf("%d messages followed the redirect", len(strayed))
	}
}

// TestANameThatTurnsPrivateIsRefused: whoever owns a name can make it stand for loopback
// once it was looked at. It is found out when connecting.
func TestANameThatTurnsPrivateIsRefused(t *testing.T) {
	live, posts := receiving(t, nil)
	target, err := url.Parse(live)
	if err != nil {
		t.Fatal(err)
	}
	asked := resolveEverythingTo(t, "127.0.0.1")
	err = to(t, post.Config{URL: "https://hooks.example.com:" + target.Port() + "/TOKENCANARY"}).Post(t.Context(), message(), time.Now())
	if err == nil || !strings.Contains(err.Error(), "loopback, private or reserved") || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("%v", err)
	}
	if len(asked) == 0 || len(posts) != 0 {
		t.Errorf("%d names were asked for, %d messages came", len(asked), len(posts))
	}
}

// TestErrorsHoldNoAddress, whatever goes wrong.
func TestErrorsHoldNoAddress(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	hang := make(chan struct{})
	slow, _ := receiving(t, func(http.ResponseWriter, *http.Request) { <-hang })
	secure := httptest.NewTLSServer(nil)
	defer secure.Close()
	defer close(hang)
	for name, c := range map[string]struct{ url, want string }{
		"nobody listens":      {gone.URL + "/TOKENCANARY", "no connection"},
		"no answer":           {slow, "in time"},
		"a strange authority": {secure.URL + "/TOKENCANARY", "certificate"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if c.url == slow {
			ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
		}
		err := to(t, post.Config{URL: c.url}).Post(ctx, message(), time.Now())
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnEndlessAnswer is not read to its end.
func TestAnEndlessAnswer(t *testing.T) {
	target, _ := receiving(t, func(w http.ResponseWriter, q *http.Request) {
		for q.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	})
	if err := to(t, post.Config{URL: target}).Post(t.Context(), message(), time.Now()); err != nil {
		t.Error(err)
	}
}

// TestRetryAfter is read as seconds and as a date, and what is neither is nothing.
func TestRetryAfter(t *testing.T) {
	now := time.Unix(1_700_000_000, 0).UTC()
	for s, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-1": 0, "1e9": 0, "soon": 0, "99999999999999999999": 0,
		now.Add(time.Hour).Format(http.TimeFormat): time.Hour, now.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		target, _ := receiving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", s)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		err := to(t, post.Config{URL: target}).Post(t.Context(), message(), now)
		var answered *post.StatusError
		if !errors.As(err, &answered) || answered.RetryAfter != want {
			t.Errorf("%q: %v", s, err)
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
		if got := post.CheckURL(u); (got == nil) != want {
			t.Errorf("%q: %v", s, got)
		}
		if _, err := post.New(post.Config{URL: s}); (err == nil) != want {
			t.Errorf("New(%q): %v", s, err)
		}
	}
	for s, want := range map[string]bool{
		"": true, secret: true, strings.TrimPrefix(secret, "whsec_"): true, "whsec_": false, "whsec_c2hvcnQ=": false, "not base64 at all, but long enough": false,
	} {
		if _, err := post.ParseSecret(s); (err == nil) != want || err != nil && s != "" && strings.Contains(err.Error(), s) && s != "whsec_" {
			t.Errorf("%q: %v", s, err)
		}
	}
}
