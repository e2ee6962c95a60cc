package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// AgentNames are the accounts of the demo's call centre, by role.
func AgentNames() map[agent.Role]string {
	return map[agent.Role]string{agent.RoleAgent: "sato", agent.RoleSupervisor: "suzuki"}
}

// NewAgents makes an account of each role at the demo's desk, or makes it anew, by the code
// an operator uses. What is returned can be had only once.
func NewAgents(ctx context.Context, db *sqlstore.DB, keys *vault.Server) (map[agent.Role]agent.Credentials, error) {
	store, all := db.Agents(keys), map[agent.Role]agent.Credentials{}
	for role, name := range AgentNames() {
		given, err := enrol(ctx, store, keys, name, role)
		if err != nil {
			return nil, fmt.Errorf("making the demo's account %s: %w", name, err)
		}
		all[role] = given
	}
	return all, nil
}

func enrol(ctx context.Context, store *sqlstore.Agents, keys *vault.Server, name string, role agent.Role) (given agent.Credentials, err error) {
	_, err = store.Change(ctx, did(audit.AgentAdd, time.Now()), name, func(a agent.Account) (agent.Account, error) {
		next, c, err := agent.Enrol(keys, a, name, role)
		given = c
		return next, err
	})
	if !errors.Is(err, agent.ErrAccountExists) {
		return given, err
	}
	_, err = store.Change(ctx, did(audit.AgentReset, time.Now()), name, func(a agent.Account) (agent.Account, error) {
		next, c, err := a.Reset(keys)
		given = c
		return next, err
	})
	return given, err
}
