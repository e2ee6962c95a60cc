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
}

// NewRedis returns a backend on a client that it does not close. The client must have
// ContextTimeoutEnabled, or a hanging server holds requests longer than their deadline.
func NewRedis(client redis.UniversalClient, prefix string) *Redis {
	return &Redis{client: client, prefix: prefix + "session:"}
}

// Put implements Backend.
func (r *Redis) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return unavailable(r.client.Set(ctx, r.prefix+key, value, ttl).Err())
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
