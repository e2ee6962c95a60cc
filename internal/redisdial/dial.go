package redisdial

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Errors of opening and looking. They name hosts, never passwords.
var (
	// ErrSilent means that a Redis, or a node of it, does not answer.
	ErrSilent = errors.New("does not answer")
	// ErrUnsafe means that it answers and must not be served with. The error says what to do.
	ErrUnsafe = errors.New("cannot be served with")
)

// ours begins every key of this product, whatever else a Redis holds.
const ours = "exposure:"

// Prefix begins every key of an installation: several may have one Redis, each with its own
// codes, limits and outbox. The installation is its name in public.
func Prefix(installation string) string { return ours + installation + ":" }

// Pattern matches the keys of all installations.
const Pattern = ours + "*"

// client makes a client; it connects when it is first used.
func (t Target) client() redis.UniversalClient {
	switch t.Kind {
	case Sentinel:
		return redis.NewFailoverClient(t.failover)
	case Cluster:
		return redis.NewClusterClient(t.cluster)
	default:
		return redis.NewClient(t.single)
	}
}

// Connect opens a Redis and looks at its masters. A single server that is a node of a
// Cluster is opened as that Cluster. The caller closes the client.
//
// Errors: ErrURL, ErrSilent, ErrUnsafe (a node of a Cluster under a URL that no Cluster can
// have). Whether it can be served with is for [Unsafe] to say.
func Connect(ctx context.Context, address string) (redis.UniversalClient, []Node, error) {
	t, err := Parse(address)
	if err != nil {
		return nil, nil, err
	}
	client := t.client()
	nodes, err := Look(ctx, client)
	if t.Kind == Single && (err == nil && nodes[0].inCluster() || isClusterOnly(err)) {
		_ = client.Close()
		if t.cluster == nil {
			return nil, nil, fmt.Errorf("its Redis %w: it is a node of a Cluster, which has only database 0 and no sockets: name its host, without a database", ErrUnsafe)
		}
		t.Kind = Cluster
		client = t.client()
		nodes, err = Look(ctx, client)
	}
	if err != nil {
		_ = client.Close()
		return nil, nil, err
	}
	return client, nodes, nil
}

// isClusterOnly: a node of a Cluster answers so to whoever asks for another database.
func isClusterOnly(err error) bool {
	return err != nil && strings.Contains(err.Error(), "SELECT is not allowed in cluster mode")
}

// Open is Connect for a server that is going to answer customers: it refuses an unsafe
// Redis, and one that cannot be written to.
func Open(ctx context.Context, address, prefix string) (redis.UniversalClient, error) {
	client, nodes, err := Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(Unsafe(nodes), write(ctx, client, prefix, nodes)); err != nil {
		_ = client.Close()
		return nil, err
	}
	if one, ok := client.(*redis.Client); ok {
		gathering(one, patience)
	}
	return client, nil
}

// Ready tells whether every master answers, is still safe, and takes writes: one that is
// full or a replica answers a ping, but no customer. Whose promises rest on what is kept
// asks it again and again, for a fail-over brings a master that nobody looked at.
//
// An error does not mean that nobody is answered: with one shard of a Cluster gone, those
// may be whose keys are on others.
func Ready(ctx context.Context, client redis.UniversalClient, prefix string) error {
	nodes, err := Look(ctx, client)
	if err != nil {
		return err
	}
	return errors.Join(Unsafe(nodes), write(ctx, client, prefix, nodes))
}
