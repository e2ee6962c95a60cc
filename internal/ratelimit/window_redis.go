package ratelimit

import (
	"context"
	"crypto/rand"
	_ "embed" // the scripts
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed window.lua
	windowLua string
	//go:embed giveback.lua
	giveBackLua string
)

// windowRedis keeps the windows in Redis, on Redis's clock. All counters of a loan go in
// one round trip, and those that are kept together in one call.
type windowRedis struct {
	client     redis.UniversalClient
	prefix     string
	take, give script
}

func newWindowRedis(client redis.UniversalClient, prefix string) *windowRedis {
	return &windowRedis{client: client, prefix: prefix + "limit:", take: newScript(windowLua), give: newScript(giveBackLua)}
}

func (w *windowRedis) borrow(ctx context.Context, asks []ask) ([]tally, []receipt, error) {
	groups := byPlace(asks)
	calls := make([]call, len(groups))
	for g, group := range groups {
		for _, i := range group {
			calls[g].keys = append(calls[g].keys, w.key(asks[i]))
			calls[g].args = append(calls[g].args, len(asks[i].rates))
			for _, r := range asks[i].rates {
				calls[g].args = append(calls[g].args, r.Count, r.Per.Milliseconds())
			}
		}
	}
	tallies, receipts := make([]tally, len(asks)), make([]receipt, len(asks))
	var failed error
	for g, cmd := range w.take.runAll(ctx, w.client, calls) {
		reply, err := cmd.Int64Slice()
		if err == nil {
			err = read(reply, asks, groups[g], tallies, receipts)
		}
		failed = errors.Join(failed, err)
	}
	return tallies, receipts, failed
}

// read fills in what the script said of a group: whether it took, the time, and takes and
// end of every window.
func read(reply []int64, asks []ask, group []int, tallies []tally, receipts []receipt) error {
	if len(reply) < 2 {
		return errReply
	}
	passed, now, rest, id, over := reply[0] == 1, reply[1], reply[2:], newID(), false
	for _, i := range group {
		windows := make([]window, len(asks[i].rates))
		if len(rest) < 2*len(windows) {
			return errReply
		}
		for k := range windows {
			windows[k] = window{rest[2*k], rest[2*k+1]}
		}
		rest = rest[2*len(windows):]
		tallies[i] = windowTally(windows, asks[i].rates, now, passed)
		over = over || tallies[i].over
		if passed {
			receipts[i] = receipt{id, endsOf(windows)}
		}
	}
	if len(rest) != 0 || passed == over {
		return errReply
	}
	return nil
}

func (w *windowRedis) giveBack(ctx context.Context, asks []ask, receipts []receipt) error {
	groups := byPlace(asks)
	calls := make([]call, len(groups))
	for g, group := range groups {
		first := group[0]
		calls[g].keys = []string{w.key(asks[first]) + ":back:" + receipts[first].id}
		for _, i := range group {
			calls[g].keys = append(calls[g].keys, w.key(asks[i]))
			calls[g].args = append(calls[g].args, len(asks[i].rates))
			for k, r := range asks[i].rates {
				calls[g].args = append(calls[g].args, r.Per.Milliseconds(), strconv.FormatInt(receipts[i].ends[k], 10))
			}
		}
	}
	var failed error
	for _, cmd := range w.give.runAll(ctx, w.client, calls) {
		failed = errors.Join(failed, cmd.Err())
	}
	return failed
}

func (w *windowRedis) key(a ask) string { return w.prefix + slotted(a.key) }

func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
