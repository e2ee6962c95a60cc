package ratelimit

import (
	"context"
	_ "embed" // the scripts
	"errors"

	"github.com/redis/go-redis/v9"
)

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

func (e *exactRedis) take(ctx context.Context, asks []ask, ways [][]int, id Receipt) (int, error) {
	args := []any{id.String()}
	for _, a := range asks {
		args = append(args, len(a.rates))
		for _, r := range a.rates {
			args = append(args, r.Count, r.Per.Milliseconds())
		}
	}
	for _, way := range ways {
		args = append(args, len(way))
		for _, i := range way {
			args = append(args, i+1)
		}
	}
	way, err := e.script.run(ctx, e.client, e.keys(asks), args).Int()
	if err == nil && (way < 0 || way > len(ways)) {
		err = errReply
	}
	return way - 1, err
}

// undo goes in one round trip, and needs no mark against being repeated: a counter has one take
// of a receipt.
func (e *exactRedis) undo(ctx context.Context, asks []ask, id Receipt) error {
	var calls []call
	for _, group := range byPlace(asks) {
		c := call{args: []any{id.String()}}
		for _, i := range group {
			c.keys = append(c.keys, e.prefix+slotted(asks[i].key))
		}
		calls = append(calls, c)
	}
	var failed error
	for _, cmd := range e.back.runAll(ctx, e.client, calls) {
		failed = errors.Join(failed, cmd.Err())
	}
	return failed
}

func (e *exactRedis) keys(asks []ask) []string {
	keys := make([]string, len(asks))
	for i, a := range asks {
		keys[i] = e.prefix + slotted(a.key)
	}
	return keys
}
