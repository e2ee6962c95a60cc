package main

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"exposure/internal/live"
)

// floodPlaces is how many connections may be open while there is a flood of several times as many.
const floodPlaces = 40

// connections is how many are open on the public listener.
func (r *running) connections(t *testing.T) (open int) {
	t.Helper()
	for _, state := range []string{"arriving", "answering", "sending", "idle"} {
		n, err := strconv.Atoi(r.metric(t, fmt.Sprintf("exposure_http_connections{listener=%q,state=%q}", "public", state)))
		must(t, err)
		open += n
	}
	return open
}

// TestAFloodOfConnections: requests that never come whole take no more places than there are, and
// keep nobody out: whoever waits for an answer gets it, and whoever comes meanwhile does. When it
// ends nothing of it stays.
func TestAFloodOfConnections(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	r, _ := s.tryServeAs(t, program{connections: floodPlaces}, live.Redis(t), office.url, "--limits", plenty)
	if r == nil {
		t.Fatal("the server did not start")
	}
	b, who := from(r.public, here), shop.Examples()[0].Email
	v := b.start(t, who)
	code := office.code(t, who, 1)
	release := locked(t, s) // the row of the answer waits for it
	answer := make(chan reply, 1)
	go func() {
		got, err := b.try(http.MethodPost, confirmation(v), "", guess(v, code))
		if err != nil {
			t.Errorf("whoever waited was cut off: %v", err)
		}
		answer <- got
	}()
	eventually(t, "the answer is waited for", func() bool {
		return r.metric(t, `exposure_http_connections{listener="public",state="answering"}`) == "1"
	})
	kinds := []string{"", "GET / HTTP/1.1\r\nHost", post("Content-Length: 80\r\n", `{"email":`), post("Transfer-Encoding: chunked\r\n", "5\r\n{\"ema")}
	var flood []*line
	for i := range 4 * floodPlaces {
		l := dial(t, r.public)
		_, _ = l.Write([]byte(kinds[i%len(kinds)]))
		flood = append(flood, l)
		if i%floodPlaces != 0 {
			continue
		}
		if got := from(r.public, here).do(t, http.MethodGet, "/v1/incident", "", nil); got.status != http.StatusOK {
			t.Errorf("whoever came after %d was answered %d", i, got.status)
		}
		if n := r.connections(t); n > floodPlaces {
			t.Errorf("%d connections are open", n)
		}
	}
	release()
	if got := <-answer; got.status != http.StatusOK && got.status != http.StatusServiceUnavailable { // on a slow machine the lock was held too long
		t.Errorf("whoever waited was answered %d %s", got.status, got.body)
	}
	for _, l := range flood {
		l.Close()
	}
	eventually(t, "the flood has run off", func() bool { return r.connections(t) < floodPlaces/2 })
	b.prove(t, office, shop.Examples()[1].Email)
	if n, err := strconv.Atoi(r.metric(t, `exposure_http_connections_shed_total{listener="public"}`)); err != nil || n < 3*floodPlaces {
		t.Errorf("%d connections were closed for others, %v", n, err)
	}
}
