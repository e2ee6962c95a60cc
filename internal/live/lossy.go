package live

import (
	"net"

	"github.com/redis/go-redis/v9"
)

// ClusterBehindProxy starts a cluster of one server that its client reaches through a proxy
// only, also when it asks where the nodes are. The client repeats a call whose reply the
// proxy cuts.
func ClusterBehindProxy(tb TB) (*redis.ClusterClient, *Proxy) {
	tb.Helper()
	node := NewRedisCluster(tb)
	proxy := NewProxy(tb, node.Addr())
	_, port, err := net.SplitHostPort(proxy.Addr())
	if err != nil {
		tb.Fatalf("finding the proxy's port: %v", err)
	}
	node.Do("CONFIG SET cluster-announce-port " + port)
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{proxy.Addr()}, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
	})
	tb.Cleanup(func() { _ = client.Close() })
	return client, proxy
}
