package otp

import (
	"context"
	_ "embed" // the scripts
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
)

var (
	//go:embed lua/state.lua
	stateLua string
	//go:embed lua/redeem.lua
	redeemLua string
	//go:embed lua/issue.lua
	issueLua string
	//go:embed lua/revive.lua
	reviveLua string
	//go:embed lua/withdraw.lua
	withdrawLua string
)

// callTimeout bounds a call whose context has no earlier deadline.
const callTimeout = 2 * time.Second

// Redis keeps everything in Redis, for any number of nodes. One script judges, charges
// and consumes in one step, on Redis's clock; all of an address is on one node, so that
// it works on a cluster. Nothing in it is readable: MACs, random ids and times.
type Redis struct {
	client           redis.UniversalClient
	prefix           string
	redeem, issue    *redis.Script
	revive, withdraw *redis.Script
}

// NewRedis returns a store on a client that it does not close. The client must have
// ContextTimeoutEnabled, or a hanging server holds requests longer than their deadline,
// and should not retry: a repeated call is harmless but slow to fail.
func NewRedis(client redis.UniversalClient, c Config) *Redis {
	return newRedis(client, c, stateLua)
}

func newRedis(client redis.UniversalClient, c Config, state string) *Redis {
	script := func(own string) *redis.Script { return redis.NewScript(numbered(state + own)) }
	return &Redis{
		client:   client,
		prefix:   c.Prefix,
		redeem:   script(redeemLua),
		issue:    script(issueLua),
		revive:   script(reviveLua),
		withdraw: script(withdrawLua),
	}
}

// Redeem implements Store.
func (r *Redis) Redeem(ctx context.Context, a Attempt) (Verdict, error) {
	if err := a.check(); err != nil {
		return Verdict{}, err
	}
	a = a.unused()
	var selectors []string
	for _, mac := range a.MACs {
		selector, _ := halves(mac)
		selectors = append(selectors, selector)
	}
	form := string(a.Form)
	if a.Barred && a.Form == Short {
		form = string(Barred)
	}
	args := []any{string(a.Purpose), encode(a.Nonce[:]), encode(a.ID[:]), form, strings.Join(selectors, " ")}
	got, err := r.run(ctx, r.redeem, r.keys(a.Tag, a.Purpose, a.Nonce), append(args, recall(a.Past).args()...))
	if err != nil {
		return Verdict{}, fmt.Errorf("redeeming a code: %w", err)
	}
	judged, err := readRuling(got)
	if err != nil {
		return Verdict{}, fmt.Errorf("redeeming a code: %w", err)
	}
	return a.verdict(judged)
}

func readRuling(got any) (ruling, error) {
	list, ok := got.([]any)
	if !ok || len(list) != 3 {
		return ruling{}, errReply
	}
	reason, ok1 := list[0].(string)
	left, ok2 := list[1].(int64)
	proof, ok3 := list[2].(string)
	if !ok1 || !ok2 || !ok3 {
		return ruling{}, errReply
	}
	return ruling{reason: Reason(reason), left: int(left), proof: proof}, nil
}

// Issue implements Store.
func (r *Redis) Issue(ctx context.Context, i Issue) (Issued, error) {
	if err := i.check(); err != nil {
		return Issued{}, err
	}
	shortSelector, shortProof := halves(i.ShortMAC)
	longSelector, longProof := halves(i.LongMAC)
	want := "0"
	if i.WantLong {
		want = "1"
	}
	args := []any{string(i.Purpose), encode(i.Nonce[:]), i.Slot, shortSelector, shortProof, longSelector, longProof, want}
	got, err := r.run(ctx, r.issue, r.keys(i.Tag, i.Purpose, i.Nonce), append(args, recall(i.Past).args()...))
	if err != nil {
		return Issued{}, fmt.Errorf("issuing a code: %w", err)
	}
	list, ok := got.([]any)
	if !ok || len(list) != 2 {
		return Issued{}, fmt.Errorf("issuing a code: %w", errReply)
	}
	form, ok1 := list[0].(string)
	expires, ok2 := list[1].(int64)
	if !ok1 || !ok2 {
		return Issued{}, fmt.Errorf("issuing a code: %w", errReply)
	}
	return grant{Form(form), expires}.issued(), nil
}

// Revive implements Store.
func (r *Redis) Revive(ctx context.Context, tag breach.Tag, purpose Purpose, nonce [16]byte) error {
	if err := checkScope(tag, purpose, nonce); err != nil {
		return err
	}
	if _, err := r.run(ctx, r.revive, r.keys(tag, purpose, nonce), []any{string(purpose), encode(nonce[:])}); err != nil {
		return fmt.Errorf("reviving a verification: %w", err)
	}
	return nil
}

// Withdraw implements Store.
func (r *Redis) Withdraw(ctx context.Context, tag breach.Tag, purpose Purpose, slot string) error {
	if err := checkPlace(tag, purpose); err != nil {
		return err
	}
	if _, err := r.run(ctx, r.withdraw, []string{r.key(tag, purpose)}, []any{string(purpose), slot}); err != nil {
		return fmt.Errorf("withdrawing a code: %w", err)
	}
	return nil
}

var errReply = fmt.Errorf("%w: its reply makes no sense", ErrUnavailable)

func (r *Redis) run(ctx context.Context, s *redis.Script, keys []string, args []any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	got, err := s.Run(ctx, r.client, keys, args...).Result()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return got, nil
}

// key puts all of one address on one node of a cluster.
func (r *Redis) key(tag breach.Tag, p Purpose) string {
	return r.prefix + "otp:{" + hex.EncodeToString(tag[:]) + "}:" + string(p)
}

// keys are those of a script about one verification: the address's, and that of the
// verification while it is kept apart.
func (r *Redis) keys(tag breach.Tag, p Purpose, nonce [16]byte) []string {
	key := r.key(tag, p)
	return []string{key, key + ":" + hex.EncodeToString(nonce[:])}
}

// args is the history as unite of the scripts reads it.
func (h history) args() []any {
	args := make([]any, 0, 1+2*len(h.failures))
	args = append(args, h.streak)
	for _, f := range h.failures {
		args = append(args, f.Attempt, strconv.FormatInt(f.At, 10))
	}
	return args
}
