package main

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestThePageSaysHowLongMailsTake: everybody reads it while the mail server takes none, and nobody
// any more once mails come at once.
func TestThePageSaysHowLongMailsTake(t *testing.T) {
	s, shop := smallSite(t)
	office := openMoodyOffice(t, nil)
	var later atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	r, _ := s.tryServeAs(t, program{now: now}, "", office.url, "--limits", plenty)
	if r == nil {
		t.Fatal("the server did not start")
	}
	b := from(r.public, here)
	late := func() bool {
		got := b.do(t, http.MethodGet, "/code/help?lang=en", "", nil)
		if got.status != http.StatusOK {
			t.Fatalf("the page: %d", got.status)
		}
		return strings.Contains(string(got.body), "Mails take about ")
	}
	if late() {
		t.Error("mails are late at first")
	}
	office.line.Refuse()
	who := shop.Examples()[0].Email
	v := b.start(t, who)
	for range 4 {
		tries := r.metric(t, `exposure_mails_total{outcome="retried"}`)
		later.Add(int64(time.Minute))
		eventually(t, "another try", func() bool { return r.metric(t, `exposure_mails_total{outcome="retried"}`) != tries })
	}
	eventually(t, "the page says it", late)
	if got := b.do(t, http.MethodGet, "/code/help?lang=en", "", nil); !strings.Contains(string(got.body), "about 5 minutes") {
		t.Errorf("the page: %s", got.body)
	}
	office.mend()
	later.Add(int64(3 * time.Minute))
	code := office.code(t, who, 1)
	for _, e := range shop.Examples()[1:3] {
		b.start(t, e.Email)
		office.box(t, e.Email, 1)
	}
	eventually(t, "the page says it no more", func() bool { return !late() })
	if got := b.confirm(t, v, code); got.status != http.StatusOK {
		t.Errorf("the code that was late: %d", got.status)
	}
}
