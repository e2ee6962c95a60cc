package webhook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"exposure/internal/reset/webhook"
)

// TestWrittenQueue: who writes the queue's table can make nobody be told what is not so, nor
// make it seem that somebody was told.
func TestWrittenQueue(t *testing.T) {
	r := newRig(t)
	w := r.worker(t)
	r.order(t, "1", "2")
	r.work(t, w, time.Second)
	r.complete(t, "1")
	r.order(t, "3")
	r.sql(t, `UPDATE webhook_members SET told = (SELECT told FROM webhook_members WHERE handle = ?)`, handle(r, "2"))
	r.sql(t, `INSERT INTO webhook_members SELECT randomblob(32), member_id_sealed, told, event, 1, 1, 0, 0, 0, 0, 0 FROM webhook_members LIMIT 1`)
	r.sql(t, `INSERT INTO webhook_members VALUES (?, randomblob(40), randomblob(32), randomblob(16), 0, 1, 0, 0, 0, 0, 0)`, handle(r, "3"))
	r.work(t, w, 5*time.Second)
	var got []string
	for _, e := range r.shop.attempts()[2:] {
		got = append(got, fmt.Sprint(e.Data.MemberID, " ", e.Type))
	}
	if s := strings.Join(got, ", "); s != "1 "+webhook.Completed+", 3 "+webhook.Required && s != "3 "+webhook.Required+", 1 "+webhook.Completed {
		t.Errorf("told: %s", s)
	}
}

func handle(r *rig, id string) []byte {
	h := r.keys.PersonHandle("M:" + id)
	return h[:]
}
