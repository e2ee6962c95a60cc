package main

import (
	"context"
	"errors"
	"fmt"

	"exposure/internal/redisdial"
)

// redisKeys are the keys of this product, whatever else a Redis holds.
const redisKeys = "exposure:*"

// redisPurge is what was found in Redis and done there.
type redisPurge struct {
	Masters int   `json:"masters"`
	Keys    int64 `json:"keys"`
	Done    bool  `json:"done"`
	Left    int64 `json:"left"`
}

// countRedis counts our keys on every master.
func countRedis(ctx context.Context, url string) (*redisPurge, error) {
	found := &redisPurge{}
	err := eachKey(ctx, url, func() { found.Masters++ }, func(redisdial.Node, string) error {
		found.Keys++
		return nil
	})
	return found, err
}

// emptyRedis removes our keys, one at a time because those of a Cluster have different
// slots, and counts what is there afterwards.
func emptyRedis(ctx context.Context, url string) (left int64, err error) {
	err = eachKey(ctx, url, func() {}, func(n redisdial.Node, key string) error { return n.Client.Unlink(ctx, key).Err() })
	if err != nil {
		return 0, err
	}
	found, err := countRedis(ctx, url)
	if err != nil {
		return 0, err
	}
	return found.Keys, nil
}

// eachKey walks over our keys on every master. A master that does not answer is an error:
// its keys would be forgotten.
func eachKey(ctx context.Context, url string, master func(), key func(redisdial.Node, string) error) (err error) {
	client, nodes, err := redisdial.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("the Redis of EXPOSURE_REDIS_URL: %w", err)
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	for _, n := range nodes {
		master()
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			var keys []string
			if keys, cursor, err = n.Client.Scan(ctx, cursor, redisKeys, 1000).Result(); err != nil {
				return fmt.Errorf("looking for keys in %s: %w", n.Name(), err)
			}
			for _, k := range keys {
				if err := key(n, k); err != nil {
					return fmt.Errorf("removing keys from %s: %w", n.Name(), err)
				}
			}
		}
	}
	return nil
}
