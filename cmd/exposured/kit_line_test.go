package main

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// kitLine is what lies between a shop and the API: TLS, and whatever goes wrong there.
type kitLine struct {
	*httptest.Server
	via  atomic.Pointer[http.HandlerFunc] // instead of the API; nil: it is reached
	card atomic.Pointer[tls.Certificate]  // it shows; nil: its own
	late atomic.Int64                     // by how much the answers' clock is off, in nanoseconds
	api  http.Handler

	mu    sync.Mutex
	calls []string // method and path of each
}

func newKitLine(t *testing.T, api string) *kitLine {
	t.Helper()
	to, err := url.Parse(api)
	must(t, err)
	l := &kitLine{}
	l.api = &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, ModifyResponse: l.shift,
	}
	l.Server = httptest.NewUnstartedServer(l)
	l.Config.ErrorLog = log.New(io.Discard, "", 0)
	l.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if c := l.card.Load(); c != nil {
			return &tls.Config{Certificates: []tls.Certificate{*c}}, nil
		}
		return nil, nil
	}}
	l.StartTLS()
	t.Cleanup(l.Close)
	return l
}

func (l *kitLine) shift(r *http.Response) error {
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err == nil {
		r.Header.Set("Date", at.Add(time.Duration(l.late.Load())).Format(http.TimeFormat))
	}
	return nil
}

func (l *kitLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.calls = append(l.calls, r.Method+" "+r.URL.Path)
	l.mu.Unlock()
	if via := l.via.Load(); via != nil {
		(*via)(w, r)
		return
	}
	l.api.ServeHTTP(w, r)
}

// cut lets nothing through, as a machine does that is gone.
func (l *kitLine) cut() {
	l.instead(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// instead answers for the API until mend.
func (l *kitLine) instead(h http.HandlerFunc) { l.via.Store(&h) }

// show makes it show another certificate.
func (l *kitLine) show(c *tls.Certificate) { l.card.Store(c) }

func (l *kitLine) mend() { l.via.Store(nil) }

// asked counts the calls of a path since it was asked last.
func (l *kitLine) asked(part string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, call := range l.calls {
		if strings.Contains(call, part) {
			n++
		}
	}
	l.calls = nil
	return n
}
