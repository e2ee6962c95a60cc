package mailer

import (
	"container/heap"
	"context"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"strconv"
	"sync"
	"time"
)

// MemoryOutbox is the outbox of the demo and of a single node: what waits in it dies
// with the process, and people ask again. Safe for concurrent use.
type MemoryOutbox struct {
	max  int
	now  func() time.Time
	name string // of this process: ids never repeat, not even after a restart

	mu      sync.Mutex
	next    uint64
	held    map[string]*held       // every entry not done
	once    map[[16]byte]time.Time // when the mails with a name came
	due     dueHeap                // those not being worked on
	shelf   dueHeap                // those neither in due nor being worked on
	changed chan struct{}          // closed at the next change that a Take should see
	arrived []*held                // in order of arrival, for Depth; done ones are skipped
}

type held struct {
	id     string
	mail   CodeMail
	at     time.Time // of Enqueue
	due    time.Time
	idle   bool // in a heap: nobody works on it
	done   bool
	mailed Mailed
}

// NewMemoryOutbox makes an empty outbox. It uses Max and Now of the configuration.
func NewMemoryOutbox(c OutboxConfig) *MemoryOutbox {
	c = c.withDefaults()
	var name [8]byte
	rand.Read(name[:])
	return &MemoryOutbox{
		max: c.Max, now: c.Now, name: hex.EncodeToString(name[:]),
		held: make(map[string]*held), once: make(map[[16]byte]time.Time), changed: make(chan struct{}),
	}
}

// Room returns ErrOutboxFull when no mail is to be promised; see [Depth.Full].
func (o *MemoryOutbox) Room(context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if (Depth{Waiting: len(o.held), Max: o.max}).Full() {
		return ErrOutboxFull
	}
	return nil
}

// Enqueue takes m into the outbox, or returns ErrOutboxFull.
func (o *MemoryOutbox) Enqueue(_ context.Context, m CodeMail) error {
	if err := validate(m); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if came, known := o.once[m.Once]; known && now.Sub(came) < onceLife {
		return nil
	}
	if len(o.held) >= o.max {
		return ErrOutboxFull
	}
	o.remember(m.Once, now)
	o.next++
	h := &held{id: o.name + "-" + strconv.FormatUint(o.next, 10), mail: m, at: now}
	o.held[h.id] = h
	o.arrived = append(o.arrived, h)
	o.offer(h, now)
	return nil
}

// remember notes the name of a mail that has one, and forgets those of the day before.
func (o *MemoryOutbox) remember(once [16]byte, now time.Time) {
	if once == [16]byte{} {
		return
	}
	maps.DeleteFunc(o.once, func(_ [16]byte, came time.Time) bool { return now.Sub(came) >= onceLife })
	o.once[once] = now
}

// offer lets Take have the entry from that time on.
func (o *MemoryOutbox) offer(h *held, due time.Time) {
	h.due, h.idle = due, true
	heap.Push(&o.due, h)
	o.signal()
}

// Take waits for entries; see [Outbox].
func (o *MemoryOutbox) Take(ctx context.Context, max int, order Order) ([]Entry, error) {
	for waited := time.Duration(0); ; {
		entries, wait, changed := o.takeNow(max, order)
		if len(entries) > 0 || waited >= time.Second {
			return entries, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, nil
		case <-changed:
			timer.Stop()
		case <-timer.C:
			waited += wait
		}
	}
}

// takeNow returns what may be had now, or how long to wait before looking again, unless
// something changes before.
func (o *MemoryOutbox) takeNow(max int, order Order) (out []Entry, wait time.Duration, changed <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if order == ShelfFirst {
		out = o.pop(out, &o.shelf, max, now)
	}
	out = o.pop(out, &o.due, max, now)
	wait = time.Second
	if len(o.due) > 0 {
		wait = min(wait, max0(o.due[0].due.Sub(now)))
	}
	return out, wait, o.changed
}

// pop adds what is due by then, until there are max.
func (o *MemoryOutbox) pop(out []Entry, from *dueHeap, max int, due time.Time) []Entry {
	for len(out) < max && len(*from) > 0 && !(*from)[0].due.After(due) {
		h := heap.Pop(from).(*held)
		h.idle = false
		if h.done {
			continue
		}
		// No other process can take it over, so the lease only bounds the work.
		out = append(out, Entry{ID: h.id, Mail: h.mail, Until: o.now().Add(time.Hour), Shelved: from == &o.shelf, StandIn: h.mailed == SurelyMailed})
	}
	return out
}

// Done forgets the entry; see [Outbox].
func (o *MemoryOutbox) Done(_ context.Context, id string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h := o.held[id]; h != nil {
		h.done, h.mail = true, CodeMail{}
		delete(o.held, id)
	}
	o.trim()
	return nil
}

// Retry hands the entry out again after that time; see [Outbox].
func (o *MemoryOutbox) Retry(_ context.Context, id string, after time.Duration, m Mailed) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h := o.held[id]; h != nil && !h.idle {
		h.mailed = max(h.mailed, m)
		o.offer(h, o.now().Add(after))
	}
	return nil
}

// NeverSent tells whether no try may have sent the mail; see [Outbox].
func (o *MemoryOutbox) NeverSent(_ context.Context, id string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.held[id]
	return h != nil && h.mailed == NotMailed, nil
}

// Shelve puts the entry on the shelf; see [Queue].
func (o *MemoryOutbox) Shelve(_ context.Context, id string, m Mailed) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if h := o.held[id]; h != nil && !h.idle {
		h.due, h.idle, h.mailed = h.at, true, max(h.mailed, m)
		heap.Push(&o.shelf, h)
		o.signal()
	}
	return nil
}

// Depth measures the outbox; see [Outbox].
func (o *MemoryOutbox) Depth(context.Context) (Depth, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.trim()
	d := Depth{Waiting: len(o.held), Max: o.max}
	if len(o.arrived) > 0 {
		d.Oldest = max0(o.now().Sub(o.arrived[0].at))
	}
	return d, nil
}

// trim drops done entries from the front, and from everywhere once they are many.
func (o *MemoryOutbox) trim() {
	for len(o.arrived) > 0 && o.arrived[0].done {
		o.arrived[0] = nil
		o.arrived = o.arrived[1:]
	}
	if len(o.arrived) <= 2*len(o.held)+64 {
		return
	}
	kept := make([]*held, 0, len(o.held))
	for _, h := range o.arrived {
		if !h.done {
			kept = append(kept, h)
		}
	}
	o.arrived = kept
}

func (o *MemoryOutbox) signal() {
	close(o.changed)
	o.changed = make(chan struct{})
}

func max0(d time.Duration) time.Duration { return max(d, 0) }

// dueHeap orders by due time, and by arrival among equals.
type dueHeap []*held

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].due.Before(h[j].due)
}
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(*held)) }

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return x
}
