package doctor_test

import (
	"strings"
	"testing"

	"exposure/internal/doctor"
	"exposure/internal/live"
)

// TestDoctorKnowsEveryTopology: the doctor opens what the server would, and looks at every
// master of a cluster.
func TestDoctorKnowsEveryTopology(t *testing.T) {
	nodes := live.NewRedisNodes(t, 3)
	nodes.Set("appendonly", "yes")
	look := func(url string) doctor.Report { return doctor.Examine(t.Context(), doctor.Installation{Redis: url}) }
	got := look(nodes.URL())
	for _, n := range nodes.Nodes {
		if !find(got, "redis", doctor.OK, n.Addr()+" answers") || !find(got, "redis", doctor.Note, n.Addr()+" has no replica") {
			t.Errorf("a cluster's node is missing:\n%s", printed(t, got))
		}
	}
	if !got.Well {
		t.Errorf("a sound cluster:\n%s", printed(t, got))
	}
	last := nodes.Nodes[2]
	last.Do("CONFIG SET maxmemory 100mb")
	last.Do("CONFIG SET maxmemory-policy allkeys-lru")
	if got := look(nodes.Nodes[0].URL()); !find(got, "redis", doctor.Error, last.Addr()+" cannot be served with: it may evict") {
		t.Errorf("a node that evicts:\n%s", printed(t, got))
	}
	last.Stop()
	if got := look(nodes.URL()); !find(got, "redis", doctor.Error, "1 of 3 masters") {
		t.Errorf("a lost node:\n%s", printed(t, got))
	}
	master := live.NewRedis(t)
	replica := live.NewReplica(t, master)
	if got := look(replica.URL()); !find(got, "redis", doctor.Error, "replica") {
		t.Errorf("a replica:\n%s", printed(t, got))
	}
	if got := look(live.NewSentinel(t, master).URL()); !find(got, "redis", doctor.OK, "Redis answers") || strings.Contains(printed(t, got), "no replica") {
		t.Errorf("through a sentinel:\n%s", printed(t, got))
	}
}
