package mailer_test

import (
	"testing"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

// TestALostReplyQueuesOnce: the entry is in the stream, the reply is lost, and the call
// comes again.
func TestALostReplyQueuesOnce(t *testing.T) {
	client, proxy := live.ClusterBehindProxy(t)
	r := newRig(t)
	outbox, err := mailer.NewRedisOutbox(client, mailer.OutboxConfig{Prefix: "test:", Sealer: r.keys})
	if err != nil {
		t.Fatal(err)
	}
	r.outbox = outbox
	r.enqueue(r.request("a@example.jp")) // the script is known now
	proxy.CutOneReply("evalsha", 0)
	r.enqueue(r.request("b@example.jp"))
	proxy.Restore()
	if got := r.waiting(); got != 2 {
		t.Errorf("%d waiting after two requests", got)
	}
	r.run(r.config())
	r.messages(2)
	r.awaitEmpty()
}
