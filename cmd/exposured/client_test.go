package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"exposure/internal/email"
	"exposure/internal/wire"
)

// reply is an answer of the API, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("status %d: %v in %s", r.status, err, r.body)
	}
}

// problem returns the slug of a problem document.
func (r reply) problem(t testing.TB) string {
	t.Helper()
	var p struct{ Type string }
	r.decode(t, &p)
	return strings.TrimPrefix(p.Type, "urn:exposure:problem:")
}

// browser talks to the public listener from one address of the loopback net.
type browser struct {
	base   string
	client *http.Client
}

// from returns a client whose connections come from that loopback address.
func from(base string, addr netip.Addr) *browser {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: addr.AsSlice()}}
	return &browser{base: base, client: &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64}, Timeout: 40 * time.Second,
	}}
}

func (b *browser) do(t testing.TB, method, path, token string, body any) reply {
	t.Helper()
	r, err := b.try(method, path, token, body)
	must(t, err)
	return r
}

func (b *browser) try(method, path, token string, body any) (reply, error) {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.base+path, content)
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, raw}, err
}

// start begins a verification and fails the test unless it is accepted.
func (b *browser) start(t testing.TB, address string) wire.Verification {
	t.Helper()
	r := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
	if r.status != http.StatusAccepted {
		t.Fatalf("starting a verification: %d %s", r.status, r.body)
	}
	var v wire.Verification
	r.decode(t, &v)
	return v
}

func (b *browser) confirm(t testing.TB, v wire.Verification, code string) reply {
	t.Helper()
	return b.do(t, http.MethodPost, "/v1/verifications/"+v.Id+"/confirmation", "", map[string]string{"secret": v.Secret, "code": code})
}

// prove goes the whole way and returns the report and the session.
func (b *browser) prove(t testing.TB, office *postOffice, address string) wire.Confirmation {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	office.mu.Lock()
	before := len(office.boxes[a.Reveal()])
	office.mu.Unlock()
	v := b.start(t, address)
	r := b.confirm(t, v, office.code(t, address, before+1))
	if r.status != http.StatusOK {
		t.Fatalf("confirming the mailed code: %d %s", r.status, r.body)
	}
	var c wire.Confirmation
	r.decode(t, &c)
	return c
}
