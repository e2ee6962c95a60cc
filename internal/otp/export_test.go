package otp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
)

// CodeOf is what draw makes of a number.
func CodeOf(n uint64, digits int) (code string, ok bool) { return codeOf(n, digits) }

// ClockKey holds the time, in milliseconds, for stores made by NewRedisOnClock.
const ClockKey = "clock"

// NewRedisOnClock returns a store that reads the time from ClockKey. Only its script is
// another: the production script has no way to be told the time. Keys live an hour longer than
// there, because Redis goes by its own clock: what has a second left by ours, which stands
// still, would be gone after a second of a busy machine.
func NewRedisOnClock(client redis.UniversalClient, c Config) *Redis {
	const own = "local clock = redis.call('TIME')\nlocal now = clock[1] * 1000 + math.floor(clock[2] / 1000)\n"
	if strings.Count(stateLua, own) != 1 {
		panic("state.lua reads the clock in another way")
	}
	const life = "'PX', "
	if strings.Count(stateLua, life) != 2 {
		panic("state.lua sets lives in another way")
	}
	onClock := strings.Replace(stateLua, own, "local now = tonumber(redis.call('GET', '"+ClockKey+"'))\n", 1)
	return newRedis(client, c, strings.ReplaceAll(onClock, life, life+"3600000 + "))
}

// State returns what is kept of an address and of those verifications, without what is over
// at now, as JSON.
func (m *Memory) State(tag breach.Tag, p Purpose, now int64, nonces [][16]byte) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.states[scope{tag, p}].purged(now)
	for _, nonce := range nonces {
		if v, known := m.apart[visitOf(tag, p, nonce)]; known && v.remembered(now) {
			s.Verifications = append(s.Verifications, v)
		}
	}
	return show(s)
}

// Lose drops what is kept of an address.
func (m *Memory) Lose(tag breach.Tag, p Purpose) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.states, scope{tag, p})
	maps.DeleteFunc(m.apart, func(k visit, _ verification) bool { return k.scope == scope{tag, p} })
}

// Plant replaces what is kept of an address by what State returned.
func (m *Memory) Plant(tag breach.Tag, p Purpose, text string) error {
	m.Lose(tag, p)
	m.mu.Lock()
	defer m.mu.Unlock()
	var s state
	err := json.Unmarshal([]byte(text), &s)
	rest, alone := s.apart()
	m.states[scope{tag, p}] = rest
	for _, v := range alone {
		m.apart[visit{scope{tag, p}, v.Nonce}] = v
	}
	return err
}

// Size is the number of addresses and purposes something is kept of, and of verifications
// kept apart from them.
func (m *Memory) Size() (people, apart int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.states), len(m.apart)
}

// State returns what is kept of an address and of those verifications, without what is over
// at now, as JSON.
func (r *Redis) State(ctx context.Context, tag breach.Tag, p Purpose, now int64, nonces [][16]byte) (string, error) {
	keys := []string{r.key(tag, p)}
	for _, nonce := range nonces {
		keys = append(keys, r.keys(tag, p, nonce)[1])
	}
	raw, err := r.client.MGet(ctx, keys...).Result()
	if err != nil {
		return "", err
	}
	var s state
	for i, text := range raw {
		if text == nil {
			continue
		}
		if i == 0 {
			err = json.Unmarshal([]byte(text.(string)), &s)
		} else {
			v := verification{Nonce: encode(nonces[i-1][:])}
			err = json.Unmarshal([]byte(text.(string)), &v)
			s.Verifications = append(s.Verifications, v)
		}
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, text)
		}
	}
	return show(s.purged(now)), nil
}

// Lose drops what is kept of an address.
func (r *Redis) Lose(ctx context.Context, tag breach.Tag, p Purpose) error {
	keys, err := r.client.Keys(ctx, r.key(tag, p)+"*").Result()
	if err != nil || len(keys) == 0 {
		return err
	}
	return r.client.Del(ctx, keys...).Err()
}

// Plant replaces what is kept of an address by what State returned.
func (r *Redis) Plant(ctx context.Context, tag breach.Tag, p Purpose, text string) error {
	var s state
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	if err := r.Lose(ctx, tag, p); err != nil {
		return err
	}
	rest, alone := s.apart()
	for _, v := range alone {
		nonce, err := base64.RawURLEncoding.DecodeString(v.Nonce)
		if err != nil {
			return err
		}
		v.Nonce = ""
		if err := r.client.Set(ctx, r.keys(tag, p, [16]byte(nonce))[1], show(v), 0).Err(); err != nil {
			return err
		}
	}
	return r.client.Set(ctx, r.key(tag, p), show(rest), 0).Err()
}

// Key is the key of an address.
func (r *Redis) Key(tag breach.Tag, p Purpose) string { return r.key(tag, p) }

func show(s any) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Used is the mark of the code of an attempt of these tests: its middle MAC's.
func Used(a Attempt) [16]byte { return used(a.MACs[1]) }
