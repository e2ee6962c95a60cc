package ratelimit

import (
	"context"
	_ "embed" // the script
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/common"
	redisstore "github.com/ulule/limiter/v3/drivers/store/redis"
)

//go:embed fixed.lua
var fixedLua string

// fixedRedis has the library's scripts run on all counters of a call at once, which the
// library by itself does one by one: between two calls others would come in between, and
// what the second refuses the first has already counted.
type fixedRedis struct {
	client redis.UniversalClient
	prefix string
	script script
}

func newFixedRedis(client redis.UniversalClient, prefix string) (fixed, error) {
	texts := &scriptTexts{UniversalClient: client}
	if _, err := redisstore.NewStoreWithOptions(texts, limiter.StoreOptions{}); err != nil {
		return fixed{}, err
	}
	if len(texts.loaded) != 2 || !strings.Contains(texts.loaded[0], "incr") || strings.Contains(texts.loaded[1], "incr") {
		return fixed{}, errors.New("the library's scripts are not one that counts and one that looks")
	}
	whole := luaFunction("incr", texts.loaded[0]) + luaFunction("peek", texts.loaded[1]) + fixedLua
	return fixed{&fixedRedis{client, prefix + "limit:", newScript(whole)}}, nil
}

// luaFunction makes a script a function that is given what a script finds in KEYS and ARGV.
func luaFunction(name, text string) string {
	return "local function " + name + "(KEYS, ARGV)\n" + text + "\nend\n"
}

// scriptTexts listens to what the library would load into a server, and loads nothing: a
// limiter is made while Redis is away.
type scriptTexts struct {
	redis.UniversalClient
	loaded []string
}

// ScriptLoad implements the library's client.
func (s *scriptTexts) ScriptLoad(ctx context.Context, text string) *redis.StringCmd {
	s.loaded = append(s.loaded, text)
	return redis.NewStringCmd(ctx)
}

func (f *fixedRedis) takeAll(ctx context.Context, windows []fixedWindow) ([]limiter.Context, error) {
	keys, args := make([]string, len(windows)), make([]any, 0, 2*len(windows))
	for i, w := range windows {
		keys[i] = f.prefix + w.key
		args = append(args, w.rate.Period.Milliseconds(), w.rate.Limit)
	}
	reply, err := f.script.run(ctx, f.client, keys, args).Int64Slice()
	if err != nil {
		return nil, err
	}
	if len(reply) != 2*len(windows) {
		return nil, errReply
	}
	now, out := time.Now(), make([]limiter.Context, len(windows))
	for i, w := range windows {
		takes, life := reply[2*i], time.Duration(reply[2*i+1])*time.Millisecond
		if life <= 0 { // nobody took anything yet
			life = w.rate.Period
		}
		out[i] = common.GetContextFromState(now, w.rate, now.Add(life), takes)
	}
	return out, nil
}
