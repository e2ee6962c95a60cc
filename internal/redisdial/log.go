package redisdial

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// LogTo has the Redis library's own lines, which it else prints to the standard error among
// the lines of the program's log, written to that log instead. It is for a program's main
// and is in force for the whole process.
//
// Of what the library wants to say only numbers, durations and errors are kept, which name
// hosts and commands; everything else might hold what was read or written. A Redis that is
// away makes a line for each connection that fails: one is written every ten seconds, with
// how many were left out.
func LogTo(log *slog.Logger) { redis.SetLogger(&clientLog{log: log}) }

// sayEvery is the least time between two lines.
const sayEvery = 10 * time.Second

// clientLog is a logger of the Redis library.
type clientLog struct {
	log     *slog.Logger
	next    atomic.Int64 // when a line may be written again, unix nanoseconds
	omitted atomic.Int64 // lines since the latest
}

// Printf writes what the library says.
func (l *clientLog) Printf(ctx context.Context, format string, args ...any) {
	now, next := time.Now(), l.next.Load()
	if now.UnixNano() < next || !l.next.CompareAndSwap(next, now.Add(sayEvery).UnixNano()) {
		l.omitted.Add(1)
		return
	}
	told := make([]any, len(args))
	for i, a := range args {
		told[i] = harmless(a)
	}
	l.log.WarnContext(ctx, "the Redis client reports trouble", "says", fmt.Sprintf(format, told...), "omitted", l.omitted.Swap(0))
}

// hidden stands for what is not logged, whatever verb it is printed by.
type hidden struct{}

// Format implements fmt.Formatter.
func (hidden) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("…")) }

// harmless is the argument itself, if it can hold nothing of anybody.
func harmless(arg any) any {
	switch arg.(type) {
	case error, bool, int, int32, int64, uint32, uint64, float64, time.Duration:
		return arg
	}
	return hidden{}
}
