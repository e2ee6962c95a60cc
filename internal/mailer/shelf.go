package mailer

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// shelveScript moves an entry that somebody works on from the group to the shelf, in one
// step: it is never in both, nor in none. Behind its id on the shelf stands how often it was
// handed out, unless that was once (see retry.go); a stand-in's mail was sent in any case. KEYS:
// the stream, the shelf, the stand-ins, a mark of this call (see retry.go). ARGV: the group, the
// id, when it came, whether it is a stand-in, the life of stand-ins, that of the mark. It works
// without memory as well.
var shelveScript = redis.NewScript(`#!lua flags=allow-oom
if not redis.call('SET', KEYS[4], '1', 'NX', 'EX', ARGV[6]) then return 0 end
local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1]
if held and redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  local times = held[4]
  if ARGV[4] == '1' then
    times = math.max(times, 2)
    redis.call('SADD', KEYS[3], ARGV[2])
    redis.call('EXPIRE', KEYS[3], ARGV[5])
  end
  redis.call('ZADD', KEYS[2], ARGV[3], times > 1 and ARGV[2] .. ' ' .. times or ARGV[2])
end
return 1`)

// unshelveScript moves the first entries back. KEYS: the stream, the shelf. ARGV: the group, the consumer, how
// many. It returns ids and entries; what was done meanwhile is left out.
var unshelveScript = redis.NewScript(`
local out = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, ARGV[3] - 1)) do
  local id, times = string.match(name, '^(%S+) ?(%d*)$')
  local got = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'FORCE', 'RETRYCOUNT', times == '' and 1 or times)
  redis.call('ZREM', KEYS[2], name)
  if got[1] and got[1][2] then
    out[#out + 1] = id
    out[#out + 1] = got[1][2][2]
  end
end
return out`)

// standInLife is how long an outbox remembers stand-ins, longer than any entry waits.
const standInLife = 2 * MaxAge

func (o *RedisOutbox) shelfKey() string    { return o.stream + ":shelf" }
func (o *RedisOutbox) standInsKey() string { return o.stream + ":stand-ins" }

// Shelve puts the entry on the shelf; see [Queue].
func (o *RedisOutbox) Shelve(ctx context.Context, id string, m Mailed) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	came, _, _ := strings.Cut(id, "-")
	err := shelveScript.Run(ctx, o.client, []string{o.stream, o.shelfKey(), o.standInsKey(), o.newMark()}, group, id, came,
		m == SurelyMailed, int(standInLife.Seconds()), int(attemptLife.Seconds())).Err()
	o.bare.Store(0)
	if err != nil && !isMissing(err) {
		return unavailable("putting an entry on the shelf", err)
	}
	return nil
}

// markStandIns marks those of them that are.
func (o *RedisOutbox) markStandIns(ctx context.Context, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]any, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	stands, err := o.client.SMIsMember(ctx, o.standInsKey(), ids...).Result()
	if err == nil && len(stands) != len(entries) {
		err = errors.New("unexpected reply")
	}
	for i := range stands {
		entries[i].StandIn = stands[i]
	}
	return err
}

// bareFor is how long a shelf that was empty is not looked at again, unless something is put
// there by this process: a busy worker would ask for each handful of entries. Nobody on the
// shelf is in a hurry.
const bareFor = 100 * time.Millisecond

// unshelve takes the first entries off the shelf. An empty one, as it nearly always is, costs
// one look-up now and then.
func (o *RedisOutbox) unshelve(ctx context.Context, max int) ([]Entry, error) {
	if time.Since(time.UnixMilli(o.bare.Load())) < bareFor {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	shelved, err := o.client.ZCard(ctx, o.shelfKey()).Result()
	if err != nil {
		return nil, err
	}
	if shelved == 0 {
		o.bare.Store(time.Now().UnixMilli())
		return nil, nil
	}
	lease := o.until()
	got, err := unshelveScript.Run(ctx, o.client, []string{o.stream, o.shelfKey()}, group, consumer, max).StringSlice()
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
	return entries, o.markStandIns(ctx, entries)
}
