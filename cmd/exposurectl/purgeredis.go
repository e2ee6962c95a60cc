package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"exposure/internal/redisdial"
)

// redisPurge is what was found in Redis and done there.
type redisPurge struct {
	Masters int   `json:"masters"`
	Keys    int64 `json:"keys"`
	Done    bool  `json:"done"`
	Left    int64 `json:"left"`
	Others  int64 `json:"others"` // keys of other installations, which stay
}

// countRedis counts the keys on every master, ours and those of other installations.
func countRedis(ctx context.Context, url, installation string) (*redisPurge, error) {
	found := &redisPurge{}
	err := eachKey(ctx, url, installation, func() { found.Masters++ }, func(_ redisdial.Node, key string, ours bool) error {
		if ours {
			found.Keys++
		} else {
			found.Others++
		}
		return nil
	})
	return found, err
}

// emptyRedis removes our keys, one at a time because those of a Cluster have different
// slots, and counts what is there afterwards.
func emptyRedis(ctx context.Context, url, installation string) (left int64, err error) {
	err = eachKey(ctx, url, installation, func() {}, func(n redisdial.Node, key string, ours bool) error {
		if !ours {
			return nil
		}
		return n.Client.Unlink(ctx, key).Err()
	})
	if err != nil {
		return 0, err
	}
	found, err := countRedis(ctx, url, installation)
	if err != nil {
		return 0, err
	}
	return found.Keys, nil
}

// eachKey walks over the keys of every installation on every master, and tells which are
// ours. A master that does not answer is an error: its keys would be forgotten. So is an
// installation without a name: no key would be its own, and none be left of it.
func eachKey(ctx context.Context, url, installation string, master func(), key func(n redisdial.Node, key string, ours bool) error) (err error) {
	if installation == "" {
		return errors.New("the report of this purge does not name the installation, so its keys in Redis cannot be told from those of others. " +
			"Leave the URL of Redis out, and remove them by hand; the report then says that this is not proven")
	}
	prefix := redisdial.Prefix(installation)
	client, nodes, err := redisdial.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("the Redis of EXPOSURE_REDIS_URL: %w", err)
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	for _, n := range nodes {
		master()
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			var keys []string
			if keys, cursor, err = n.Client.Scan(ctx, cursor, redisdial.Pattern, 1000).Result(); err != nil {
				return fmt.Errorf("looking for keys in %s: %w", n.Name(), err)
			}
			for _, k := range keys {
				if err := key(n, k, strings.HasPrefix(k, prefix)); err != nil {
					return fmt.Errorf("removing keys from %s: %w", n.Name(), err)
				}
			}
		}
	}
	return nil
}
