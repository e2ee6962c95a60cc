package reset_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// start is the time at which these tests begin.
var start = time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)

// shopRig is the service over a real database, with a clock that stands still.
type shopRig struct {
	*reset.Service
	store   *sqlstore.Resets
	keys    *vault.Server
	path    string // of the database
	keyFile []byte
	clock   atomic.Int64 // nanoseconds after start
}

func (g *shopRig) now() time.Time            { return start.Add(time.Duration(g.clock.Load())) }
func (g *shopRig) at(after time.Duration)    { g.clock.Store(int64(after)) }
func (g *shopRig) print(id, p string) []byte { return g.keys.PasswordFingerprint(id, []byte(p)) }

// newShopRig plans and orders the resets of members, whose passwords are "old".
func newShopRig(t *testing.T, shop reset.Connector, ids ...string) *shopRig {
	t.Helper()
	file := filepath.Join(t.TempDir(), "exposure.db")
	path := "sqlite:" + file
	if err := sqlstore.Migrate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	data, _, err := vault.Generate(start)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.ParseServer(data)
	if err != nil {
		t.Fatal(err)
	}
	g := &shopRig{store: db.Resets(keys), keys: keys, path: file, keyFile: data}
	g.Service = reset.NewService(g.store, shop, g.now)
	var planned []reset.Planned
	for _, id := range ids {
		planned = append(planned, reset.Planned{MemberID: id, Fingerprint: g.print(id, "old")})
	}
	if _, err := g.store.Plan(t.Context(), g.operator(audit.ResetPlan), planned); err != nil {
		t.Fatal(err)
	}
	g.change(t, audit.ResetOrder, func(r breach.Reset) (breach.Reset, error) { return r.Order(g.now()), nil }, ids...)
	return g
}

func (g *shopRig) operator(a audit.Action) audit.Entry {
	return audit.Entry{At: g.now(), Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

func (g *shopRig) change(t *testing.T, a audit.Action, step reset.Step, ids ...string) []breach.Reset {
	t.Helper()
	all, err := g.store.Change(t.Context(), g.operator(a), ids, step)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (g *shopRig) ticket(t *testing.T, ids ...string) reset.Ticket {
	t.Helper()
	got, err := g.issue(t, ids...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (g *shopRig) issue(t *testing.T, ids ...string) (reset.Ticket, error) {
	return g.Issue(t.Context(), reset.TicketOrder{Members: ids, Actor: audit.Actor{Kind: audit.Customer}, Version: 1})
}

func (g *shopRig) state(t *testing.T, id string) breach.ResetState {
	t.Helper()
	r, err := g.store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.State
}
