package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/redisdial"
)

// openWithin bounds opening Redis.
const openWithin = 5 * time.Second

// openRedis connects to whatever the URL names, or returns nil for memory. It refuses a
// Redis on which promises would not hold.
func openRedis(ctx context.Context, address, prefix string) (redis.UniversalClient, error) {
	if address == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	client, err := redisdial.Open(ctx, address, prefix)
	switch {
	case errors.Is(err, redisdial.ErrURL):
		return nil, fmt.Errorf("EXPOSURE_REDIS_URL %w", err)
	case errors.Is(err, redisdial.ErrUnsafe):
		return nil, fmt.Errorf("EXPOSURE_REDIS_URL: %w", err)
	case err != nil:
		return nil, fmt.Errorf("no use can be made of the Redis of EXPOSURE_REDIS_URL; start it or correct the URL: %w", err)
	}
	return client, nil
}
