package otp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
)

// CodeOf is what draw makes of a number.
func CodeOf(n uint64, digits int) (code string, ok bool) { return codeOf(n, digits) }

// ClockKey holds the time, in milliseconds, for stores made by NewRedisOnClock.
const ClockKey = "clock"

// NewRedisOnClock returns a store that reads the time from ClockKey. Only its script is
// another: the production script has no way to be told the time.
func NewRedisOnClock(client redis.UniversalClient, c Config) *Redis {
	const own = "local clock = redis.call('TIME')\nlocal now = clock[1] * 1000 + math.floor(clock[2] / 1000)\n"
	if strings.Count(stateLua, own) != 1 {
		panic("state.lua reads the clock in another way")
	}
	return newRedis(client, c, strings.Replace(stateLua, own, "local now = tonumber(redis.call('GET', '"+ClockKey+"'))\n", 1))
}

// State returns what is kept of an address, without what is over at now, as JSON.
func (m *Memory) State(tag breach.Tag, p Purpose, now int64) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return show(m.states[scope{tag, p}].purged(now))
}

// Lose drops what is kept of an address.
func (m *Memory) Lose(tag breach.Tag, p Purpose) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.states, scope{tag, p})
}

// Plant replaces what is kept of an address.
func (m *Memory) Plant(tag breach.Tag, p Purpose, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var s state
	err := json.Unmarshal([]byte(text), &s)
	m.states[scope{tag, p}] = s
	return err
}

// Size is the number of addresses and purposes something is kept of.
func (m *Memory) Size() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.states)
}

// State returns what is kept of an address, without what is over at now, as JSON.
func (r *Redis) State(ctx context.Context, tag breach.Tag, p Purpose, now int64) (string, error) {
	raw, err := r.client.Get(ctx, r.key(tag, p)).Bytes()
	if errors.Is(err, redis.Nil) {
		return show(state{}), nil
	}
	if err != nil {
		return "", err
	}
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", fmt.Errorf("%w: %s", err, raw)
	}
	return show(s.purged(now)), nil
}

// Plant replaces what is kept of an address.
func (r *Redis) Plant(ctx context.Context, tag breach.Tag, p Purpose, state string) error {
	return r.client.Set(ctx, r.key(tag, p), state, 0).Err()
}

// Key is the key of an address.
func (r *Redis) Key(tag breach.Tag, p Purpose) string { return r.key(tag, p) }

func show(s state) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Used is the mark of the code of an attempt of these tests: its middle MAC's.
func Used(a Attempt) [16]byte { return used(a.MACs[1]) }
