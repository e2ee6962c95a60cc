package live_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"exposure/internal/live"
)

func TestRedisNodesShareTheirKeys(t *testing.T) {
	c := live.NewRedisNodes(t, 3)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{c.Nodes[0].Addr()}})
	defer client.Close()
	used := map[*live.RedisServer]bool{}
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		if err := client.Set(t.Context(), key, "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		home := c.Master(key)
		if got := home.Do("GET " + key); got != "v" {
			t.Errorf("the node of %s has %q", key, got)
		}
		used[home] = true
	}
	if len(used) != 3 {
		t.Errorf("six keys are on %d of three nodes", len(used))
	}
	lost := c.Master("a")
	lost.Restart()
	lost.AwaitFact("CLUSTER INFO", "cluster_state", "ok")
	if got := lost.Do("EXISTS a"); got != ":0" {
		t.Errorf("a restarted node has its data: %s", got)
	}
}

func TestAStaleReplicaBecomesMaster(t *testing.T) {
	master := live.NewRedis(t)
	master.Do("SET early 1")
	replica := live.NewReplica(t, master)
	sentinel := live.NewSentinel(t, master)
	sentinel.AwaitReplica()
	master.CutReplication()
	master.Do("SET late 1")
	sentinel.Failover(replica)
	if early, late := replica.Do("EXISTS early"), replica.Do("EXISTS late"); early != ":1" || late != ":0" {
		t.Errorf("the new master has early %s, late %s", early, late)
	}
}

func TestSnapshotIsPutBack(t *testing.T) {
	r := live.NewRedis(t)
	r.Do("SET key old")
	dump := r.Snapshot()
	r.Do("SET key new")
	r.Restore(dump)
	if got := r.Do("GET key"); got != "old" {
		t.Errorf("after the snapshot was put back: %q", got)
	}
	r.Restart()
	if got := r.Do("EXISTS key"); got != ":0" {
		t.Errorf("a restarted server has the snapshot's data: %s", got)
	}
}
