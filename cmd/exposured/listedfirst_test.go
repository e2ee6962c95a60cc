package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"exposure/internal/live"
)

// slowOffice is a post office that takes one mail for each token, or none for a mail that is free,
// and keeps the order in which mails came.
type slowOffice struct {
	*postOffice
	tokens chan struct{}
	free   map[string]bool // by address

	mu    sync.Mutex
	order []string
}

type slowDelivery struct {
	*delivery
	office *slowOffice
}

func openSlowOffice(t *testing.T) *slowOffice {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	o := &slowOffice{
		postOffice: &postOffice{url: "smtp://" + ln.Addr().String() + "?starttls=none", boxes: map[string][]letter{}, wake: make(chan struct{})},
		tokens:     make(chan struct{}),
	}
	srv := smtp.NewServer(o)
	srv.Domain, srv.AllowInsecureAuth, srv.MaxRecipients, srv.MaxMessageBytes = "localhost", true, 1, 64<<10
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return o
}

// NewSession implements smtp.Backend.
func (o *slowOffice) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &slowDelivery{&delivery{office: o.postOffice}, o}, nil
}

func (d *slowDelivery) Data(r io.Reader) error {
	d.office.mu.Lock()
	d.office.order = append(d.office.order, d.to)
	d.office.mu.Unlock()
	if !d.office.free[d.to] {
		<-d.office.tokens
	}
	return d.delivery.Data(r)
}

// flow takes mails until ctx ends.
func (o *slowOffice) flow(ctx context.Context) {
	for {
		select {
		case o.tokens <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}

// handOn takes a mail every so often until all of these people have theirs, and then no more.
func (o *slowOffice) handOn(t *testing.T, people []string, every time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(6 * patience); ; time.Sleep(every) {
		for len(people) > 0 && len(o.peek(people[0])) > 0 {
			people = people[1:]
		}
		if len(people) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d people have no mail", len(people))
		}
		select {
		case o.tokens <- struct{}{}:
		default:
		}
	}
}

// TestListedPeopleAreMailedFirst: 2,000 strangers ask while the mail server is slow, then
// twenty listed people. Whoever asked is answered alike; the twenty have their codes long before the
// strangers who asked before them; and then every stranger gets theirs.
func TestListedPeopleAreMailedFirst(t *testing.T) {
	const strangers = 2000
	s, shop := smallSite(t)
	office := openSlowOffice(t)
	var open sync.Once
	begin := func() { open.Do(func() { close(office.tokens) }) }
	t.Cleanup(begin) // or the server waits for its mails
	r := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
	b := from(r.public, here)
	var asking sync.WaitGroup
	for hand := range 8 {
		asking.Go(func() {
			for i := hand; i < strangers; i += 8 {
				if got, err := b.try("POST", "/v1/verifications", "", map[string]string{"email": fmt.Sprintf("stranger%d@example.jp", i)}); err != nil || got.status != 202 {
					t.Errorf("a stranger: %d %v", got.status, err)
				}
			}
		})
	}
	asking.Wait()
	listed := listedPeople(shop, 20)
	for address := range listed {
		b.start(t, address)
	}
	office.handOn(t, slices.Collect(maps.Keys(listed)), 50*time.Millisecond)
	begin()
	last := office.last(listed)
	if last == 0 || last > 300 { // four for each, and what leaves while theirs hesitate
		t.Errorf("the last of %d listed people was mailed as number %d", len(listed), last)
	}
	office.box(t, fmt.Sprintf("stranger%d@example.jp", strangers-1), 1)
	for i := range strangers {
		office.box(t, fmt.Sprintf("stranger%d@example.jp", i), 1)
	}
	if n := office.count(); n != strangers+len(listed) {
		t.Errorf("%d mails, want %d", n, strangers+len(listed))
	}
}
