package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/live"
)

// TestTroubleWithMailIsInvisible: whatever becomes of the mails, whoever asks for one sees
// what everybody sees on a good day.
func TestTroubleWithMailIsInvisible(t *testing.T) {
	s, shop := smallSite(t)
	gone := grumbling(t, nil)
	gone.hangUp()
	accepts := func(more ...string) map[string]string {
		answers := map[string]string{"EHLO": "250 mx", "RSET": "250 ok"}
		for i := 0; i < len(more); i += 2 {
			answers[more[i]] = more[i+1]
		}
		return answers
	}
	var listed []string // as long as each other
	for _, p := range shop.People() {
		if len(p.Emails) > 0 && len(p.Emails[0]) == len(shop.People()[0].Emails[0]) {
			listed = append(listed, p.Emails[0])
		}
	}
	good := &onlooker{}
	for i, c := range []struct {
		name string
		mx   *mx
	}{
		{"on a good day", grumbling(t, accepts("MAIL", "250 ok", "RCPT", "250 ok", "DATA", "354 go on", ".", "250 ok"))},
		{"with the mail server down", gone},
		{"with a mail server that does not speak", grumbling(t, nil)},
		{"with a mail server that stops in the middle", grumbling(t, accepts("MAIL", "250 ok"))},
		{"with full mailboxes", grumbling(t, accepts("MAIL", "250 ok", "RCPT", "452 4.2.2 mailbox full"))},
		{"with unknown mailboxes", grumbling(t, accepts("MAIL", "250 ok", "RCPT", "550 5.1.1 no such user"))},
		{"with a mail server that is too busy", grumbling(t, accepts("MAIL", "421 4.7.0 too busy"))},
	} {
		server := s.serve(t, live.Redis(t), c.mx.url)
		for who, o := range map[string]*onlooker{
			stranger(listed[i], i): {base: server.public, source: addr("127.0.9.1")}, listed[i]: {base: server.public, source: addr("127.0.9.2")},
		} {
			o.whole(t, who)
			if good.seen == nil {
				good = o
			}
			if diff := cmp.Diff(good.seen, o.seen); diff != "" {
				t.Errorf("%s, somebody listed: %v (-good +now):\n%s", c.name, who == listed[i], diff)
			}
		}
		c.mx.hangUp() // or the server would wait for it
		server.stop()
	}
}

// mx is a mail server that answers some commands and is silent about all others. One that
// answers none does not greet either.
type mx struct {
	url     string
	answers map[string]string
	ln      net.Listener

	mu   sync.Mutex
	open []net.Conn
}

func grumbling(t *testing.T, answers map[string]string) *mx {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m := &mx{url: "smtp://" + ln.Addr().String() + "?starttls=none", answers: answers, ln: ln}
	t.Cleanup(m.hangUp)
	go func() {
		for c, err := ln.Accept(); err == nil; c, err = ln.Accept() {
			m.mu.Lock()
			m.open = append(m.open, c)
			m.mu.Unlock()
			go m.talk(c)
		}
	}()
	return m
}

func (m *mx) talk(c net.Conn) {
	if m.answers != nil {
		fmt.Fprint(c, "220 mx\r\n")
	}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		verb := strings.ToUpper(lines.Text()[:min(4, len(lines.Text()))])
		if reply := m.answers[verb]; reply != "" {
			fmt.Fprintf(c, "%s\r\n", reply)
		}
	}
}

func (m *mx) hangUp() {
	_ = m.ln.Close() // may be closed already
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.open {
		_ = c.Close()
	}
}
