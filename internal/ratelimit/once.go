package ratelimit

import (
	"context"
	"crypto/sha1" //nolint:gosec // Redis names scripts by SHA-1; nothing is protected by it
	"encoding/hex"

	"github.com/redis/go-redis/v9"
)

// script is a script that is sent at most once. A cluster client repeats a call whose
// reply was lost, and a take that is repeated counts twice: the guesser would not know, and
// a mailbox would get one mail less.
type script struct{ name, text string }

func newScript(text string) script {
	sum := sha1.Sum([]byte(text))
	return script{hex.EncodeToString(sum[:]), text}
}

// processor is a client, or a pipeline of one.
type processor interface {
	Process(ctx context.Context, cmd redis.Cmder) error
}

// run runs the script by name, or by text where the server does not know it.
func (s script) run(ctx context.Context, client processor, keys []string, args []any) *redis.Cmd {
	cmd := s.byName(ctx, client, keys, args)
	if isUnknown(cmd) {
		cmd = s.byText(ctx, client, keys, args)
	}
	return cmd
}

// call is one script call of a pipeline.
type call struct {
	keys []string
	args []any
}

// runAll sends the calls together. Of those whose script the server does not know, the text
// is sent as well; they have done nothing yet.
func (s script) runAll(ctx context.Context, client redis.UniversalClient, calls []call) []*redis.Cmd {
	cmds := make([]*redis.Cmd, len(calls))
	_, _ = client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range calls {
			cmds[i] = s.byName(ctx, p, c.keys, c.args)
		}
		return nil
	})
	for i, c := range calls {
		if isUnknown(cmds[i]) {
			cmds[i] = s.byText(ctx, client, c.keys, c.args)
		}
	}
	return cmds
}

func (s script) byName(ctx context.Context, to processor, keys []string, args []any) *redis.Cmd {
	return send(ctx, to, "evalsha", s.name, keys, args)
}

func (s script) byText(ctx context.Context, to processor, keys []string, args []any) *redis.Cmd {
	return send(ctx, to, "eval", s.text, keys, args)
}

// isUnknown: the server does not know the script; it has done nothing yet.
func isUnknown(cmd *redis.Cmd) bool { return redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") }

// once is a command that no client repeats.
type once struct{ *redis.Cmd }

// NoRetry implements redis.Cmder.
func (once) NoRetry() bool { return true }

func send(ctx context.Context, to processor, name, payload string, keys []string, args []any) *redis.Cmd {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, name, payload, len(keys))
	for _, k := range keys {
		all = append(all, k)
	}
	cmd := redis.NewCmd(ctx, append(all, args...)...)
	cmd.SetFirstKeyPos(3)
	_ = to.Process(ctx, once{cmd}) // the command keeps its error
	return cmd
}
