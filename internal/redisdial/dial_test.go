package redisdial_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
	"exposure/internal/redisdial"
)

func open(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	c, err := redisdial.Open(t.Context(), url, "t:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// eventually is for what other servers have to find out first.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

func ready(t *testing.T, c redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	return redisdial.Ready(ctx, c, "t:")
}

func TestASingleServer(t *testing.T) {
	server := live.NewRedis(t)
	c := open(t, server.URL()+"/1")
	if err := ready(t, c); err != nil {
		t.Error(err)
	}
	for setting, value := range map[string]string{"maxmemory-policy": "allkeys-lru", "maxmemory": "100mb"} {
		server.Do("CONFIG SET " + setting + " " + value)
	}
	if err := ready(t, c); !errors.Is(err, redisdial.ErrUnsafe) || !strings.Contains(err.Error(), "noeviction") {
		t.Errorf("it may evict meanwhile: %v", err)
	}
	server.Do("CONFIG SET maxmemory-policy noeviction")
	server.Do("CONFIG SET maxmemory 1")
	if err := ready(t, c); err == nil || !strings.Contains(err.Error(), "takes no writes") {
		t.Errorf("it is full: %v", err)
	}
	if c, err := redisdial.Open(t.Context(), server.URL(), "t:"); err == nil {
		c.Close()
		t.Error("a full Redis was opened")
	}
	server.Stop()
	if err := ready(t, c); !errors.Is(err, redisdial.ErrSilent) {
		t.Errorf("it is down: %v", err)
	}
	if _, err := redisdial.Open(t.Context(), server.URL(), "t:"); !errors.Is(err, redisdial.ErrSilent) {
		t.Errorf("opening what is down: %v", err)
	}
}

func TestAReplicaIsRefused(t *testing.T) {
	replica := live.NewReplica(t, live.NewRedis(t))
	if _, err := redisdial.Open(t.Context(), replica.URL(), "t:"); !errors.Is(err, redisdial.ErrUnsafe) || !strings.Contains(err.Error(), "replica") {
		t.Errorf("opening a replica: %v", err)
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	for version, safe := range map[string]bool{"7.0.15": true, "8.2.1": true, "10.0.0": true, "6.2.14": false, "": false, "x": false} {
		n := redisdial.Node{Facts: map[string]string{"redis_version": version, "maxmemory": "0"}}
		if err := redisdial.Unsafe([]redisdial.Node{n}); (err == nil) != safe {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

// TestSentinelsNameTheMaster: the client finds the new master by itself, and what is unsafe
// about it shows.
func TestSentinelsNameTheMaster(t *testing.T) {
	master := live.NewRedis(t)
	replica := live.NewReplica(t, master)
	replica.Do("CONFIG SET maxmemory 100mb")
	replica.Do("CONFIG SET maxmemory-policy allkeys-lru")
	sentinel := live.NewSentinel(t, master)
	c := open(t, sentinel.URL())
	if err := c.Set(t.Context(), "key", "v", 0).Err(); err != nil || master.Do("GET key") != "v" {
		t.Fatalf("it did not reach the master: %v", err)
	}
	if err := ready(t, c); err != nil {
		t.Error(err)
	}
	sentinel.AwaitReplica()
	sentinel.Failover(replica)
	eventually(t, "the new master that evicts is noticed", func() bool { return errors.Is(ready(t, c), redisdial.ErrUnsafe) })
	replica.Do("CONFIG SET maxmemory-policy noeviction")
	eventually(t, "the new master is ready", func() bool { return ready(t, c) == nil })
	if err := c.Set(t.Context(), "new", "v", 0).Err(); err != nil || replica.Do("GET new") != "v" {
		t.Errorf("it did not reach the new master: %v", err)
	}
}

// TestAClusterOfThree: every master is looked at, a lost one is counted, and it is ready
// again when the lost one is.
func TestAClusterOfThree(t *testing.T) {
	nodes := live.NewRedisNodes(t, 3)
	nodes.Set("cluster-require-full-coverage", "no")
	for _, url := range []string{nodes.URL(), nodes.Nodes[1].URL()} { // a single node leads to all
		c := open(t, url)
		if _, ok := c.(*redis.ClusterClient); !ok {
			t.Fatalf("%s opened as %T", url, c)
		}
		seen, err := redisdial.Look(t.Context(), c)
		if err != nil || len(seen) != 3 {
			t.Fatalf("%d masters, %v", len(seen), err)
		}
	}
	if _, err := redisdial.Open(t.Context(), nodes.Nodes[0].URL()+"/3", "t:"); !errors.Is(err, redisdial.ErrUnsafe) || !strings.Contains(err.Error(), "database 0") {
		t.Errorf("another database of a cluster's node: %v", err)
	}
	c := open(t, nodes.URL())
	third := nodes.Nodes[2]
	third.Do("CONFIG SET maxmemory 100mb")
	third.Do("CONFIG SET maxmemory-policy volatile-ttl")
	if err := ready(t, c); !errors.Is(err, redisdial.ErrUnsafe) || !strings.Contains(err.Error(), third.Addr()) {
		t.Errorf("one of three evicts: %v", err)
	}
	third.Do("CONFIG SET maxmemory-policy noeviction")
	third.Do("CONFIG SET maxmemory 1")
	if err := ready(t, c); err == nil || !strings.Contains(err.Error(), third.Addr()+" takes no writes") {
		t.Errorf("one of three is full: %v", err)
	}
	third.Stop()
	if err := ready(t, c); !errors.Is(err, redisdial.ErrSilent) || !strings.Contains(err.Error(), "1 of 3 masters") {
		t.Errorf("one of three is lost: %v", err)
	}
	third.Restart()
	eventually(t, "three masters again", func() bool { return ready(t, c) == nil })
}

// TestSlotsOfNobodyAreNoticed: all masters answer, and some addresses still have no home.
func TestSlotsOfNobodyAreNoticed(t *testing.T) {
	node := live.NewRedisCluster(t)
	c := open(t, node.URL())
	node.Do("CONFIG SET cluster-require-full-coverage no")
	node.Do("CLUSTER DELSLOTSRANGE 5 14")
	if err := ready(t, c); !errors.Is(err, redisdial.ErrSilent) || !strings.Contains(err.Error(), "10 of 16384") {
		t.Errorf("ten slots of nobody: %v", err)
	}
}

// TestProbesReachTheirMaster compares our slots with the server's.
func TestProbesReachTheirMaster(t *testing.T) {
	node := live.NewRedisCluster(t)
	for _, key := range []string{"", "123456789", "a", "exposure:ready:{7}", "{}x", "x{", "{a}{b}", "foo{{bar}}zap", "日本"} {
		if key == "" {
			continue // an inline command cannot name it
		}
		if got, want := fmt.Sprintf(":%d", redisdial.SlotOf(key)), node.Do("CLUSTER KEYSLOT "+key); got != want {
			t.Errorf("slot of %q is %s, the server says %s", key, got, want)
		}
	}
}
