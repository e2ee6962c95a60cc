package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
)

// trainees is who finished a training call.
type trainees struct {
	mu   sync.Mutex
	done []string
}

func (t *trainees) Trained(_ context.Context, who agent.Agent) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done = append(t.done, who.Name)
	return nil
}

// callRig is a call centre on a real database, Redis and mail server: all but its doors.
type callRig struct {
	*product
	site    site
	calls   *agent.Calls
	office  *postOffice
	store   *live.RedisServer
	trained trainees
	letters []breach.LetterNumber // of two recipients
	disk    *fullDisk             // what the steps of calls are recorded on

	mu    sync.Mutex
	ahead time.Duration   // of the machine's clock
	asked map[string]bool // commands that Redis was sent, with their keys' kinds
	count map[string]int  // how often, by command
}

var sato, ito = agent.Agent{Name: "sato", Role: agent.RoleAgent}, agent.Agent{Name: "ito", Role: agent.RoleAgent}

// openCalls builds it. Mails leave only once mailing is called.
func openCalls(t *testing.T) *callRig {
	t.Helper()
	r := &callRig{site: letterSite(t, "taro", "jiro"), office: openPostOffice(t), store: live.NewRedis(t), letters: letterNumbers(3), asked: map[string]bool{}, count: map[string]int{}}
	room := r.site.postRoom(t)
	room.write(t, room.recipients(t), r.letters[:2])
	on, err := open(t.Context(), r.site.incident, r.site.keys, r.site.database)
	must(t, err)
	t.Cleanup(func() { on.DB.Close() })
	client := redis.NewClient(&redis.Options{Addr: r.store.Addr(), MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true})
	client.AddHook(r)
	t.Cleanup(func() { client.Close() })
	smtp, err := mailer.NewSMTP(mailer.SMTPConfig{URL: r.office.url})
	must(t, err)
	t.Cleanup(func() { smtp.Close() })
	on.Redis, on.Sender, on.Limits, on.Log, on.Now = client, smtp, ratelimit.Default(), slog.New(slog.DiscardHandler), r.now
	r.product, err = assemble(t.Context(), on)
	must(t, err)
	s, err := on.stores()
	must(t, err)
	r.disk = &fullDisk{Recorder: watchedLog{r.audit, r.alarms}}
	r.calls, err = r.newCalls(on, r.disk, watchedLimits{s.limits, r.alarms}, &r.trained)
	must(t, err)
	return r
}

// fullDisk is an audit log that takes no rows while it is full.
type fullDisk struct {
	agent.Recorder
	full atomic.Bool
}

func (d *fullDisk) Append(ctx context.Context, entries ...audit.Entry) error {
	if d.full.Load() {
		return errors.New("the disk is full")
	}
	return d.Recorder.Append(ctx, entries...)
}

func (r *callRig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.ahead)
}

func (r *callRig) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead += d
}

// mailing lets mails leave until the test ends.
func (r *callRig) mailing(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.worker.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
}

// DialHook implements redis.Hook.
func (r *callRig) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook: it counts.
func (r *callRig) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { r.note(cmd); return next(ctx, cmd) }
}

// ProcessPipelineHook implements redis.Hook.
func (r *callRig) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			r.note(cmd)
		}
		return next(ctx, cmds)
	}
}

var keyKind = regexp.MustCompile(`exposure:[0-9a-f-]+:([a-z]+)`)

func (r *callRig) note(cmd redis.Cmder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := ""
	if found := keyKind.FindStringSubmatch(fmt.Sprint(cmd.Args()...)); found != nil {
		kind = found[1]
	}
	r.count[cmd.Name()+" "+kind]++
	r.asked[kind] = true
}

// counted is what Redis was sent since it was last asked for.
func (r *callRig) counted() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.count
	r.count = map[string]int{}
	return was
}

// open takes a call.
func (r *callRig) open(t *testing.T, who agent.Agent) agent.Call {
	t.Helper()
	c, err := r.calls.Open(t.Context(), who, agent.ReasonListed, false)
	must(t, err)
	return c
}

// about takes a call and an address.
func (r *callRig) about(t *testing.T, who agent.Agent, address string) agent.Call {
	t.Helper()
	c, err := r.calls.Address(t.Context(), who, r.open(t, who).ID, address)
	must(t, err)
	return c
}

// sent has a code sent in a call and reads it in the n-th mail of the address.
func (r *callRig) sent(t *testing.T, who agent.Agent, id, address string, n int) string {
	t.Helper()
	_, err := r.calls.SendCode(t.Context(), who, id)
	must(t, err)
	return r.read(t, address, n)
}

var anyCode = regexp.MustCompile(`(?m)^(?:電話確認番号|確認コード): ([0-9-]+)`)

func (r *callRig) read(t *testing.T, address string, n int) string {
	t.Helper()
	m := anyCode.FindStringSubmatch(r.office.box(t, address, n)[n-1].body)
	if m == nil {
		t.Fatal("the mail holds no code")
	}
	return m[1]
}

// misheard is another code of the same length.
func misheard(code string) string {
	if code[0] == '9' {
		return "8" + code[1:]
	}
	return "9" + code[1:]
}

// rows are what was done at the desk, in order: action, outcome, purpose and detail.
func (r *callRig) rows(t *testing.T) (all []string) {
	t.Helper()
	must(t, r.audit.Desk(t.Context(), time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour), func(e audit.Entry) error {
		tag := ""
		if e.Tag != nil {
			tag = "tag"
		}
		all = append(all, strings.Join(strings.Fields(strings.Join([]string{e.Actor.ID[:strings.IndexByte(e.Actor.ID+"/", '/')], string(e.Action), string(e.Outcome), e.Purpose, e.Detail, tag}, " ")), " "))
		return nil
	}))
	return all
}

// notAccepted wants a code or number that was not accepted.
func notAccepted(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.As(err, new(*lookup.Rejected)) {
		t.Errorf("%s: %v, want a refusal", what, err)
	}
}
