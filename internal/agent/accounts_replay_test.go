package agent_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/ratelimit"
)

// patient is the desk with limits that a burst does not meet.
func (d *desk) patient(t *testing.T) *agent.Accounts {
	t.Helper()
	table := ratelimit.Default()
	table[ratelimit.AgentSignIn] = []ratelimit.Rate{{Count: 1000, Per: time.Hour}}
	table[ratelimit.AgentIP] = []ratelimit.Rate{{Count: 1000, Per: time.Hour}}
	limits, err := ratelimit.New(ratelimit.Config{Client: d.client, Table: table, Prefix: "p:", Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return d.with(t, func(c *agent.AccountsConfig) { c.Limits = limits })
}

// burst signs in so often at once, on two nodes, and returns how often it was accepted.
func burst(t *testing.T, nodes []*agent.Accounts, n int, c agent.Credentials, second string) (won int) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		wg.Go(func() {
			s, err := nodes[i%len(nodes)].SignIn(t.Context(), home, c.Name, c.Password, second)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
				return
			}
			refused(t, "a code that is used", s, err)
		})
	}
	wg.Wait()
	return won
}

// TestCodesAreTakenOnce: of a hundred sign-ins with one code, at the same moment and on two
// nodes, one is accepted, be it of an app or (over Redis) of paper; the log has one row of it.
func TestCodesAreTakenOnce(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		c := d.enrol(t, "hanako", agent.RoleAgent)
		nodes := []*agent.Accounts{d.patient(t)}
		d.load(t, d.keyFile)
		nodes = append(nodes, d.patient(t))
		second := d.code(t, c, 0)
		if d.client != nil {
			second = c.Papers[0]
		}
		if won := burst(t, nodes, 100, c, second); won != 1 {
			t.Errorf("%d were accepted", won)
		}
		done := 0
		for _, e := range d.rows(t, audit.AgentSignIn) {
			if e.Outcome == audit.Done {
				done++
			}
		}
		if done != 1 {
			t.Errorf("%d rows of it", done)
		}
	})
}

// TestNoReplay: a used code is refused after a restart, on another node, and when the clock
// is put back; so are the codes before it. The next one is accepted.
func TestNoReplay(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	earlier, now, next := d.code(t, c, -1), d.code(t, c, 0), d.code(t, c, 1)
	d.in(t, c, now)
	d.in(t, c, c.Papers[9])
	try := func(what, second string) {
		t.Helper()
		s, err := d.SignIn(t.Context(), home, c.Name, c.Password, second)
		refused(t, what, s, err)
	}
	try("again", now)
	try("the one before", earlier)
	try("paper, again", c.Papers[9])
	d.load(t, d.keyFile)
	try("after a restart", now)
	try("paper, after a restart", c.Papers[9])
	d.clock.advance(-30 * time.Second)
	try("with the clock put back", now)
	d.in(t, c, c.Papers[0])
	d.clock.advance(60 * time.Second)
	d.in(t, c, next)
}

// TestClockSteps: a code of the step before or after is accepted, none further away.
func TestClockSteps(t *testing.T) {
	for steps, ok := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		d := newDesk(t, nil)
		c := d.enrol(t, "hanako", agent.RoleAgent)
		d.clock.advance(29 * time.Second) // within a step it does not matter when
		_, err := d.SignIn(t.Context(), home, c.Name, c.Password, d.code(t, c, steps))
		if (err == nil) != ok {
			t.Errorf("%d steps off: %v", steps, err)
		}
	}
}

// TestFactorsAreOfTheirOwner: neither a code nor a password of somebody else is accepted, nor
// either alone.
func TestFactorsAreOfTheirOwner(t *testing.T) {
	d := newDesk(t, nil)
	a, b := d.enrol(t, "hanako", agent.RoleAgent), d.enrol(t, "ken", agent.RoleAgent)
	for what, try := range map[string]struct{ name, password, second string }{
		"another's app":        {a.Name, a.Password, d.code(t, b, 0)},
		"another's paper":      {a.Name, a.Password, b.Papers[0]},
		"another's password":   {a.Name, b.Password, d.code(t, a, 0)},
		"no second factor":     {a.Name, a.Password, ""},
		"no password":          {a.Name, "", d.code(t, a, 0)},
		"the secret as a code": {a.Name, a.Password, a.TOTP},
		"paper cut short":      {a.Name, a.Password, a.Papers[0][:8]},
		"everything swapped":   {a.Name, d.code(t, a, 0), a.Password},
	} {
		s, err := d.SignIn(t.Context(), home, try.name, try.password, try.second)
		refused(t, what, s, err)
	}
}

// TestDatabasePutBack: whoever puts an account's row back as it was finds the account refused,
// not its codes accepted again.
func TestDatabasePutBack(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	raw := d.raw(t)
	if _, err := raw.Exec(`CREATE TABLE kept AS SELECT * FROM agent_accounts`); err != nil {
		t.Fatal(err)
	}
	second := d.code(t, c, 0)
	in := d.in(t, c, second)
	d.change(t, audit.AgentDisable, "hanako", agent.Account.Disable)
	if _, err := raw.Exec(`DELETE FROM agent_accounts; INSERT INTO agent_accounts SELECT * FROM kept`); err != nil {
		t.Fatal(err)
	}
	if s, err := d.SignIn(t.Context(), home, c.Name, c.Password, second); !errors.Is(err, agent.ErrUnavailable) {
		t.Errorf("signing in: %v, %+v", err, s)
	}
	if who, err := d.Who(t.Context(), in.Token); !errors.Is(err, agent.ErrUnavailable) {
		t.Errorf("the session: %v, %+v", err, who)
	}
}
