package main

import (
	"slices"
	"sync"

	"exposure/internal/audit"
)

// witnesses are heads that were seen in the file or signed since: the log must begin with
// the rows of each. Safe for concurrent use.
type witnesses struct {
	mu    sync.Mutex
	heads []audit.Head
}

func (w *witnesses) add(heads ...audit.Head) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heads = append(w.heads, heads...)
}

func (w *witnesses) all() []audit.Head {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.heads)
}

// agreed forgets those that the newest of some stands for: all these agreed with one log,
// and a log that still begins with the rows of the newest begins with those of the others.
// So their number is bounded by what is signed between two proofs.
func (w *witnesses) agreed(some []audit.Head) {
	newest := audit.Newest(some)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heads = slices.DeleteFunc(w.heads, func(h audit.Head) bool { return h.Size < newest.Size })
}
