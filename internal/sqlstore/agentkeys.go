package sqlstore

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"exposure/internal/audit"
)

// LeaveKey prepares the accounts for the end of an older tag key: those kept under it are
// written anew under the newest, those that are disabled too, or their end would be
// forgotten with it. Safe to repeat.
func (s *Agents) LeaveKey(ctx context.Context, id string, entry audit.Entry) error {
	entry.Action = audit.AgentAdd // whoever looks for rows that are missing looks for these
	return leaveKey(ctx, s.bindings, s.db, id, agentsBegin, entry, func(w *memberWriter, r *agentRow) error {
		next := *r
		return w.putAgent(true, r, &next)
	})
}

// Under names the accounts that sign in with something made under the key of this id: a
// password's hash, a sealed secret, a paper code. Those that are disabled sign in with
// nothing.
func (s *Agents) Under(ctx context.Context, id [4]byte) (names []string, err error) {
	if err := s.sure(); err != nil {
		return nil, err
	}
	err = s.eachAgent(ctx, s.db.read, func(r *agentRow) {
		prefix := string(id[:])
		needs := strings.Contains(r.password, "keyid="+hex.EncodeToString(id[:])+"$") || strings.HasPrefix(string(r.totp), prefix) ||
			len(r.papers) > len(id) && strings.HasPrefix(string(r.papers), prefix)
		if needs && r.disabled == 0 {
			names = append(names, r.name)
		}
	})
	slices.Sort(names)
	return names, err
}
