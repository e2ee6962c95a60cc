package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
)

const agentColumns = `handle, key_check, name, role, disabled, session_epoch, password, totp, last_step, papers, must_change, trained, signed_in, change, mac`

// agentRow is an account of the call centre's desk as stored.
type agentRow struct {
	bound
	name, role                    string
	disabled, epoch               int64
	password                      string
	totp                          []byte
	lastStep                      int64
	papers                        []byte
	mustChange, trained, signedIn int64
}

func (r *agentRow) label() string { return "agent-account" }

func (r *agentRow) targets() []any {
	return []any{optional{r.handle[:]}, optional{r.keyCheck[:]}, optional{&r.name}, optional{&r.role}, optional{&r.disabled}, optional{&r.epoch},
		optional{&r.password}, optional{&r.totp}, optional{&r.lastStep}, optional{&r.papers}, optional{&r.mustChange}, optional{&r.trained},
		optional{&r.signedIn}, optional{&r.change}, optional{r.mac[:]}}
}

func (r *agentRow) parts() [][]byte {
	return [][]byte{[]byte(r.name), []byte(r.role), num(r.disabled), num(r.epoch), []byte(r.password), r.totp, num(r.lastStep), r.papers,
		num(r.mustChange), num(r.trained), num(r.signedIn)}
}

func (r *agentRow) values() []any {
	return []any{r.handle[:], r.keyCheck[:], r.name, r.role, r.disabled, r.epoch, r.password, r.totp, r.lastStep, r.papers, r.mustChange, r.trained,
		r.signedIn, r.change, r.mac[:]}
}

func (r *agentRow) account() agent.Account {
	a := agent.Account{
		Name: r.name, Role: agent.Role(r.role), Disabled: r.disabled == 1, Epoch: r.epoch, Password: r.password, TOTP: r.totp, LastStep: r.lastStep,
		Papers: r.papers, MustChange: r.mustChange == 1, Trained: r.trained == 1,
	}
	if r.signedIn != 0 {
		a.SignedIn = time.UnixMilli(r.signedIn).UTC()
	}
	return a
}

func (r *agentRow) set(a agent.Account) {
	r.name, r.role, r.disabled, r.epoch, r.password = a.Name, string(a.Role), flag(a.Disabled), a.Epoch, a.Password
	r.totp, r.lastStep, r.papers, r.mustChange, r.trained = bytes.Clone(a.TOTP), a.LastStep, bytes.Clone(a.Papers), flag(a.MustChange), flag(a.Trained)
	if r.signedIn = 0; !a.SignedIn.IsZero() {
		r.signedIn = a.SignedIn.UnixMilli()
	}
}

// says tells whether two rows say the same, whatever they are kept under.
func (r *agentRow) says(o *agentRow) bool {
	return slices.EqualFunc(r.parts(), o.parts(), bytes.Equal)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// agentKey is the name by which handles are made of an account.
func agentKey(name string) string { return "A:" + name }

// Agents keeps the accounts of the call centre's desk. It implements [agent.Roll]. Every row
// is proven before it is told, and every change is written with its audit entry: a row that
// is edited, planted or put back is none, and an account that was disabled stays so. Safe
// for concurrent use, by several processes as well.
type Agents struct {
	logDoubt
	bindings
	db       *DB
	byHandle lazyStmt
}

var _ agent.Roll = (*Agents)(nil)

// Agents returns the accounts of the database under these keys.
func (db *DB) Agents(keys ResetKeys) *Agents { return &Agents{bindings: bindings{keys}, db: db} }

func (s *Agents) sure() error {
	if err := s.trusted(); err != nil {
		return err
	}
	return s.db.inPlaceUnread()
}

var (
	agentByHandle = byHandle("agent_accounts", prefixed("r", agentColumns))
	agentsBegin   = rowsOf("agent_accounts", prefixed("h", agentColumns))
	insertAgent   = `INSERT OR REPLACE INTO agent_accounts (` + agentColumns + `) VALUES (?` + strings.Repeat(`, ?`, strings.Count(agentColumns, ",")) + `)`
)

// Account implements agent.Roll.
func (s *Agents) Account(ctx context.Context, name string) (agent.Account, error) {
	if err := s.sure(); err != nil {
		return agent.Account{}, err
	}
	ctx, err := unbroken(ctx)
	if err != nil {
		return agent.Account{}, unread(err)
	}
	stmt, err := s.byHandle.prepare(ctx, s.db.read, agentByHandle)
	if err != nil {
		return agent.Account{}, unread(err)
	}
	var row agentRow
	found, err := s.find(ctx, stmt, agentKey(name), &row)
	switch {
	case err != nil:
		return agent.Account{}, err
	case !found:
		return agent.Account{}, agent.ErrNoAccount
	}
	return row.account(), nil
}

// Change implements agent.Roll. What is written is written under the newest keys.
func (s *Agents) Change(ctx context.Context, entry audit.Entry, name string, step agent.Step) (after agent.Account, err error) {
	if err := s.sure(); err != nil {
		return agent.Account{}, err
	}
	err = s.bindings.change(ctx, s.db, entry, func(w *memberWriter) error {
		row, found, err := w.agent(name)
		if err != nil {
			return err
		}
		before := row.account()
		if after, err = step(before); err != nil {
			return err
		}
		next := row
		if next.set(after); found && next.says(&row) {
			return nil
		}
		return w.putAgent(found, &row, &next)
	})
	if err != nil {
		return agent.Account{}, fmt.Errorf("changing an account: %w", err)
	}
	return after, nil
}

// agent finds an account as it is now.
func (w *memberWriter) agent(name string) (row agentRow, found bool, err error) {
	stmt, err := w.tx.PrepareContext(w.ctx, agentByHandle)
	if err != nil {
		return row, false, err
	}
	defer stmt.Close()
	found, err = w.find(w.ctx, stmt, agentKey(name), &row)
	return row, found, err
}

// putAgent writes an account under the newest key.
func (w *memberWriter) putAgent(found bool, before, next *agentRow) error {
	next.handle, next.keyCheck = w.keys.PersonHandles(agentKey(next.name))[0], w.keys.RosterKeys()[0].Check
	if err := w.rename(found, "agent_accounts", before.handle, next.handle); err != nil {
		return err
	}
	state := next.role
	if next.disabled == 1 {
		state = "disabled"
	}
	if err := w.bind(next, state); err != nil {
		return err
	}
	_, err := w.tx.ExecContext(w.ctx, insertAgent, next.values()...)
	return err
}

// All lists the accounts by name, those that are disabled too. Each is proven, and that none
// of those is missing that were ever added.
func (s *Agents) All(ctx context.Context) (all []agent.Account, err error) {
	if err := s.sure(); err != nil {
		return nil, err
	}
	err = s.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		if err := s.eachAgent(ctx, tx, func(r *agentRow) { all = append(all, r.account()) }); err != nil {
			return err
		}
		return s.lost(ctx, tx, ofAgents)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b agent.Account) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// eachAgent proves and visits all accounts.
func (b bindings) eachAgent(ctx context.Context, q querier, visit func(*agentRow)) error {
	rows, err := q.QueryContext(ctx, agentsBegin)
	if err != nil {
		return unread(err)
	}
	return eachBound(b, rows, func(r *agentRow) error {
		visit(r)
		return b.checkName(&r.bound, agentKey(r.name))
	})
}
