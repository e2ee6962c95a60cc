package mailer

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/otp"
)

const (
	// roomTimeout bounds asking for room, with which every request begins.
	roomTimeout = 2 * time.Second
	// settleTimeout bounds finding out what became of a mail, which somebody waits for.
	settleTimeout = time.Second
	// attemptLife is longer than a client repeats one call.
	attemptLife = 15 * time.Second
	// voidLife is longer than a system goes on to deliver what it was given for a line that does
	// not answer (tcp(7), tcp_retries2: up to half an hour). A call that comes after its mail was
	// given back would be a mail that nobody counts.
	voidLife = time.Hour
	// onceLife is how long a mail that has a name is remembered.
	onceLife = 24 * time.Hour
)

// Marks of an attempt or of a mail. Redis holds one of them, or none.
const (
	markQueued = "1"
	markVoid   = "0" // whatever of it is still on its way queues nothing
)

// roomScript is refused wherever a write would be: of a script that declares that it may
// write, Redis asks first whether there is memory and whether this is a master.
var roomScript = redis.NewScript(`#!lua
return redis.call('XLEN', KEYS[1])`)

// enqueueScript bounds the stream and adds to it in one step. KEYS: the stream, a mark of
// this attempt or of this mail. A cluster client repeats a call whose reply was lost; the mark
// keeps that from queueing the mail twice.
var enqueueScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('XADD', KEYS[1], '*', '` + field + `', ARGV[2])
redis.call('SET', KEYS[2], '` + markQueued + `', 'EX', ARGV[3])
return 1`)

// settleScript tells whether an attempt queued its mail, and if not, sees to it that it never
// will. It works without memory as well. KEYS: the stream, the mark. ARGV: seconds.
var settleScript = redis.NewScript(`#!lua flags=allow-oom
redis.call('SET', KEYS[2], '` + markVoid + `', 'NX', 'EX', ARGV[1])
return redis.call('GET', KEYS[2]) == '` + markQueued + `' and 1 or 0`)

// Room returns ErrOutboxFull when no mail is to be promised (see [Depth.Full]), and
// ErrUnavailable when none could be queued.
func (o *RedisOutbox) Room(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	waiting, err := roomScript.Run(ctx, o.client, []string{o.stream}).Int()
	if err != nil {
		return unavailable("asking the outbox for room", err)
	}
	if (Depth{Waiting: waiting, Max: o.c.Max}).Full() {
		return ErrOutboxFull
	}
	return nil
}

// Enqueue seals m and adds it, or returns ErrOutboxFull or ErrUnavailable. Where the reply is
// lost or an error, it asks once more what became of the mail: an ErrUnavailable is
// otp.ErrNotQueued as well, unless there is no answer to that either.
func (o *RedisOutbox) Enqueue(ctx context.Context, m CodeMail) error {
	if err := validate(m); err != nil {
		return err
	}
	sealed := o.c.Sealer.Seal(sealLabel, encodeMail(m), []byte(o.stream))
	mark, life := m.Once, onceLife
	if mark == [16]byte{} {
		rand.Read(mark[:])
		life = attemptLife
	}
	keys := []string{o.stream, o.stream + ":seen:" + hex.EncodeToString(mark[:])}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	added, err := enqueueScript.Run(call, o.client, keys, o.c.Max, sealed, int(life.Seconds())).Int()
	switch {
	case err != nil && m.Once == [16]byte{}:
		return o.settle(ctx, keys, err)
	case err != nil: // it may be asked for again
		return unavailable("queueing a code mail", err)
	case added == 0:
		return ErrOutboxFull
	default:
		return nil
	}
}

// settle finds out whether the mail of an attempt that failed is queued: nil if it is.
func (o *RedisOutbox) settle(ctx context.Context, keys []string, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	queued, err := settleScript.Run(ctx, o.client, keys, int(voidLife.Seconds())).Int()
	switch {
	case err != nil:
		return unavailable("queueing a code mail", failed)
	case queued == 1:
		return nil
	default:
		return fmt.Errorf("%w: %w", otp.ErrNotQueued, unavailable("queueing a code mail", failed))
	}
}
