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
// one round trip; each has a key of its own, so that it works on a cluster.
type windowRedis struct {
	client     redis.UniversalClient
	prefix     string
	take, give script
}

func newWindowRedis(client redis.UniversalClient, prefix string) *windowRedis {
	return &windowRedis{client: client, prefix: prefix + "limit:", take: newScript(windowLua), give: newScript(giveBackLua)}
}

// call is one script call of a pipeline.
type call struct {
	keys []string
	args []any
}

func (w *windowRedis) borrow(ctx context.Context, asks []ask) ([]tally, []receipt, error) {
	calls := make([]call, len(asks))
	for i, a := range asks {
		calls[i].keys = []string{w.key(a)}
		for _, r := range a.rates {
			calls[i].args = append(calls[i].args, r.Count, r.Per.Milliseconds())
		}
	}
	tallies, receipts := make([]tally, len(asks)), make([]receipt, len(asks))
	var failed error
	for i, cmd := range w.run(ctx, w.take, calls) {
		reply, err := cmd.Int64Slice()
		if err == nil && len(reply) != 2+2*len(asks[i].rates) {
			err = errReply
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		passed, now, windows := reply[0] == 1, reply[1], []window{}
		for at := 2; at < len(reply); at += 2 {
			windows = append(windows, window{reply[at], reply[at+1]})
		}
		tallies[i] = windowTally(windows, asks[i].rates, now, passed)
		if !passed && !tallies[i].over {
			failed = errors.Join(failed, errReply)
		}
		if passed {
			receipts[i] = receipt{newID(), endsOf(windows)}
		}
	}
	return tallies, receipts, failed
}

func (w *windowRedis) giveBack(ctx context.Context, asks []ask, receipts []receipt) error {
	calls := make([]call, len(asks))
	for i, a := range asks {
		calls[i].keys = []string{w.key(a), w.key(a) + ":back:" + receipts[i].id}
		for k, r := range a.rates {
			calls[i].args = append(calls[i].args, r.Per.Milliseconds(), strconv.FormatInt(receipts[i].ends[k], 10))
		}
	}
	var failed error
	for _, cmd := range w.run(ctx, w.give, calls) {
		failed = errors.Join(failed, cmd.Err())
	}
	return failed
}

// run sends the calls together. Of those whose script the server does not know, the text
// is sent as well; they have done nothing yet.
func (w *windowRedis) run(ctx context.Context, s script, calls []call) []*redis.Cmd {
	cmds := make([]*redis.Cmd, len(calls))
	_, _ = w.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range calls {
			cmds[i] = s.byName(ctx, p, c.keys, c.args)
		}
		return nil
	})
	for i, c := range calls {
		if isUnknown(cmds[i]) {
			cmds[i] = s.byText(ctx, w.client, c.keys, c.args)
		}
	}
	return cmds
}

// key puts a counter and its marks on one node of a cluster.
func (w *windowRedis) key(a ask) string { return w.prefix + "{" + a.key + "}" }

func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
