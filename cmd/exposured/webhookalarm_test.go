package main

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestAlarmsOfTheWebhook: a shop that takes nothing pages somebody, and so does what was
// given up, be it after a day or because the receiver says that it is gone. Both end once
// the shop takes what an operator queues anew.
func TestAlarmsOfTheWebhook(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		later  time.Duration // when it is given up
	}{
		"it fails for a day": {http.StatusInternalServerError, 25 * time.Hour},
		"it is gone":         {http.StatusGone, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var status atomic.Int32
			status.Store(int32(c.status))
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
			t.Cleanup(hook.Close)
			s, shop := inventedSite(t, t.TempDir())
			d, pager, id := openDesk(t, s), openPager(t), membersOf(shop, false, false)[0].id
			// The pauses between attempts pass in a sixtieth of their time.
			begun, skipped := time.Now(), &clock{}
			now := func() time.Time { return skipped.now().Add(59 * time.Since(begun)) }
			r, code := s.tryServeBy(t, now, "", openPostOffice(t).url, pager.flags("--connector", "webhook:"+hook.URL+"/SHOPCANARY", "--webhook-secret", shopSecret)...)
			if r == nil {
				t.Fatalf("exposured ended with %d", code)
			}
			pager.only(t)
			d.order(t, id)
			pager.await(t, "connector-down begun")
			if c.later > 0 {
				pager.only(t, "connector-down begun")
			}
			skipped.put(c.later)
			pager.await(t, "webhook-dead begun")
			status.Store(http.StatusOK)
			_, err := d.db.Webhook(d.keys, hook.URL+"/SHOPCANARY").Retry(t.Context(), now())
			must(t, err)
			pager.await(t, "connector-down ended", "webhook-dead ended")
			eventually(t, "the member counts as barred", func() bool {
				r, err := d.Get(t.Context(), id)
				return err == nil && !r.Barred.IsZero()
			})
			pager.silent(t, r, "SHOPCANARY", shopSecret)
		})
	}
}
