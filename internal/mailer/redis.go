package mailer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// The consumer group of the outbox. All workers of all nodes share one consumer name:
// Redis hands each entry to one reader whatever the name, who has an entry is told from
// how long it has been idle, and names of nodes that are gone need no sweeping.
const (
	group    = "mailers"
	consumer = "mailer"
	field    = "e"
	// sealLabel separates outbox entries from everything else under the same key.
	sealLabel = "outbox-entry"
	// callTimeout bounds one call to Redis.
	callTimeout = 5 * time.Second
	// claimSteps bounds the steps of one sweep over entries in work; each looks at ten
	// times the entries it may take. The next Take goes on where this one stopped.
	claimSteps = 32
)

// RedisOutbox is the outbox that several nodes share: a stream read by a consumer group.
// Entries stay in the stream, sealed, until they are done, so that the stream's length
// is the bound; those on the shelf are named in a set beside it instead of the group. Redis tells who may work on an entry by its idle time: an entry nobody
// touched for one Lease is handed out again, whether its worker died or put it back. It
// needs Redis 7, and works on a cluster, since its keys share one slot. Safe for
// concurrent use.
type RedisOutbox struct {
	client redis.UniversalClient
	c      OutboxConfig
	stream string

	mu     sync.Mutex
	cursor string    // where the sweep goes on; "0-0" for its start
	swept  time.Time // end of the last whole sweep

	bare atomic.Int64 // when the shelf was last seen empty, in ms since 1970
}

// NewRedisOutbox makes an outbox on that client. It reads and writes nothing yet.
func NewRedisOutbox(client redis.UniversalClient, c OutboxConfig) (*RedisOutbox, error) {
	if client == nil || c.Sealer == nil {
		return nil, errors.New("redis outbox: client and Sealer are required")
	}
	c = c.withDefaults()
	return &RedisOutbox{client: client, c: c, stream: c.Prefix + "outbox:{mail}", cursor: "0-0"}, nil
}

// Take waits for entries; see [Queue]. Entries to be tried again go first: they are
// older.
func (o *RedisOutbox) Take(ctx context.Context, max int, order Order) ([]Entry, error) {
	entries, err := o.first(ctx, max, order)
	if isMissing(err) && ctx.Err() == nil {
		// A new or emptied Redis has no group. The next Take finds it.
		return nil, o.makeGroup(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("taking from the outbox", err)
	}
	return entries, nil
}

// first asks one source after the other until one has something.
func (o *RedisOutbox) first(ctx context.Context, max int, order Order) (entries []Entry, err error) {
	claim := func() ([]Entry, error) { return o.claim(ctx, max) }
	shelf := func() ([]Entry, error) { return o.unshelve(ctx, max) }
	read := func() ([]Entry, error) { return o.read(ctx, max, o.c.Wait) }
	sources := []func() ([]Entry, error){shelf, claim, read}
	if order == FreshOnly {
		sources = sources[1:]
	}
	for _, source := range sources {
		if entries, err = source(); len(entries) > 0 || err != nil {
			return entries, err
		}
	}
	return nil, nil
}

// read waits for entries nobody has had yet.
func (o *RedisOutbox) read(ctx context.Context, max int, wait time.Duration) ([]Entry, error) {
	// Redis counts the lease from its reply, so that this until is at most Wait early.
	until := o.until()
	call, cancel := context.WithTimeout(ctx, wait+callTimeout)
	defer cancel()
	streams, err := o.client.XReadGroup(call, &redis.XReadGroupArgs{
		Group: group, Consumer: consumer, Streams: []string{o.stream, ">"},
		Count: int64(max), Block: wait,
	}).Result()
	if err != nil && (errors.Is(err, redis.Nil) || ctx.Err() != nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, s := range streams {
		out = append(out, o.open(s.Messages, until)...)
	}
	return out, nil
}

// claim takes over entries idle for a whole lease.
func (o *RedisOutbox) claim(ctx context.Context, max int) ([]Entry, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cursor == "0-0" && time.Since(o.swept) < o.c.Sweep {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for range claimSteps {
		until := o.until()
		messages, next, err := o.client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: o.stream, Group: group, Consumer: consumer,
			MinIdle: o.c.Lease, Start: o.cursor, Count: int64(max),
		}).Result()
		if err != nil {
			o.cursor = "0-0"
			return nil, err
		}
		if o.cursor = next; next == "0-0" {
			o.swept = time.Now()
		}
		if len(messages) > 0 || next == "0-0" {
			entries := o.open(messages, until)
			return entries, o.markStandIns(ctx, entries)
		}
	}
	return nil, nil
}

// until is when work on entries taken now must stop.
func (o *RedisOutbox) until() time.Time { return time.Now().Add(o.c.Lease - o.c.Lease/8) }

// open unseals entries. What does not open is handed out as damaged.
func (o *RedisOutbox) open(messages []redis.XMessage, until time.Time) []Entry {
	out := make([]Entry, 0, len(messages))
	for _, m := range messages {
		e := Entry{ID: m.ID, Until: until, Damaged: true}
		if sealed, ok := m.Values[field].(string); ok {
			if plain, err := o.c.Sealer.Open(sealLabel, []byte(sealed), []byte(o.stream)); err == nil {
				if mail, err := decodeMail(plain); err == nil {
					e.Mail, e.Damaged = mail, false
				}
			}
		}
		out = append(out, e)
	}
	return out
}

// doneScript forgets an entry, in one call that goes with those of others. KEYS: the stream, the
// stand-ins. ARGV: the group, the id. It works without memory as well.
var doneScript = redis.NewScript(`#!lua flags=allow-oom
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('SREM', KEYS[2], ARGV[2])
return 1`)

// Done forgets the entry; see [Outbox].
func (o *RedisOutbox) Done(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := doneScript.Run(ctx, o.client, []string{o.stream, o.standInsKey()}, group, id).Err()
	if err != nil && !isMissing(err) {
		return unavailable("taking an entry off the outbox", err)
	}
	return nil
}

// Depth measures the outbox; see [Outbox]. Ages are by this machine's clock.
func (o *RedisOutbox) Depth(ctx context.Context) (Depth, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	info, err := o.client.XInfoStream(ctx, o.stream).Result()
	switch {
	case isMissing(err):
		return Depth{Max: o.c.Max}, nil
	case err != nil:
		return Depth{}, unavailable("measuring the outbox", err)
	}
	d := Depth{Waiting: int(info.Length), Max: o.c.Max}
	if ms, _, found := strings.Cut(info.FirstEntry.ID, "-"); found && d.Waiting > 0 {
		came, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			return Depth{}, unavailable("measuring the outbox", errors.New("unexpected reply"))
		}
		d.Oldest = max0(time.Since(time.UnixMilli(came)))
	}
	return d, nil
}

// makeGroup creates stream and group. The group starts at the first entry of the stream,
// not at its end: entries may have come before their first reader.
func (o *RedisOutbox) makeGroup(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := o.client.XGroupCreateMkStream(ctx, o.stream, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return unavailable("making the outbox's group", err)
	}
	return nil
}

// isMissing tells that Redis answered but has no such stream or group.
func isMissing(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "NOGROUP") || strings.Contains(err.Error(), "no longer exists") || strings.Contains(err.Error(), "no such key"))
}

// unavailable marks an error of Redis. Those name commands and hosts, never arguments.
func unavailable(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}
