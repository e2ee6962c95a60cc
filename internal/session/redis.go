package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis keeps sessions in Redis, for any number of nodes.
type Redis struct {
	client redis.UniversalClient
	prefix string
	swap   *redis.Script
}

// NewRedis returns a backend on a client that it does not close. The client must have
// ContextTimeoutEnabled, or a hanging server holds requests longer than their deadline.
func NewRedis(client redis.UniversalClient, prefix string) *Redis {
	return &Redis{client: client, prefix: prefix + "session:", swap: redis.NewScript(swap)}
}

// swap takes the new value for the old one: the call may be a repeat whose reply was lost.
// ARGV: old and new value, life in ms.
const swap = `
local kept = redis.call('GET', KEYS[1])
if kept ~= ARGV[1] and kept ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Put implements Backend.
func (r *Redis) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return unavailable(r.client.Set(ctx, r.prefix+key, value, ttl).Err())
}

// Swap implements Backend.
func (r *Redis) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	done, err := r.swap.Run(ctx, r.client, []string{r.prefix + key}, old, value, max(ttl.Milliseconds(), 1)).Int()
	return done == 1, unavailable(err)
}

// Touch implements Backend.
func (r *Redis) Touch(ctx context.Context, key string, ttl time.Duration) ([]byte, error) {
	value, err := r.client.GetEx(ctx, r.prefix+key, ttl).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return value, nil
}

// Delete implements Backend.
func (r *Redis) Delete(ctx context.Context, key string) error {
	return unavailable(r.client.Del(ctx, r.prefix+key).Err())
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
