package main

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"testing"

	"exposure/internal/wire"
)

// TestOnePacketOfGuesses: four wrong codes and the right one, in one packet and over five
// connections that end in the same moment, again and again for other people.
func TestOnePacketOfGuesses(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b := from(g.public, here)
		for round := range 12 {
			address := g.somebody()
			v, code := g.ask(t, b, address, 1)
			var all [][]byte
			for range 4 {
				all = append(all, wireRequest(http.MethodPost, confirmation(v), guess(v, wrong(code))))
			}
			// On one connection the last is judged last; over many it may be any.
			all = append(all, wireRequest(http.MethodPost, confirmation(v), guess(v, code)))
			var replies []reply
			if round%2 == 0 {
				replies = g.inOnePacket(t, here, all...)
				if replies[4].status != http.StatusOK {
					t.Errorf("the right code as the fifth of a packet: %d %s", replies[4].status, replies[4].body)
				}
			} else {
				replies = g.byTheLastByte(t, here, all...)
			}
			g.judgedOnce(t, address, replies)
		}
	}, "--insecure-no-limits")
}

// judgedOnce checks what a burst at one verification may have left behind.
func (g *target) judgedOnce(t *testing.T, address string, replies []reply) {
	t.Helper()
	right := 0
	for _, r := range replies {
		switch {
		case r.status == http.StatusOK:
			right++
		case r.status != http.StatusUnprocessableEntity || r.problem(t) != "code-rejected":
			t.Errorf("an answer is %d %s", r.status, r.body)
		}
	}
	accepted, compared := g.rows(t, address, "guess", "accepted"), g.rows(t, address, "guess", "refused")
	if right > 1 || accepted != right || accepted+compared > 5 {
		t.Errorf("%d got in; the log says that %d did and that %d more were compared", right, accepted, compared)
	}
	if told := g.rows(t, address, "disclosure", "done"); told != right {
		t.Errorf("%d disclosures for %d who got in", told, right)
	}
	if k, known := g.kept(t, address); known && (len(k.Failures) != compared || k.tries() > 5 || len(k.Short) > 0 && right > 0) {
		t.Errorf("Redis holds %+v after %d failures and %d successes", k, compared, right)
	}
}

// TestTheRightCodeAfterFiveInOnePacket: the sixth is not compared, whatever it is.
func TestTheRightCodeAfterFiveInOnePacket(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, address := from(g.public, here), g.somebody()
		v, code := g.ask(t, b, address, 1)
		bad := wireRequest(http.MethodPost, confirmation(v), guess(v, wrong(code)))
		all := append(slices.Repeat([][]byte{bad}, 5), wireRequest(http.MethodPost, confirmation(v), guess(v, code)))
		var said []string
		for i, r := range g.inOnePacket(t, here, all...) {
			said = append(said, refused(t, r, max(0, 4-i)))
		}
		if len(slices.Compact(said)) != 1 {
			t.Errorf("the answers differ:\n%s", strings.Join(said, "\n"))
		}
		g.judgedOnce(t, address, nil)
		if n := g.rows(t, address, "guess", "refused"); n != 5 {
			t.Errorf("%d guesses were compared, want 5", n)
		}
		// One more code for the same verification: a way in, but no more tries here.
		if r := b.do(t, http.MethodPost, "/v1/verifications/"+v.Id+"/codes", "", map[string]string{"secret": v.Secret}); r.status != http.StatusAccepted {
			t.Fatalf("asking for one more code: %d %s", r.status, r.body)
		}
		again := g.office.code(t, address, 2)
		refused(t, b.confirm(t, v, again), 0)
		if n := g.rows(t, address, "guess", "refused"); n != 5 || digitsOf(again) != 20 {
			t.Errorf("a code of %d digits, and %d guesses were compared", digitsOf(again), n)
		}
		if r := b.confirm(t, b.start(t, address), again); r.status != http.StatusOK {
			t.Errorf("the long code in another verification: %d %s", r.status, r.body)
		}
	}, "--insecure-no-limits")
}

// TestThePublicListenerSpeaksNoHTTP2: bursts of one packet of many streams cannot be sent
// to it, neither by its preface nor by an upgrade.
func TestThePublicListenerSpeaksNoHTTP2(t *testing.T) {
	g := aim(t, nil)
	for name, hello := range map[string]string{
		"preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
		"upgrade": "GET /v1/incident HTTP/1.1\r\nHost: check.example.jp\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
	} {
		c := g.dial(t, here)
		_, err := c.Write([]byte(hello))
		must(t, err)
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "HTTP/1.1 ") || strings.Contains(line, "101") {
			t.Errorf("%s: %q, %v; want an answer of HTTP/1.1", name, line, err)
		}
	}
}

// TestOneGuessAtAllLiveCodes: a guess is compared with every code of the verification and
// charged once; whichever mail is read first is the right one.
func TestOneGuessAtAllLiveCodes(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b := from(g.public, here)
		for typed := range 3 {
			address := g.somebody()
			v := b.start(t, address)
			var codes []string
			for n := range 3 {
				if n > 0 {
					b.resend(t, v)
				}
				codes = append(codes, g.office.code(t, address, n+1))
			}
			if digitsOf(codes[0]) != 8 || digitsOf(codes[1]) != 8 || digitsOf(codes[2]) != 20 {
				t.Errorf("three mails carry codes of %d, %d and %d digits", digitsOf(codes[0]), digitsOf(codes[1]), digitsOf(codes[2]))
			}
			refused(t, b.confirm(t, v, wrong(codes[0])), 4)
			if n := g.rows(t, address, "guess", "refused"); n != 1 {
				t.Errorf("one guess at three codes left %d rows", n)
			}
			if k, known := g.kept(t, address); known && (len(k.Failures) != 1 || k.tries() != 1) {
				t.Errorf("one guess at three codes was charged %+v", k)
			}
			if r := b.confirm(t, v, codes[typed]); r.status != http.StatusOK {
				t.Errorf("the code of mail %d after a resend: %d %s", typed+1, r.status, r.body)
			}
			for _, code := range codes { // and all of them are spent with it
				if typed < 2 && digitsOf(code) == 20 {
					continue // but the long one, which belongs to the address
				}
				refused(t, b.confirm(t, v, code), 0)
			}
		}
	}, "--insecure-no-limits")
}

// resend asks for one more code of a verification.
func (b *browser) resend(t *testing.T, v wire.Verification) {
	t.Helper()
	if r := b.do(t, http.MethodPost, "/v1/verifications/"+v.Id+"/codes", "", map[string]string{"secret": v.Secret}); r.status != http.StatusAccepted {
		t.Fatalf("asking for one more code: %d %s", r.status, r.body)
	}
}
