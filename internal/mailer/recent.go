package mailer

import (
	"sync"
	"time"
)

// maxRemembered bounds each memory of a worker.
const maxRemembered = 10_000

// recent remembers something about entries for as long as they can come back. Beyond
// maxRemembered it forgets: a mail is then sent twice, or with a new code. Safe for
// concurrent use.
type recent[V any] struct {
	mu     sync.Mutex
	values map[string]V
	since  map[string]time.Time
}

func newRecent[V any]() *recent[V] {
	return &recent[V]{values: map[string]V{}, since: map[string]time.Time{}}
}

func (r *recent[V]) put(id string, v V, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.values) >= maxRemembered {
		for old, at := range r.since {
			if now.Sub(at) > MaxAge {
				delete(r.values, old)
				delete(r.since, old)
			}
		}
	}
	if len(r.values) < maxRemembered {
		r.values[id], r.since[id] = v, now
	}
}

func (r *recent[V]) get(id string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[id]
	return v, ok
}

func (r *recent[V]) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.values, id)
	delete(r.since, id)
}
