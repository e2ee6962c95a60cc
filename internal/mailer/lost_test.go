package mailer_test

import (
	"net"
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/mailer"
)

// behindProxy is a cluster that its client reaches through a proxy only, also when it asks
// where the nodes are. It repeats a call whose reply the proxy cuts.
func behindProxy(t *testing.T) (*redis.ClusterClient, *live.Proxy) {
	t.Helper()
	node := live.NewRedisCluster(t)
	proxy := live.NewProxy(t, node.Addr())
	_, port, err := net.SplitHostPort(proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	node.Do("CONFIG SET cluster-announce-port " + port)
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{proxy.Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	return client, proxy
}

// TestALostReplyQueuesOnce: the entry is in the stream, the reply is lost, and the call
// comes again.
func TestALostReplyQueuesOnce(t *testing.T) {
	client, proxy := behindProxy(t)
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
