package session

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// maxSessions bounds Memory, about 500 bytes each. Beyond it new sessions are turned
	// away rather than running ones ended.
	maxSessions = 200_000
	firstSweep  = 1024 // fewer sessions are not worth a sweep
	sweepEvery  = 10 * time.Second
)

// Memory keeps sessions in this process: for one node, for as long as it runs.
type Memory struct {
	now func() time.Time

	mu    sync.Mutex
	kept  map[string]kept
	sweep int // number of sessions from which the next sweep is due,
	swept time.Time
}

type kept struct {
	value   []byte
	expires time.Time
}

// NewMemory returns an empty backend; a nil clock means time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, kept: map[string]kept{}, sweep: firstSweep}
}

// Put implements Backend.
func (m *Memory) Put(_ context.Context, key string, value []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.kept) >= m.sweep && now.Sub(m.swept) >= sweepEvery {
		for k, v := range m.kept {
			if !now.Before(v.expires) {
				delete(m.kept, k)
			}
		}
		m.sweep, m.swept = max(firstSweep, min(2*len(m.kept), maxSessions)), now
	}
	if _, known := m.kept[key]; !known && len(m.kept) >= maxSessions {
		return fmt.Errorf("%w: it holds too many sessions", ErrUnavailable)
	}
	m.kept[key] = kept{bytes.Clone(value), now.Add(ttl)}
	return nil
}

// Swap implements Backend.
func (m *Memory) Swap(_ context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	v, ok := m.kept[key]
	if !ok || !now.Before(v.expires) || !bytes.Equal(v.value, old) && !bytes.Equal(v.value, value) {
		return false, nil
	}
	m.kept[key] = kept{bytes.Clone(value), now.Add(ttl)}
	return true, nil
}

// Touch implements Backend.
func (m *Memory) Touch(_ context.Context, key string, ttl time.Duration) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	v, ok := m.kept[key]
	if !ok || !now.Before(v.expires) {
		delete(m.kept, key)
		return nil, nil
	}
	v.expires = now.Add(ttl)
	m.kept[key] = v
	return v.value, nil
}

// Delete implements Backend.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
	return nil
}
