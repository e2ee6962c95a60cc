package demo

import (
	"context"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// Resets plans and orders the demo's forced resets by the code an operator uses. Its
// connector is the shop's own program, which pulls the list.
type Resets struct {
	store   *sqlstore.Resets
	clients *sqlstore.Clients
	roster  *sqlstore.Roster
	in      *breach.Incident
}

// NewResets returns the resets of the demo's database.
func NewResets(db *sqlstore.DB, keys *vault.Server, in *breach.Incident) *Resets {
	return &Resets{store: db.Resets(keys), clients: db.Clients(keys), roster: db.Roster(keys, in.Digest), in: in}
}

// did is an audit entry of the demo's operator.
func did(what audit.Action, at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Operator, ID: "demo"}, Action: what, Outcome: audit.Done}
}

// Plan plans the resets of the published version. Nobody is barred by that.
func (r *Resets) Plan(ctx context.Context) error {
	version, err := r.roster.Published(ctx)
	if err != nil {
		return fmt.Errorf("planning the demo's resets: %w", err)
	}
	draft, err := reset.NewDraft(ctx, r.store, nil, version.ID, r.in.AsksReset, time.Now())
	if err != nil {
		return fmt.Errorf("planning the demo's resets: %w", err)
	}
	entry := did(audit.ResetPlan, time.Now())
	entry.Version = version.ID
	return draft.Commit(ctx, r.store, entry, func(int) {})
}

// Order orders the resets of everybody planned. It refuses what the operator's program
// refuses, a shop whose forgot page still answers above all.
func (r *Resets) Order(ctx context.Context) error {
	version, err := r.roster.Published(ctx)
	if err != nil {
		return fmt.Errorf("ordering the demo's resets: %w", err)
	}
	order, err := reset.NewOrder(ctx, r.store, version.ID, r.in.AsksReset, nil)
	if err != nil {
		return fmt.Errorf("ordering the demo's resets: %w", err)
	}
	if err := reset.LookAtForgot(ctx, r.in.ForgotURL).Err(); err != nil {
		return fmt.Errorf("ordering the demo's resets: %w", err)
	}
	entry := did(audit.ResetOrder, time.Now())
	entry.Version = version.ID
	return order.Give(ctx, r.store, entry, func(int) {})
}

// Counts are how many resets are in each state, in the order in which states are listed.
func (r *Resets) Counts(ctx context.Context) ([]reset.Count, error) {
	return r.store.Count(ctx, time.Now())
}

// NewClient makes a key for the shop's program, in place of an earlier one.
func (r *Resets) NewClient(ctx context.Context, name string) (key string, err error) {
	text, hashed := client.NewKey(time.Now())
	_, err = r.clients.Change(ctx, did(audit.ClientRevoke, time.Now()), name, func(c client.Client) (client.Client, error) {
		if c.Revoked() {
			return c, nil
		}
		return c.Revoke("")
	})
	if err != nil {
		return "", err
	}
	_, err = r.clients.Change(ctx, did(audit.ClientAdd, time.Now()), name, func(client.Client) (client.Client, error) {
		return client.New(name, client.Scopes(), hashed)
	})
	return text, err
}
