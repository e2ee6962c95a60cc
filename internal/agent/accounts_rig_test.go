package agent_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/redis/go-redis/v9"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/live"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// opening is when these tests begin: a Tuesday, ten o'clock in Tokyo.
var opening = time.Date(2023, 7, 25, 1, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// desk is the accounts over a real database, with sessions and limits in memory or in a
// Redis.
type desk struct {
	*agent.Accounts
	roll    *sqlstore.Agents
	db      *sqlstore.DB
	keys    *vault.Server
	keyFile []byte
	path    string
	clock   *clock
	client  redis.UniversalClient // nil over memory
	backend session.Backend
	limits  *ratelimit.Limiter

	mu   sync.Mutex
	over []ratelimit.Name
}

// desks runs a story over memory and over a real Redis.
func desks(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Run("memory", func(t *testing.T) { story(t, newDesk(t, nil)) })
	t.Run("redis", func(t *testing.T) { story(t, redisDesk(t)) })
}

func redisDesk(t *testing.T) *desk {
	t.Helper()
	o, err := redis.ParseURL(live.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return newDesk(t, client)
}

func newDesk(t *testing.T, client redis.UniversalClient) *desk {
	t.Helper()
	d := &desk{path: filepath.Join(t.TempDir(), "exposure.db"), clock: &clock{now: opening}, client: client}
	if err := sqlstore.Migrate(t.Context(), "sqlite:"+d.path); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.keyFile, _, err = vault.Generate(opening); err != nil {
		t.Fatal(err)
	}
	if client == nil {
		d.backend = session.NewMemory(d.clock.Now)
	} else {
		d.clock.now = time.Now().Truncate(time.Millisecond) // Redis has its own clock
		d.backend = session.NewRedis(client, "t:")
	}
	if d.limits, err = ratelimit.New(ratelimit.Config{Client: client, Table: ratelimit.Default(), Prefix: "t:", Now: d.clock.Now}); err != nil {
		t.Fatal(err)
	}
	d.load(t, d.keyFile)
	return d
}

// load starts the desk anew, with this key file: a restart, or another node.
func (d *desk) load(t *testing.T, keyFile []byte) {
	t.Helper()
	keys, err := vault.ParseServer(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+d.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d.keyFile, d.keys, d.db, d.roll = keyFile, keys, db, db.Agents(keys)
	d.Accounts = d.with(t, func(*agent.AccountsConfig) {})
}

// with is the desk with another configuration.
func (d *desk) with(t *testing.T, change func(*agent.AccountsConfig)) *agent.Accounts {
	t.Helper()
	c := agent.AccountsConfig{
		Roll: d.roll, Log: d.db.Audit(d.keys), Limits: d.limits, Keys: d.keys, Backend: d.backend, Open: agent.Always,
		Words: []string{"Tougyoku", "東玉"}, Over: d.noteOver, HashWait: 10 * time.Minute, Now: d.clock.Now,
	}
	change(&c)
	a, err := agent.NewAccounts(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (d *desk) noteOver(n ratelimit.Name) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = append(d.over, n)
}

func (d *desk) alarms() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.over)
}

func (d *desk) operator(a audit.Action) audit.Entry {
	return audit.Entry{At: d.clock.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

// enrol adds an account.
func (d *desk) enrol(t testing.TB, name string, role agent.Role) agent.Credentials {
	t.Helper()
	var c agent.Credentials
	d.change(t, audit.AgentAdd, name, func(before agent.Account) (after agent.Account, err error) {
		after, c, err = agent.Enrol(d.keys, before, name, role)
		return after, err
	})
	return c
}

func (d *desk) change(t testing.TB, a audit.Action, name string, step agent.Step) {
	t.Helper()
	if _, err := d.roll.Change(context.Background(), d.operator(a), name, step); err != nil {
		t.Fatal(err)
	}
}

// code is what the owner's phone shows, so many steps from now.
func (d *desk) code(t testing.TB, c agent.Credentials, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(c.TOTP, d.clock.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// home is where those who sign in in these tests come from.
var home = netip.MustParseAddr("10.1.2.3")

// in signs in, and fails the test when that is not accepted.
func (d *desk) in(t testing.TB, c agent.Credentials, second string) agent.SignedIn {
	t.Helper()
	s, err := d.SignIn(context.Background(), home, c.Name, c.Password, second)
	if err != nil {
		t.Fatalf("signing in: %v", err)
	}
	return s
}

// refused fails the test unless the error is the one of a sign-in that is not accepted, and
// nothing but that.
func refused(t testing.TB, what string, s agent.SignedIn, err error) {
	t.Helper()
	if err != agent.ErrSignIn || s != (agent.SignedIn{}) { //nolint:errorlint // not even wrapped: nothing more may be told
		t.Errorf("%s: %v, %+v", what, err, s)
	}
}

// out fails the test unless a token is worth nothing.
func (d *desk) out(t testing.TB, what, token string) {
	t.Helper()
	if who, err := d.Who(context.Background(), token); !errors.Is(err, agent.ErrSignedOut) {
		t.Errorf("%s: %v, %+v", what, err, who)
	}
}

// rows are the rows of the audit log of an action.
func (d *desk) rows(t testing.TB, action audit.Action) (all []audit.Entry) {
	t.Helper()
	rows, err := d.raw(t).Query(`SELECT encoded FROM audit_entries WHERE action = ? ORDER BY seq`, string(action))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		e, err := audit.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
