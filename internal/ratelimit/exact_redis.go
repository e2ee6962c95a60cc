package ratelimit

import (
	"context"
	_ "embed" // the scripts
	"errors"
	"strconv"

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
	args := []any{id.String(), waysArg(ways)}
	for _, a := range asks {
		args = append(args, ratesArg(a.rates))
	}
	way, err := e.script.run(ctx, e.client, e.keys(asks), args).Int()
	if err == nil && (way < 0 || way > len(ways)) {
		err = errReply
	}
	return way - 1, err
}

// waysArg and ratesArg are ways and rates as the script reads them: one argument instead of
// many, most of which are never looked at.
func waysArg(ways [][]int) string {
	var b []byte
	for _, way := range ways {
		b = append(b, '/')
		for _, i := range way {
			b = append(strconv.AppendInt(b, int64(i+1), 10), ':')
		}
	}
	return string(b)
}

func ratesArg(rates []Rate) string {
	b := strconv.AppendInt(nil, longest(rates).Milliseconds(), 10)
	for _, r := range rates {
		b = strconv.AppendInt(append(b, ' '), r.Count, 10)
		b = strconv.AppendInt(append(b, ' '), r.Per.Milliseconds(), 10)
	}
	return string(b)
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
