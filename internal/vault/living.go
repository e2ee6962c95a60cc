package vault

import "time"

// maxDelay is the longest a key may wait before it writes.
const maxDelay = 7 * 24 * time.Hour

// living are the keys of one purpose that live, newest first. All of them open; one
// writes.
type living[K any] []liveKey[K]

type liveKey[K any] struct {
	key  K
	from time.Time // when it begins to write; zero: always
}

// alive makes something of every key of a purpose.
func alive[K any](keys []*key, make func(*key) K) living[K] {
	all := living[K]{}
	for _, k := range keys {
		all = append(all, liveKey[K]{make(k), k.writes})
	}
	return all
}

// writer is the newest key whose time has come; before any has, the oldest. Asked each
// time, so that the nodes of one incident change over together, without a restart.
func (l living[K]) writer() K {
	for _, k := range l {
		if k.from.IsZero() || !time.Now().Before(k.from) {
			return k.key
		}
	}
	return l[len(l)-1].key
}
