package mailer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis counts how often an entry was handed out. Whoever puts it back and has certainly not
// sent its mail takes the count back, unless it says already that somebody before did not.
// So an entry in hand that counts one was never in the hands of anybody who may have sent
// its mail, whether they died, lost the outbox, or do not know themselves.

// retryScript puts an entry back. KEYS: the stream, a mark of this call: a cluster client
// repeats one whose reply was lost, and by then somebody else may have the entry. ARGV: the
// group, the consumer, the id, the idle time, whether the mail may have been sent, the life
// of the mark. Of a stand-in KEYS also has the stand-ins, and ARGV their life. It works without
// memory as well.
var retryScript = redis.NewScript(`#!lua flags=allow-oom
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[6]) then return 0 end
local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)[1]
if not held then return 0 end
if KEYS[3] then
  redis.call('SADD', KEYS[3], ARGV[3])
  redis.call('EXPIRE', KEYS[3], ARGV[7])
end
local times = held[4]
if times == 1 and ARGV[5] == '0' then times = 0 end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'IDLE', ARGV[4], 'RETRYCOUNT', times, 'JUSTID')
return 1`)

// Retry hands the entry out again after that time (at most one lease); see [Queue]. It
// sets the idle time so that the lease ends just then. Called after Until it may cut
// short the lease of the worker that has the entry now; a worker stops well before.
func (o *RedisOutbox) Retry(ctx context.Context, id string, after time.Duration, m Mailed) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	keys := []string{o.stream, o.newMark()}
	if m == SurelyMailed {
		keys = append(keys, o.standInsKey())
	}
	idle := max0(o.c.Lease - after).Milliseconds()
	err := retryScript.Run(ctx, o.client, keys, group, consumer, id, idle,
		m != NotMailed, int(attemptLife.Seconds()), int(standInLife.Seconds())).Err()
	if err != nil && !isMissing(err) {
		return unavailable("putting an entry back", err)
	}
	return nil
}

// NeverSent tells whether no try may have sent the mail; see [Outbox].
func (o *RedisOutbox) NeverSent(ctx context.Context, id string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	held, err := o.client.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: o.stream, Group: group, Start: id, End: id, Count: 1}).Result()
	if err != nil && !isMissing(err) {
		return false, unavailable("asking how often an entry was handed out", err)
	}
	return len(held) == 1 && held[0].RetryCount == 1, nil
}

// newMark is the key of the mark of a call.
func (o *RedisOutbox) newMark() string {
	var mark [16]byte
	rand.Read(mark[:])
	return o.stream + ":seen:" + hex.EncodeToString(mark[:])
}
