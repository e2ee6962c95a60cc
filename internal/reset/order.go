package reset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

var (
	// ErrHeld: nothing is ordered while resets are held.
	ErrHeld = errors.New("resets are held")
	// ErrNothingPlanned: there is nobody whose reset could be ordered.
	ErrNothingPlanned = errors.New("no reset is planned")
	// ErrPlanIsOld: the plan is not that of the published version.
	ErrPlanIsOld = errors.New("the plan is not that of the published version: run \"exposurectl reset plan\" again")
	// ErrNotPlanned: the reset of a member who was named cannot be ordered.
	ErrNotPlanned = errors.New("their reset is not planned")
	// ErrConnectorBlocked: the connector cannot do what an order would ask of it.
	ErrConnectorBlocked = errors.New("the connector cannot carry out an order")
)

// OrderStore is what ordering needs of the store.
type OrderStore interface {
	Reader
	Members(ctx context.Context, version int64, asks func(breach.Person) bool) ([]Member, error)
	Change(ctx context.Context, entry audit.Entry, memberIDs []string, step Step) ([]breach.Reset, error)
	Held(ctx context.Context) (*Hold, error)
	Published(ctx context.Context) (version int64, err error)
}

// Order is an order that may be given.
type Order struct {
	version int64
	members []string

	Planned int // all whose reset is planned, named or not
	Before  int // of those named, or of all: how many were ordered before
}

// Members are the ids of those whose reset it orders, in order. None: all that was asked
// for is ordered already.
func (o *Order) Members() []string { return o.members }

// NewOrder draws up an order for the members named, or for everybody planned when none is.
// It changes nothing. It refuses while resets are held, when nothing was ever planned, and
// for a plan of another version, because what it orders cannot be taken back.
func NewOrder(ctx context.Context, st OrderStore, version int64, asks func(breach.Person) bool, named []string) (*Order, error) {
	if err := notHeld(ctx, st); err != nil {
		return nil, err
	}
	rows, err := All(ctx, st)
	if err != nil {
		return nil, err
	}
	listed, err := st.Members(ctx, version, asks)
	if err != nil {
		return nil, fmt.Errorf("reading the members of version %d: %w", version, err)
	}
	asked := map[string]bool{}
	missing := 0
	for _, m := range listed {
		asked[m.ID] = true
		if _, planned := rows[m.ID]; !planned {
			missing++
		}
	}
	o := &Order{version: version}
	if len(named) > 0 {
		return o, o.named(rows, asked, named)
	}
	return o, o.all(rows, asked, missing)
}

func notHeld(ctx context.Context, st interface {
	Held(context.Context) (*Hold, error)
}) error {
	hold, err := st.Held(ctx)
	if err != nil {
		return fmt.Errorf("reading whether resets are held: %w", err)
	}
	if hold != nil {
		return fmt.Errorf("%w since %s: %s. \"exposurectl reset hold --release\" ends it",
			ErrHeld, hold.Since.UTC().Format("2006-01-02 15:04 MST"), hold.Reason)
	}
	return nil
}

// all takes everybody planned. The plan must be that of the version: somebody who is
// missing in it would keep a stolen password unnoticed, and of somebody dropped the order
// could not be taken back.
func (o *Order) all(rows map[string]breach.Reset, asked map[string]bool, missing int) error {
	dropped := 0
	for id, r := range rows {
		switch {
		case r.State == breach.ResetPlanned && !asked[id]:
			dropped++
		case r.State == breach.ResetPlanned:
			o.members = append(o.members, id)
		case !r.Planned():
			o.Before++
		}
	}
	slices.SortFunc(o.members, compareIDs)
	o.Planned = len(o.members) + dropped
	switch {
	case len(rows) == 0:
		return fmt.Errorf("%w: run \"exposurectl reset plan\" first", ErrNothingPlanned)
	case missing > 0 || dropped > 0:
		return fmt.Errorf("%w (%d of its members are not in the plan, %d planned ones are not of it)", ErrPlanIsOld, missing, dropped)
	case o.Planned == 0 && o.Before == 0:
		return fmt.Errorf("%w: all members are exempt", ErrNothingPlanned)
	}
	return nil
}

// named takes members by their ids. One that cannot be ordered refuses all of them: it may
// be misspelt.
func (o *Order) named(rows map[string]breach.Reset, asked map[string]bool, named []string) error {
	var unknown, exempt, dropped []string
	ids := slices.SortedFunc(slices.Values(named), compareIDs)
	for _, id := range slices.Compact(ids) {
		r, found := rows[id]
		switch {
		case !found:
			unknown = append(unknown, id)
		case r.State == breach.ResetExempt:
			exempt = append(exempt, id)
		case !r.Planned():
			o.Before++
		case !asked[id]:
			dropped = append(dropped, id)
		default:
			o.members = append(o.members, id)
		}
	}
	for _, r := range rows {
		if r.State == breach.ResetPlanned {
			o.Planned++
		}
	}
	return errors.Join(refused("there is no plan for", unknown), refused("exempt", exempt), refused("not of the published version any more", dropped))
}

func refused(why string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s: %s", ErrNotPlanned, why, strings.Join(ids, ", "))
}

// Give gives the order, and calls done with how many members were ordered. Before each part it
// looks whether resets are held, and whether the version still answers that it was drawn up for:
// of somebody whom another one does not ask any more the order could not be taken back. What is
// published while a part is written stops the next one. It may be repeated after an interruption:
// who is ordered already stays as they are.
func (o *Order) Give(ctx context.Context, st OrderStore, entry audit.Entry, done func(members int)) error {
	for part := range slices.Chunk(o.members, atOnce) {
		if err := errors.Join(notHeld(ctx, st), o.current(ctx, st)); err != nil {
			return err
		}
		entry.At = time.Now()
		order := func(r breach.Reset) (breach.Reset, error) { return r.Order(entry.At), nil }
		if _, err := st.Change(ctx, entry, part, order); err != nil {
			return fmt.Errorf("ordering: %w", err)
		}
		done(len(part))
	}
	return nil
}

func (o *Order) current(ctx context.Context, st OrderStore) error {
	switch v, err := st.Published(ctx); {
	case err != nil:
		return fmt.Errorf("reading which version is published: %w", err)
	case v != o.version:
		return fmt.Errorf("%w: version %d was published meanwhile", ErrPlanIsOld, v)
	}
	return nil
}

// Ready refuses a connector that cannot carry out an order, with all its findings.
func Ready(ctx context.Context, connector Connector) error {
	var blocking []string
	for _, f := range connector.Check(ctx) {
		if f.Blocks {
			blocking = append(blocking, "\n  "+f.Text)
		}
	}
	if len(blocking) > 0 {
		return fmt.Errorf("%w:%s", ErrConnectorBlocked, strings.Join(blocking, ""))
	}
	return nil
}
