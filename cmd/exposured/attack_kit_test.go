package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// target is a running server with everything an attack is judged by.
type target struct {
	site
	*running
	office *postOffice
	redis  *redis.Client // nil: the server keeps everything in memory
	store  *live.RedisServer
	fresh  []string // addresses on the list that nobody has asked about
}

// onBothStores carries an attack out against a server on a real Redis, and against one
// that keeps everything in memory.
func onBothStores(t *testing.T, attack func(t *testing.T, g *target), flags ...string) {
	t.Helper()
	t.Run("redis", func(t *testing.T) { attack(t, aim(t, live.NewRedis(t), flags...)) })
	t.Run("memory", func(t *testing.T) { attack(t, aim(t, nil, flags...)) })
}

func aim(t *testing.T, store *live.RedisServer, flags ...string) *target {
	t.Helper()
	s, shop := smallSite(t)
	g := &target{site: s, office: openPostOffice(t), store: store}
	for _, p := range shop.People() {
		g.fresh = append(g.fresh, p.Emails...)
	}
	url := ""
	if store != nil {
		url = store.URL()
		g.redis = redis.NewClient(&redis.Options{Addr: store.Addr()})
		t.Cleanup(func() { g.redis.Close() })
	}
	g.running = s.serve(t, url, g.office.url, flags...)
	return g
}

// somebody is on the list, and nobody has asked about them.
func (g *target) somebody() (address string) {
	address, g.fresh = g.fresh[0], g.fresh[1:]
	return address
}

func (g *target) tag(t *testing.T, address string) breach.Tag {
	t.Helper()
	keys, err := vault.LoadServer(g.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	return keys.Tag(a)
}

// rows counts the audit rows about an address.
func (g *target) rows(t *testing.T, address, action, outcome string) (n int) {
	t.Helper()
	tag := g.tag(t, address)
	db := g.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = ? AND tag = ? AND outcome = ?`, action, tag[:], outcome).Scan(&n))
	return n
}

// kept is what Redis keeps of an address, as far as the tests ask.
type kept struct {
	Failures []struct {
		At int64 `json:"t"`
	} `json:"f"`
	Row           int `json:"c"` // failures in a row
	Verifications []struct {
		Tries    int  `json:"t"`
		Consumed bool `json:"u"`
	} `json:"v"`
	Short []json.RawMessage `json:"s"`
	Long  []json.RawMessage `json:"l"`
}

func (k kept) tries() (n int) {
	for _, v := range k.Verifications {
		n += v.Tries
	}
	return n
}

func (g *target) key(t *testing.T, address string) string {
	tag := g.tag(t, address)
	return prefix + "otp:{" + hex.EncodeToString(tag[:]) + "}:web"
}

// kept reads what Redis keeps of an address; of a server in memory it knows nothing.
func (g *target) kept(t *testing.T, address string) (k kept, known bool) {
	t.Helper()
	if g.redis == nil {
		return k, false
	}
	text, err := g.redis.Get(t.Context(), g.key(t, address)).Bytes()
	if errors.Is(err, redis.Nil) {
		return k, true
	}
	must(t, err)
	must(t, json.Unmarshal(text, &k))
	return k, true
}

// sessions counts the sessions in Redis, -1 where there is none.
func (g *target) sessions(t *testing.T) int {
	t.Helper()
	if g.redis == nil {
		return -1
	}
	keys, err := g.redis.Keys(t.Context(), prefix+"session:*").Result()
	must(t, err)
	return len(keys)
}

// pass lets time pass for what Redis keeps of an address: every time in it is moved back.
func (g *target) pass(t *testing.T, address string, d time.Duration) {
	t.Helper()
	text, err := g.redis.Get(t.Context(), g.key(t, address)).Bytes()
	must(t, err)
	var state map[string]any
	must(t, json.Unmarshal(text, &state))
	ms := float64(d.Milliseconds())
	for _, list := range []string{"f", "v", "s", "l", "r"} {
		entries, _ := state[list].([]any)
		for _, e := range entries {
			entry := e.(map[string]any)
			if list == "f" {
				entry["t"] = entry["t"].(float64) - ms
			} else {
				entry["e"] = entry["e"].(float64) - ms
			}
		}
	}
	mails, _ := state["m"].([]any)
	for i := range mails {
		mails[i] = mails[i].(float64) - ms
	}
	text, err = json.Marshal(state)
	must(t, err)
	must(t, g.redis.Set(t.Context(), g.key(t, address), text, time.Hour).Err())
}

// ask begins a verification and waits for its mail, the n-th of the address.
func (g *target) ask(t *testing.T, b *browser, address string, n int) (wire.Verification, string) {
	t.Helper()
	v := b.start(t, address)
	return v, strings.ReplaceAll(g.office.code(t, address, n), "-", "")
}

// refused fails the test unless a reply says "not accepted" with so many tries left, and
// returns all else of it that is not random.
func refused(t *testing.T, r reply, left int) string {
	t.Helper()
	var p wire.Problem
	r.decode(t, &p)
	if r.status != http.StatusUnprocessableEntity || r.problem(t) != "code-rejected" || p.AttemptsLeft == nil || *p.AttemptsLeft != left {
		t.Errorf("got %d %s, want 422 code-rejected with %d tries left", r.status, r.body, left)
	}
	return head(r) + mask(bytes.Replace(r.body, fmt.Appendf(nil, `"attempts_left":%d`, left), nil, 1))
}

// wireRequest is a request as it goes over the wire.
func wireRequest(method, path string, body any, header ...string) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	lines := append([]string{method + " " + path + " HTTP/1.1", "Host: check.example.jp", "Content-Type: application/json",
		fmt.Sprintf("Content-Length: %d", len(text))}, header...)
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n" + string(text))
}

// source is an address of the loopback net in a network (/24) of its own.
func source(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(1 + n/250), byte(n % 250), 1})
}

// dial connects from an address of the loopback net.
func (g *target) dial(t *testing.T, source netip.Addr) *net.TCPConn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: source.AsSlice()}, Timeout: 10 * time.Second}
	c, err := d.DialContext(context.Background(), "tcp", strings.TrimPrefix(g.public, "http://"))
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.SetDeadline(time.Now().Add(40*time.Second)))
	return c.(*net.TCPConn)
}

func readReply(r *bufio.Reader) (reply, error) {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return reply{}, err
	}
	return wholeReply(resp)
}

// inOnePacket sends all requests in one write on one connection: one packet of the
// loopback net holds them all.
func (g *target) inOnePacket(t *testing.T, source netip.Addr, requests ...[]byte) (replies []reply) {
	t.Helper()
	c := g.dial(t, source)
	_, err := c.Write(slices.Concat(requests...))
	must(t, err)
	in := bufio.NewReader(c)
	for range requests {
		r, err := readReply(in)
		must(t, err)
		replies = append(replies, r)
	}
	return replies
}

// byTheLastByte sends each request on a connection of its own, all but the last byte, and
// then all last bytes at once.
func (g *target) byTheLastByte(t *testing.T, source netip.Addr, requests ...[]byte) []reply {
	t.Helper()
	var open []*net.TCPConn
	for _, r := range requests {
		c := g.dial(t, source)
		_, err := c.Write(r[:len(r)-1])
		must(t, err)
		open = append(open, c)
	}
	for i, c := range open {
		_, err := c.Write(requests[i][len(requests[i])-1:])
		must(t, err)
	}
	replies := make([]reply, len(requests))
	var all sync.WaitGroup
	for i, c := range open {
		all.Go(func() {
			r, err := readReply(bufio.NewReader(c))
			if err != nil {
				t.Errorf("reading answer %d: %v", i, err)
			}
			replies[i] = r
		})
	}
	all.Wait()
	return replies
}

// sendRaw sends a body as it is, with header fields given as names and values.
func (b *browser) sendRaw(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.base+path, strings.NewReader(body))
	must(t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	return b.send(t, req)
}

func (b *browser) post(t *testing.T, path, body string, header ...string) reply {
	t.Helper()
	return b.sendRaw(t, http.MethodPost, path, body, append([]string{"Content-Type", "application/json"}, header...)...)
}

func (b *browser) get(t *testing.T, path string, header ...string) reply {
	t.Helper()
	return b.sendRaw(t, http.MethodGet, path, "", header...)
}
