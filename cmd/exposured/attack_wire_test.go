package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

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
