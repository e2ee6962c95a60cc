package live

import (
	"fmt"
	"strings"
	"time"
)

// RedisCluster is a Redis Cluster of several servers. Its methods fail the test on trouble.
type RedisCluster struct {
	Nodes []*RedisServer // masters, each with its share of the slots in order
	tb    TB
}

// lostAfter is how soon a node that does not answer is taken for lost, in milliseconds.
const lostAfter = 1000

// slots is how many slots a cluster has.
const slots = 16384

// NewRedisNodes starts a cluster of that many masters. A node that is restarted keeps its
// slots and has lost its data.
func NewRedisNodes(tb TB, masters int) *RedisCluster {
	tb.Helper()
	c := &RedisCluster{tb: tb}
	for i := range masters {
		n := c.node()
		n.Do(fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1))
		n.Do(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", i*slots/masters, (i+1)*slots/masters-1))
		c.Nodes = append(c.Nodes, n)
		c.meet(n)
	}
	for _, n := range c.Nodes {
		n.AwaitFact("CLUSTER INFO", "cluster_state", "ok")
		n.AwaitFact("CLUSTER INFO", "cluster_known_nodes", fmt.Sprint(masters))
	}
	return c
}

func (c *RedisCluster) node() *RedisServer {
	c.tb.Helper()
	bus, err := freePort()
	if err != nil {
		c.tb.Fatalf("looking for a free port: %v", err)
	}
	n := newRedis(c.tb, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", fmt.Sprint(lostAfter))
	n.bus = bus
	return n
}

func (c *RedisCluster) meet(n *RedisServer) {
	c.tb.Helper()
	if first := c.Nodes[0]; first != n {
		n.Do(fmt.Sprintf("CLUSTER MEET 127.0.0.1 %s %s", first.port, first.bus))
	}
}

// AddReplica starts a node that follows a master, and returns when it has all of its data.
func (c *RedisCluster) AddReplica(master *RedisServer) *RedisServer {
	c.tb.Helper()
	n := c.node()
	c.meet(n)
	id := master.Do("CLUSTER MYID")
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		if _, err := n.do("CLUSTER REPLICATE " + id); err == nil {
			break
		} else if time.Now().After(deadline) {
			c.tb.Fatalf("following a master: %v", err)
		}
	}
	n.AwaitFact("INFO replication", "master_link_status", "up")
	for _, m := range c.Nodes {
		m.AwaitFact("CLUSTER INFO", "cluster_known_nodes", fmt.Sprint(len(c.Nodes)+1))
	}
	return n
}

// URL names all masters, in the grammar of the Redis library.
func (c *RedisCluster) URL() string {
	var addrs []string
	for _, n := range c.Nodes[1:] {
		addrs = append(addrs, "addr="+n.Addr())
	}
	return c.Nodes[0].URL() + "?" + strings.Join(addrs, "&")
}

// Set changes a setting of every node.
func (c *RedisCluster) Set(name, value string) {
	c.tb.Helper()
	for _, n := range c.Nodes {
		n.Do("CONFIG SET " + name + " " + value)
	}
}

// Master is the node that keeps a key.
func (c *RedisCluster) Master(key string) *RedisServer {
	c.tb.Helper()
	var slot int
	if _, err := fmt.Sscanf(c.Nodes[0].Do("CLUSTER KEYSLOT "+key), ":%d", &slot); err != nil {
		c.tb.Fatalf("asking for the slot of a key: %v", err)
	}
	for i := range c.Nodes {
		if slot < (i+1)*slots/len(c.Nodes) {
			return c.Nodes[i]
		}
	}
	return nil
}
