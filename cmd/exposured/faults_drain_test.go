package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/otp"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// TestDrainUnderLoad ends the server in order while people wait for their answers: all of
// them get a whole one.
func TestDrainUnderLoad(t *testing.T) {
	const people = 8
	s, shop := inventedSite(t, t.TempDir())
	office, redis := openPostOffice(t), live.NewRedis(t)
	server := s.spawn(t, redis.URL(), office.url, "env", generousRate)
	b := from(server.public, here)
	var waiting []*tried
	for _, p := range shop.People()[:people] {
		one := &tried{address: p.Emails[0]}
		one.v = b.start(t, one.address)
		one.code = office.code(t, one.address, 1)
		waiting = append(waiting, one)
	}
	release := locked(t, s) // rows wait for it, up to five seconds
	var answers sync.WaitGroup
	for _, one := range waiting {
		answers.Go(func() {
			r, err := b.try(http.MethodPost, confirmation(one.v), "", guess(one.v, one.code))
			if err != nil || r.status == 200 && !wholeReport(r) {
				t.Errorf("an accepted request was cut: %v, %d %s", err, r.status, r.body)
			}
			one.status = r.status
		})
	}
	readers := readThroughout(t, server)
	for _, one := range waiting {
		eventually(t, "the code is consumed", func() bool { return s.consumed(t, redis, one.address, otp.Web) })
	}
	must(t, server.Signal(syscall.SIGTERM))
	eventually(t, "nobody new is let in", func() bool {
		_, err := from(server.public, here).try(http.MethodGet, "/v1/incident", "", nil)
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	release()
	answers.Wait()
	if err := server.wait(); err != nil {
		t.Errorf("the server ended with %v: %s", err, server.log.String())
	}
	readers.Wait()
	reports := 0
	for _, one := range waiting {
		rows := s.rows(t, one.address)
		switch {
		case one.status == 200 && rows == disclosed:
			reports++
		case one.status != 503 || rows != "": // on a slow machine the lock was held too long
			t.Errorf("%d was answered, and the audit log holds %q", one.status, rows)
		}
	}
	t.Logf("%d of %d got their report", reports, people)
	if v := s.verifyLog(t, nil); v.Bad != nil || v.Unsigned != 0 {
		t.Errorf("the audit log: %+v, %v", v, v.Bad)
	}
}

// TestDrainMailsNothingNew: mails end beside the requests and not after them, or a mail server
// that hangs and a client that dawdles would be waited for one after the other. Whoever was let
// in is promised a mail all the same, and the next server sends it.
func TestDrainMailsNothingNew(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	office, redis := openPostOffice(t), live.Redis(t)
	server := s.spawn(t, redis, office.url)
	var dawdling []*line
	people := shop.People()[:4]
	for _, p := range people {
		body := fmt.Sprintf(`{"email":%q}`, p.Emails[0])
		l := dial(t, server.public)
		l.say(t, post(fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n", len(body)), ""))
		again, err := http.ReadResponse(l.r, nil) // it waits for the body by now
		must(t, err)
		must(t, again.Body.Close())
		if again.StatusCode != http.StatusContinue {
			t.Fatalf("a request was answered %d before its body", again.StatusCode)
		}
		dawdling = append(dawdling, l)
	}
	must(t, server.Signal(syscall.SIGTERM))
	eventually(t, "nobody new is let in", func() bool {
		_, err := from(server.public, here).try(http.MethodGet, "/v1/incident", "", nil)
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	client := redisOf(t, redis)
	eventually(t, "nobody waits for mails to send", func() bool {
		clients, err := client.Info(t.Context(), "clients").Result()
		must(t, err)
		return strings.Contains(clients, "blocked_clients:0\r\n")
	})
	for i, l := range dawdling {
		l.say(t, fmt.Sprintf(`{"email":%q}`, people[i].Emails[0]))
		if r := l.next(t, http.MethodPost); r.status != http.StatusAccepted {
			t.Errorf("whoever was let in was answered %d %s", r.status, r.body)
		}
	}
	if err := server.wait(); err != nil {
		t.Errorf("the server ended with %v: %s", err, server.log.String())
	}
	if n := office.count(); n != 0 {
		t.Errorf("%d mails left while requests ended", n)
	}
	s.spawn(t, redis, office.url)
	for _, p := range people {
		office.code(t, p.Emails[0], 1)
	}
}

// wholeReport tells whether the body is a report to its end.
func wholeReport(r reply) bool {
	var c wire.Confirmation
	return decode(r, &c) == nil && c.Token != "" && c.Report.Incident != ""
}

// readThroughout asks for the incident's facts on new and old connections until nobody
// answers. What was begun to be answered must be answered whole.
func readThroughout(t *testing.T, server *process) *sync.WaitGroup {
	var readers sync.WaitGroup
	for range 4 {
		b := from(server.public, here)
		readers.Go(func() {
			for {
				r, err := b.try(http.MethodGet, "/v1/incident", "", nil)
				if err == nil {
					continue
				}
				if r.status != 0 {
					t.Errorf("an answer was cut: %v", err)
				}
				return
			}
		})
	}
	return &readers
}

// consumed tells whether Redis has accepted a code of an address.
func (s site) consumed(t *testing.T, r *live.RedisServer, address string, purpose otp.Purpose) bool {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	tag := keys.Tag(a)
	state, err := redisOf(t, r.URL()).Get(t.Context(), s.prefix(t)+"otp:{"+hex.EncodeToString(tag[:])+"}:"+string(purpose)).Result()
	must(t, err)
	return strings.Contains(state, `"k":"accepted"`)
}
