package mailer

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// shelveScript moves an entry that somebody works on from the group to the shelf, in one
// step: it is never in both, nor in none. How often it was handed out stands behind its id on
// the shelf, unless that was once (see retry.go). KEYS: the stream, the shelf. ARGV: the
// group, the id, its turn.
var shelveScript = redis.NewScript(`
local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1]
if held and redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('ZADD', KEYS[2], ARGV[3], held[4] > 1 and ARGV[2] .. ' ' .. held[4] or ARGV[2])
end
return 1`)

// unshelveScript moves entries back. KEYS as above. ARGV: the group, the consumer, how
// many, those whose turn is until then. It returns ids and entries; what was done meanwhile is
// left out.
var unshelveScript = redis.NewScript(`
local out = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[4], 'LIMIT', 0, ARGV[3])) do
  local id, times = string.match(name, '^(%S+) ?(%d*)$')
  local got = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'FORCE', 'RETRYCOUNT', times == '' and 1 or times)
  redis.call('ZREM', KEYS[2], name)
  if got[1] and got[1][2] then
    out[#out + 1] = id
    out[#out + 1] = got[1][2][2]
  end
end
return out`)

func (o *RedisOutbox) shelfKey() string { return o.stream + ":shelf" }

// shuffled is how far the order of a shelf strays from that in which its entries came. See
// pressure: in the order of one's own mails nobody may see whether another's stands between
// them. Nobody waits for it when there is room.
const shuffled = 30 * time.Second

// Shelve puts the entry behind all others; see [Queue].
func (o *RedisOutbox) Shelve(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	ms, _, _ := strings.Cut(id, "-")
	came, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return fmt.Errorf("putting an entry on the shelf: its id is none: %w", err)
	}
	turn := time.UnixMilli(came).Add(mathrand.N(shuffled)).UnixMilli()
	err = shelveScript.Run(ctx, o.client, []string{o.stream, o.shelfKey()}, group, id, turn).Err()
	o.bare.Store(0)
	if err != nil && !isMissing(err) {
		return unavailable("putting an entry on the shelf", err)
	}
	return nil
}

// bareFor is how long a shelf that was empty is not looked at again, unless something is put
// there by this process: a busy worker would ask for each handful of entries. Nobody on the
// shelf is in a hurry.
const bareFor = 100 * time.Millisecond

// unshelve takes entries off the shelf whose turn is before then. An empty shelf, as it nearly
// always is, costs one look-up now and then.
func (o *RedisOutbox) unshelve(ctx context.Context, max int, before time.Time) ([]Entry, error) {
	if time.Since(time.UnixMilli(o.bare.Load())) < bareFor {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	oldest, err := o.client.ZRangeWithScores(ctx, o.shelfKey(), 0, 0).Result()
	if err != nil {
		return nil, err
	}
	if len(oldest) == 0 {
		o.bare.Store(time.Now().UnixMilli())
		return nil, nil
	}
	if oldest[0].Score > float64(before.UnixMilli()) {
		return nil, nil
	}
	until := strconv.FormatInt(before.UnixMilli(), 10)
	lease := o.until()
	got, err := unshelveScript.Run(ctx, o.client, []string{o.stream, o.shelfKey()}, group, consumer, max, until).StringSlice()
	if err != nil {
		return nil, err
	}
	if len(got)%2 != 0 {
		return nil, errors.New("unexpected reply")
	}
	var messages []redis.XMessage
	for i := 0; i < len(got); i += 2 {
		messages = append(messages, redis.XMessage{ID: got[i], Values: map[string]any{field: got[i+1]}})
	}
	entries := o.open(messages, lease)
	for i := range entries {
		entries[i].Shelved = true
	}
	return entries, nil
}
