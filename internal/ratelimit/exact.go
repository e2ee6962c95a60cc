package ratelimit

import (
	"context"
	_ "embed" // the script
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// taken is one take of an exact limit.
type taken struct {
	at int64 // in milliseconds since 1970
	id Receipt
}

// weigh is the specification of an exact limit. takes are those still in the longest
// window, oldest first. A take passes if every window has room; then it is the last of
// those returned.
func weigh(takes []taken, rates []Rate, t taken) ([]taken, bool) {
	for _, r := range rates {
		if int64(within(takes, r, t.at)) >= r.Count {
			return takes, false
		}
	}
	return append(takes, t), true
}

// withdraw is the specification of giving back: of the takes, that of the receipt is gone
// and every other stands, however late and however often it is asked for. Since a take is
// weighed against all that stand, those never given back keep every rate in any span.
func withdraw(takes []taken, id Receipt) []taken {
	return slices.DeleteFunc(slices.Clone(takes), func(t taken) bool { return t.id == id })
}

// within is how many of the takes are in the window that ends now.
func within(takes []taken, r Rate, now int64) int {
	n := 0
	for n < len(takes) && now-takes[len(takes)-1-n].at < r.Per.Milliseconds() {
		n++
	}
	return n
}

// exactTally describes the takes after another one.
func exactTally(takes []taken, rates []Rate, now int64, passed bool) tally {
	tallies := make([]tally, len(rates))
	for i, r := range rates {
		n := within(takes, r, now)
		t := tally{usage: Usage{Limit: r.Count, Remaining: max(0, r.Count-int64(n)), Window: r.Per}}
		if n > 0 {
			t.usage.Reset = leaves(takes[len(takes)-n].at, r, now)
		}
		if !passed && int64(n) >= r.Count {
			t.over = true
			t.wait = leaves(takes[len(takes)-int(r.Count)].at, r, now)
		}
		tallies[i] = t
	}
	return worst(tallies)
}

// leaves is how long until a take is out of the window.
func leaves(at int64, r Rate, now int64) time.Duration {
	return time.Duration(at-now)*time.Millisecond + r.Per
}

func longest(rates []Rate) time.Duration {
	var d time.Duration
	for _, r := range rates {
		d = max(d, r.Per)
	}
	return d
}

// exactCounter keeps the takes of exact limits by key. undo takes back that of the receipt,
// if it is there.
type exactCounter interface {
	take(ctx context.Context, key string, rates []Rate, id Receipt) (tally, error)
	undo(ctx context.Context, key string, id Receipt) error
}

// exactMemory keeps the takes in this process.
type exactMemory struct {
	now func() time.Time

	mu    sync.Mutex
	logs  map[string]log
	sweep int       // number of logs from which the next sweep is due,
	swept time.Time // but not within sweepEvery of the last
}

type log struct {
	takes   []taken
	expires int64
}

const (
	maxLogs    = 500_000 // bounds the logs in memory, about 210 bytes each and 24 for a further mail
	firstSweep = 1024    // fewer logs are not worth a sweep
	sweepEvery = 10 * time.Second
)

func newExactMemory(now func() time.Time) *exactMemory {
	return &exactMemory{now: now, logs: map[string]log{}, sweep: firstSweep}
}

func (m *exactMemory) take(_ context.Context, key string, rates []Rate, id Receipt) (tally, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	clock := m.now()
	now := clock.UnixMilli()
	m.clean(clock)
	l, known := m.logs[key]
	if !known && len(m.logs) >= maxLogs {
		return tally{}, errFull
	}
	n := within(l.takes, Rate{Per: longest(rates)}, now)
	takes, passed := weigh(l.takes[len(l.takes)-n:], rates, taken{now, id})
	if passed {
		m.logs[key] = log{takes: takes, expires: now + longest(rates).Milliseconds()}
	}
	return exactTally(takes, rates, now, passed), nil
}

func (m *exactMemory) undo(_ context.Context, key string, id Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, known := m.logs[key]
	if !known {
		return nil
	}
	if l.takes = withdraw(l.takes, id); len(l.takes) > 0 {
		m.logs[key] = l
	} else {
		delete(m.logs, key)
	}
	return nil
}

func (m *exactMemory) clean(clock time.Time) {
	if len(m.logs) < m.sweep || clock.Sub(m.swept) < sweepEvery {
		return
	}
	for k, l := range m.logs {
		if l.expires <= clock.UnixMilli() {
			delete(m.logs, k)
		}
	}
	m.sweep, m.swept = max(firstSweep, min(2*len(m.logs), maxLogs)), clock
}

var (
	//go:embed exact.lua
	exactLua string
	//go:embed withdraw.lua
	withdrawLua string
)

// exactRedis keeps the takes in Redis, on Redis's clock, on the node of a Cluster that keeps
// the address's codes: were the codes lost and the mails that brought them still counted,
// nobody would be mailed another, for as long as a day.
type exactRedis struct {
	client       redis.UniversalClient
	prefix       string
	script, back script
}

func newExactRedis(client redis.UniversalClient, prefix string) *exactRedis {
	return &exactRedis{client: client, prefix: prefix + "limit:", script: newScript(exactLua), back: newScript(withdrawLua)}
}

var errReply = errors.New("the reply of Redis makes no sense")

func (e *exactRedis) take(ctx context.Context, key string, rates []Rate, id Receipt) (tally, error) {
	args := []any{longest(rates).Milliseconds(), id.String()}
	for _, r := range rates {
		args = append(args, r.Count, r.Per.Milliseconds())
	}
	reply, err := e.script.run(ctx, e.client, []string{e.prefix + slotted(key)}, args).Int64Slice()
	if err != nil {
		return tally{}, err
	}
	if len(reply) < 2 {
		return tally{}, errReply
	}
	passed, now, takes := reply[0] == 1, reply[1], make([]taken, len(reply)-2)
	for i, at := range reply[2:] {
		takes[i].at = at
	}
	if !passed && len(takes) == 0 {
		return tally{}, errReply
	}
	return exactTally(takes, rates, now, passed), nil
}

// undo needs no mark against being repeated: there is one take of a receipt.
func (e *exactRedis) undo(ctx context.Context, key string, id Receipt) error {
	return e.back.run(ctx, e.client, []string{e.prefix + slotted(key)}, []any{id.String()}).Err()
}
