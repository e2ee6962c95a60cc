package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
)

func (s *store) enrol(t *testing.T, name string) {
	t.Helper()
	_, err := s.Agents(s.keys).Change(t.Context(), entryFor(audit.AgentAdd, start), name, func(before agent.Account) (agent.Account, error) {
		after, _, err := agent.Enrol(s.keys, before, name, agent.RoleAgent)
		return after, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *store) disable(t *testing.T, name string) {
	t.Helper()
	if _, err := s.Agents(s.keys).Change(t.Context(), entryFor(audit.AgentDisable, start), name, agent.Account.Disable); err != nil {
		t.Fatal(err)
	}
}

// TestTamperedAgents: whatever is done to the rows of accounts by somebody who may write the
// database, none is read that is not so, and none that there is as missing.
func TestTamperedAgents(t *testing.T) {
	base := newStore(t)
	base.enrol(t, "hanako")
	earlier := base.copyStore(t)
	base.disable(t, "hanako")
	path := base.copyStore(t)
	columns, _ := columnsOf(t, base.raw(t), "agent_accounts")
	harms := map[string][]string{
		"deleted":  {`DELETE FROM agent_accounts`},
		"put back": {`ATTACH '` + earlier + `' AS old`, `DELETE FROM agent_accounts`, `INSERT INTO agent_accounts SELECT * FROM old.agent_accounts`},
		"enabled":  {`UPDATE agent_accounts SET disabled = 0`},
		"promoted": {`UPDATE agent_accounts SET role = 'supervisor'`},
		"renamed":  {`UPDATE agent_accounts SET handle = randomblob(32)`},
	}
	for _, c := range columns {
		harms[c+" mistyped"] = mistyped("agent_accounts", c, otherType, "")
	}
	for name, do := range harms {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "harmed.db")
			copyFile(t, path, to)
			s := base.in(t, to)
			s.damage(t, do)
			if a, err := s.Agents(s.keys).Account(t.Context(), "hanako"); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("read as %+v, %v", a, err)
			}
			if all, err := s.Agents(s.keys).All(t.Context()); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("listed as %+v, %v", all, err)
			}
			if _, err := s.Agents(s.keys).Change(t.Context(), entryFor(audit.AgentDisable, start), "hanako", agent.Account.Disable); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("changed: %v", err)
			}
		})
	}
}

// TestAgentsLeaveAKey: once a tag key is retired the accounts are there, the disabled ones as
// well; and it is told which of them a member-id seal proves.
func TestAgentsLeaveAKey(t *testing.T) {
	s, files := newRotatedStore(t)
	s.enrol(t, "hanako")
	s.enrol(t, "ken")
	s.disable(t, "ken")
	both := s.under(t, files.both)
	for range 2 {
		if err := both.Agents(files.both).LeaveKey(t.Context(), firstKey, entryFor(audit.KeyRetired, start)); err != nil {
			t.Fatal(err)
		}
	}
	after := s.under(t, files.after)
	all, err := after.Agents(files.after).All(t.Context())
	if err != nil || len(all) != 2 || all[0].Disabled || !all[1].Disabled {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := after.Agents(files.after).Account(t.Context(), "taro"); !errors.Is(err, agent.ErrNoAccount) {
		t.Errorf("nobody: %v", err)
	}
	names, err := after.Agents(files.after).Under(t.Context(), [4]byte(all[0].TOTP))
	if err != nil || strings.Join(names, " ") != "hanako" {
		t.Errorf("under its key: %v, %v", names, err)
	}
	if names, err := after.Agents(files.after).Under(t.Context(), [4]byte{}); err != nil || len(names) != 0 {
		t.Errorf("under no key: %v, %v", names, err)
	}
}

// TestAgentsDistrust: while the log is known to be altered nobody is let in.
func TestAgentsDistrust(t *testing.T) {
	s := newStore(t)
	s.enrol(t, "hanako")
	a := s.Agents(s.keys)
	a.Distrust(breach.ErrUnproven)
	if _, err := a.Account(t.Context(), "hanako"); !errors.Is(err, breach.ErrUnproven) {
		t.Errorf("read: %v", err)
	}
	a.Distrust(nil)
	if _, err := a.Account(t.Context(), "hanako"); err != nil {
		t.Error(err)
	}
}
