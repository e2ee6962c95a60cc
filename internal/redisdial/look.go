package redisdial

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Oldest is the oldest major version that can be served with: the outbox relies on how
// streams are claimed since then, and scripts are tested with no older one.
const Oldest = 7

// Node is one master and what it says about itself.
type Node struct {
	Addr   string            // empty unless it is one of a Cluster
	Facts  map[string]string // of INFO
	Client redis.Cmdable     // talks to this master alone
	slots  []slotRange
}

// Name is how to speak of the node.
func (n Node) Name() string {
	if n.Addr == "" {
		return "Redis"
	}
	return "Redis at " + n.Addr
}

func (n Node) inCluster() bool { return n.Facts["cluster_enabled"] == "1" }

// Look asks every master. It returns those that answer, even when others do not: then the
// error wraps ErrSilent and counts them.
func Look(ctx context.Context, client redis.UniversalClient) ([]Node, error) {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		n, err := ask(ctx, "", client)
		if err != nil {
			return nil, fmt.Errorf("its Redis %w: %w", ErrSilent, err)
		}
		return []Node{n}, nil
	}
	return lookAtCluster(ctx, cluster)
}

func ask(ctx context.Context, addr string, client redis.Cmdable) (Node, error) {
	info, err := client.Info(ctx).Result()
	return Node{Addr: addr, Facts: parseInfo(info), Client: client}, err
}

func parseInfo(info string) map[string]string {
	facts := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			facts[name] = value
		}
	}
	return facts
}

func lookAtCluster(ctx context.Context, cluster *redis.ClusterClient) ([]Node, error) {
	var mu sync.Mutex
	var nodes []Node
	var silent []error
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
		n, err := ask(ctx, c.Options().Addr, c)
		if err == nil {
			n.slots, err = slotsOf(ctx, c)
		}
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			silent = append(silent, err)
		} else {
			nodes = append(nodes, n)
		}
		return nil
	})
	switch masters := len(nodes) + len(silent); {
	case err != nil || masters == 0:
		return nil, fmt.Errorf("the Redis Cluster %w: %w", ErrSilent, errors.Join(err, ctx.Err()))
	case len(silent) > 0:
		return nodes, fmt.Errorf("%d of %d masters of the Redis Cluster %w: who is kept there cannot be answered: %w",
			len(silent), masters, ErrSilent, silent[0])
	}
	served := 0
	for _, n := range nodes {
		for _, r := range n.slots {
			served += r.last - r.first + 1
		}
	}
	if served != slots {
		return nodes, fmt.Errorf("%d of %d slots of the Redis Cluster are served by nobody, and a master for them %w: who is kept there cannot be answered",
			slots-served, slots, ErrSilent)
	}
	return nodes, nil
}

// Unsafe says why masters that answer cannot be served with, or nil.
func Unsafe(nodes []Node) error {
	var all []error
	for _, n := range nodes {
		if !n.RecentEnough() {
			all = append(all, fmt.Errorf("%s %w: it is older than version %d: upgrade it", n.Name(), ErrUnsafe, Oldest))
		}
		if n.Replica() {
			all = append(all, fmt.Errorf("%s %w: it is a replica, which cannot be written to: name the master, or its Sentinels", n.Name(), ErrUnsafe))
		}
		if n.MayEvict() {
			all = append(all, fmt.Errorf("%s %w: it may evict keys, and with them the guess budgets: set its maxmemory-policy to noeviction", n.Name(), ErrUnsafe))
		}
	}
	return errors.Join(all...)
}

// RecentEnough tells whether it is of the version Oldest or newer.
func (n Node) RecentEnough() bool {
	major, _, _ := strings.Cut(n.Facts["redis_version"], ".")
	v, err := strconv.Atoi(major)
	return err == nil && v >= Oldest
}

// Replica tells whether it takes no writes because it repeats another's.
func (n Node) Replica() bool { return n.Facts["role"] == "slave" }

// MayEvict tells whether it throws keys away when its memory is full, and with them who
// has guessed how often.
func (n Node) MayEvict() bool {
	return n.Facts["maxmemory"] != "0" && n.Facts["maxmemory_policy"] != "noeviction"
}
