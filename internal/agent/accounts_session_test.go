package agent_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/session"
)

// TestSessionsEndWithTheAccount: disabled, reset or with a new password, an account has no
// session but the one in which the password was changed.
func TestSessionsEndWithTheAccount(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		c, other := d.enrol(t, "hanako", agent.RoleAgent), d.enrol(t, "ken", agent.RoleSupervisor)
		uninvolved := d.in(t, other, d.code(t, other, 0))
		first, second := d.in(t, c, c.Papers[0]), d.in(t, c, c.Papers[1])
		if err := d.ChangePassword(t.Context(), second.Agent, c.Password, "correct pony stapler"); err != nil {
			t.Fatal(err)
		}
		d.out(t, "another session after a new password", first.Token)
		if who, err := d.Who(t.Context(), second.Token); err != nil || who.MustChange {
			t.Errorf("the session of the change: %+v, %v", who, err)
		}
		d.change(t, audit.AgentReset, "hanako", func(a agent.Account) (after agent.Account, err error) {
			after, c, err = a.Reset(d.keys)
			return after, err
		})
		d.out(t, "after a reset", second.Token)
		third := d.in(t, c, d.code(t, c, 0))
		if !third.Agent.MustChange {
			t.Error("after a reset the password need not be changed")
		}
		d.change(t, audit.AgentDisable, "hanako", agent.Account.Disable)
		d.out(t, "disabled", third.Token)
		s, err := d.SignIn(t.Context(), home, c.Name, c.Password, c.Papers[0])
		refused(t, "a disabled account", s, err)
		d.enrol(t, "hanako", agent.RoleSupervisor)
		d.out(t, "made anew", third.Token)
		if who, err := d.Who(t.Context(), uninvolved.Token); err != nil || who.Role != agent.RoleSupervisor {
			t.Errorf("somebody else: %+v, %v", who, err)
		}
	})
}

// TestForeignSessions: what is no agent's session is none here, and an agent's is none of a
// customer's; every sign-in has a token of its own.
func TestForeignSessions(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	in, again := d.in(t, c, c.Papers[0]), d.in(t, c, c.Papers[1])
	if in.Token == again.Token {
		t.Error("two sign-ins share a token")
	}
	store, err := session.New(session.Config{Backend: d.backend, Sealer: d.keys, Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	planted, _, err := store.Issue(t.Context(), session.Record{Audience: "customer", Subject: `{"n":"hanako","e":1}`})
	if err != nil {
		t.Fatal(err)
	}
	odd, _, err := store.Issue(t.Context(), session.Record{Audience: "agent", Subject: `hanako`})
	if err != nil {
		t.Fatal(err)
	}
	d.out(t, "a customer's", planted)
	d.out(t, "one that says nobody", odd)
	d.out(t, "none", "")
	d.out(t, "one byte more", in.Token+"A")
	if _, _, err := store.Read(t.Context(), in.Token, "customer"); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("an agent's as a customer's: %v", err)
	}
	if err := d.SignOut(t.Context(), agent.Agent{Name: "hanako"}); !errors.Is(err, agent.ErrSignedOut) {
		t.Errorf("signing out without a session: %v", err)
	}
}

// TestRedisFlushed: with all of Redis gone sessions are over, and codes that were used stay
// used. Without Redis nobody is let in.
func TestRedisFlushed(t *testing.T) {
	d := redisDesk(t)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	second := d.code(t, c, 0)
	in := d.in(t, c, second)
	if err := d.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	d.out(t, "a session of before", in.Token)
	s, err := d.SignIn(t.Context(), home, c.Name, c.Password, second)
	refused(t, "a code of before", s, err)
	in = d.in(t, c, c.Papers[0])
	d.client.Close()
	if s, err := d.SignIn(t.Context(), home, c.Name, c.Password, c.Papers[1]); !errors.Is(err, agent.ErrUnavailable) {
		t.Errorf("signing in without Redis: %v, %+v", err, s)
	}
	if who, err := d.Who(t.Context(), in.Token); !errors.Is(err, agent.ErrUnavailable) {
		t.Errorf("a session without Redis: %v, %+v", err, who)
	}
	if account, err := d.roll.Account(t.Context(), "hanako"); err != nil || account.PapersLeft() != 9 {
		t.Errorf("a code was used up by nobody: %d left, %v", account.PapersLeft(), err)
	}
}

// TestOutsideHours: an hour before the help line opens the desk does, and an hour after it
// shuts nobody is signed in or let in; whether the password is right is not told.
func TestOutsideHours(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	hours := hoursOf(t)
	a := d.with(t, func(c *agent.AccountsConfig) {
		c.Open = func(t time.Time) bool { return hours.OpenWithin(t, time.Hour) }
	})
	d.clock.advance(-time.Hour) // 9:00
	in, err := a.SignIn(t.Context(), home, c.Name, c.Password, d.code(t, c, 0))
	if err != nil {
		t.Fatal(err)
	}
	d.clock.advance(-time.Second)
	for _, password := range []string{c.Password, "not this one"} {
		if s, err := a.SignIn(t.Context(), home, c.Name, password, d.code(t, c, 1)); !errors.Is(err, agent.ErrOutsideHours) {
			t.Errorf("too early: %v, %+v", err, s)
		}
	}
	if who, err := a.Who(t.Context(), in.Token); !errors.Is(err, agent.ErrOutsideHours) {
		t.Errorf("a session too early: %v, %+v", err, who)
	}
	if rows := d.rows(t, audit.AgentSignIn); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
}

func hoursOf(t *testing.T) breach.OfficeHours {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse("tougyoku-2023.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return in.Contact.Hours
}

// TestWrongOldPassword: who has somebody's screen but not their password cannot change it,
// nor try it out; it is on record and counts like a sign-in.
func TestWrongOldPassword(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	in := d.in(t, c, c.Papers[0])
	for range 11 {
		if err := d.ChangePassword(t.Context(), in.Agent, "not this one", "correct pony stapler"); !errors.Is(err, agent.ErrSignIn) {
			t.Fatal(err)
		}
	}
	if rows := d.rows(t, audit.AgentPassword); len(rows) != 10 || rows[0].Outcome != audit.Refused || d.alarms() != 1 {
		t.Errorf("%d rows, %d alarms", len(rows), d.alarms())
	}
	if err := d.ChangePassword(t.Context(), in.Agent, c.Password, "correct pony stapler"); !errors.Is(err, agent.ErrSignIn) {
		t.Errorf("the right one of a locked account: %v", err)
	}
}
