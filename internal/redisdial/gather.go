package redisdial

import (
	"context"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// mostGathered bounds the calls of one round trip: a few times what a busy server has
	// under way, and few enough that nobody waits long for others' scripts.
	mostGathered = 64
	// patience is how long calls wait for the round trip before theirs. One that hangs then
	// keeps nobody else waiting: a round trip of their own begins beside it.
	patience = 2 * time.Millisecond
	// flight bounds one round trip of gathered calls. Whoever waits is bound by a context of
	// their own as well, and need not wait for it to end.
	flight = 5 * time.Second
)

// gather lets calls that are made at the same time share round trips: while one is under
// way the calls that come gather, and go together in the next. A call that comes alone goes
// at once, as if there were no gather.
//
// Every call keeps its own reply or error and its own deadline, and is sent once. Of a round
// trip that fails, every call has failed and may have been done, as when one alone loses its
// reply. What waits in Redis, and what is not in [twin], goes by itself.
//
// It is for one server or the master of Sentinels. On a Cluster a node that hangs would hold
// up the calls to all others.
type gather struct {
	client   *redis.Client
	patience time.Duration

	mu      sync.Mutex
	flying  int         // round trips under way
	waiting []*errand   // in the order they came
	calls   int         // of those
	overdue *time.Timer // runs while there are waiting ones
}

// errand is one call, or the calls of one pipeline, of one caller.
type errand struct {
	twins []redis.Cmder
	done  chan struct{} // closed once the twins have their replies or errors
}

// together marks the context of calls that were gathered.
type together struct{}

// gathering makes a client gather its calls.
func gathering(client *redis.Client, patience time.Duration) *gather {
	g := &gather{client: client, patience: patience}
	g.overdue = time.AfterFunc(time.Hour, g.hurry)
	g.overdue.Stop()
	client.AddHook(g)
	return g
}

// DialHook implements redis.Hook.
func (g *gather) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (g *gather) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return g.call(ctx, []redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook implements redis.Hook. A transaction comes here as well; it begins with
// a MULTI, which has no twin.
func (g *gather) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if ctx.Value(together{}) != nil {
			return next(ctx, cmds)
		}
		return g.call(ctx, cmds, func() error { return next(ctx, cmds) })
	}
}

// call makes the calls of one caller: directly, or with those of others.
func (g *gather) call(ctx context.Context, cmds []redis.Cmder, directly func() error) error {
	twins := twinsOf(cmds)
	if twins == nil {
		return directly()
	}
	e := g.join(twins)
	if e == nil {
		defer g.landed()
		return directly()
	}
	return e.wait(ctx, cmds)
}

// join returns what to wait for, or nil when the caller is alone and sends its calls itself.
func (g *gather) join(twins []redis.Cmder) *errand {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flying == 0 && len(g.waiting) == 0 {
		g.flying++
		return nil
	}
	e := &errand{twins: twins, done: make(chan struct{})}
	if len(g.waiting) == 0 {
		g.overdue.Reset(g.patience)
	}
	g.waiting, g.calls = append(g.waiting, e), g.calls+len(twins)
	if g.calls >= mostGathered {
		g.depart()
	}
	return e
}

// landed ends the round trip of a caller who was alone. Those who came meanwhile go now,
// unless other round trips are under way, whose end they wait for.
func (g *gather) landed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying--
	if g.flying == 0 && len(g.waiting) > 0 {
		g.depart()
	}
}

// hurry begins a round trip beside those that take long.
func (g *gather) hurry() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) > 0 {
		g.depart()
	}
}

// depart sends all that wait, and goes on while others wait when it is back. g.mu must be
// held.
func (g *gather) depart() {
	g.flying++
	errands, cmds := g.board()
	go func() {
		for len(errands) > 0 {
			g.fly(errands, cmds)
			runtime.Gosched() // whoever can make a call now joins those that wait
			g.mu.Lock()
			if g.flying > 1 { // the others end
				errands = nil
			} else {
				errands, cmds = g.board()
			}
			if len(errands) == 0 {
				g.flying--
			}
			g.mu.Unlock()
		}
	}()
}

// board takes all that wait. g.mu must be held.
func (g *gather) board() ([]*errand, []redis.Cmder) {
	errands := g.waiting
	cmds := make([]redis.Cmder, 0, g.calls)
	for _, e := range errands {
		cmds = append(cmds, e.twins...)
	}
	g.waiting, g.calls = nil, 0
	g.overdue.Stop()
	return errands, cmds
}

func (g *gather) fly(errands []*errand, cmds []redis.Cmder) {
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), together{}, true), flight)
	defer cancel()
	_, _ = g.client.Pipelined(ctx, func(p redis.Pipeliner) error { // each keeps its own error
		for _, cmd := range cmds {
			_ = p.Process(ctx, cmd)
		}
		return nil
	})
	for _, e := range errands {
		close(e.done)
	}
}

// wait hands the replies over, or returns at the end of ctx without them. Then the calls may
// yet be done; the caller's commands are its own again, because only the twins are used.
func (e *errand) wait(ctx context.Context, cmds []redis.Cmder) error {
	select {
	case <-e.done:
	case <-ctx.Done():
		err := context.Cause(ctx)
		for _, cmd := range cmds {
			cmd.SetErr(err)
		}
		return err
	}
	var first error
	for i, cmd := range cmds {
		hand(e.twins[i], cmd)
		if err := e.twins[i].Err(); err != nil {
			cmd.SetErr(err)
			if first == nil {
				first = err
			}
		}
	}
	return first
}

// twinsOf makes a copy of each command, or nil when one of them must go by itself.
func twinsOf(cmds []redis.Cmder) []redis.Cmder {
	twins := make([]redis.Cmder, len(cmds))
	for i, cmd := range cmds {
		if twins[i] = twin(cmd); twins[i] == nil {
			return nil
		}
	}
	return twins
}

// twin makes a command of the same words, for those of the server's hot path, none of which
// waits in Redis. Nil for any other.
func twin(cmd redis.Cmder) redis.Cmder {
	ctx := context.Background()
	switch cmd.Name() {
	case "evalsha", "eval":
		if _, ok := cmd.(interface{ SetVal(any) }); ok {
			return onlyOnce{redis.NewCmd(ctx, cmd.Args()...)}
		}
	case "set":
		if _, ok := cmd.(*redis.StatusCmd); ok {
			return redis.NewStatusCmd(ctx, cmd.Args()...)
		}
	}
	return nil
}

// hand gives the reply that a twin got to the command it was made of.
func hand(twin, cmd redis.Cmder) {
	switch twin := twin.(type) {
	case onlyOnce:
		cmd.(interface{ SetVal(any) }).SetVal(twin.Val())
	case *redis.StatusCmd:
		cmd.(*redis.StatusCmd).SetVal(twin.Val())
	}
}

// onlyOnce is a command that no client repeats: others may be counted twice by it.
type onlyOnce struct{ *redis.Cmd }

// NoRetry implements redis.Cmder.
func (onlyOnce) NoRetry() bool { return true }
