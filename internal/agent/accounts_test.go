package agent_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
)

// TestFirstDay: an account's owner signs in with what they were given, chooses a password,
// and goes on in the same session; it is on record.
func TestFirstDay(t *testing.T) {
	desks(t, func(t *testing.T, d *desk) {
		c := d.enrol(t, "hanako", agent.RoleAgent)
		in := d.in(t, c, d.code(t, c, 0))
		if a := in.Agent; a.Name != "hanako" || a.Role != agent.RoleAgent || !a.MustChange || a.Trained || in.PaperCodesLeft != -1 {
			t.Errorf("signed in: %+v", in)
		}
		who, err := d.Who(t.Context(), in.Token)
		if err != nil || who != in.Agent {
			t.Fatalf("who: %+v, %v; want %+v", who, err, in.Agent)
		}
		if err := d.ChangePassword(t.Context(), who, c.Password, "correct pony stapler"); err != nil {
			t.Fatal(err)
		}
		if who, err = d.Who(t.Context(), in.Token); err != nil || who.MustChange {
			t.Errorf("after choosing a password: %+v, %v", who, err)
		}
		if err := d.Trained(t.Context(), who); err != nil {
			t.Error(err)
		}
		if who, err = d.Who(t.Context(), in.Token); err != nil || !who.Trained {
			t.Errorf("after the training: %+v, %v", who, err)
		}
		c.Password = "correct pony stapler"
		paper := d.in(t, c, c.Papers[3])
		if paper.PaperCodesLeft != 9 || paper.Agent.MustChange || !paper.Agent.Trained {
			t.Errorf("with a paper code: %+v", paper)
		}
		if err := d.SignOut(t.Context(), who); err != nil {
			t.Error(err)
		}
		d.out(t, "signed out", in.Token)
		if err := d.SignOut(t.Context(), who); !errors.Is(err, agent.ErrSignedOut) {
			t.Errorf("twice: %v", err)
		}
		for action, want := range map[audit.Action]int{audit.AgentAdd: 1, audit.AgentSignIn: 2, audit.AgentPassword: 1, audit.AgentTrained: 1, audit.AgentSignOut: 1} {
			if rows := d.rows(t, action); len(rows) != want || rows[0].Outcome != audit.Done {
				t.Errorf("%s: %+v, want %d", action, rows, want)
			}
		}
	})
}

// TestSessionsEnd: unused for a quarter of an hour, or ten hours old, a session is over.
func TestSessionsEnd(t *testing.T) {
	d := newDesk(t, nil)
	c := d.enrol(t, "hanako", agent.RoleAgent)
	in := d.in(t, c, d.code(t, c, 0))
	begun := d.clock.Now()
	for range 66 {
		d.clock.advance(9 * time.Minute)
		if _, err := d.Who(t.Context(), in.Token); err != nil {
			t.Fatalf("after %s: %v", d.clock.Now().Sub(begun), err)
		}
	}
	d.clock.advance(10*time.Hour - d.clock.Now().Sub(begun) - time.Minute)
	if who, err := d.Who(t.Context(), in.Token); err != nil || !who.Ends.Equal(begun.Add(10*time.Hour)) {
		t.Errorf("a minute before the end: %+v, %v", who, err)
	}
	d.clock.advance(time.Minute)
	d.out(t, "ten hours later", in.Token)

	in = d.in(t, c, d.code(t, c, 0))
	d.clock.advance(15 * time.Minute)
	d.out(t, "idle", in.Token)
}
