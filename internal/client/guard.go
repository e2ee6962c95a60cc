package client

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"exposure/internal/audit"
	"exposure/internal/ratelimit"
)

var (
	// ErrKey: no live key of a client that may call. Why is not told.
	ErrKey = errors.New("the key is not accepted")
	// ErrScope: the client may not do that.
	ErrScope = errors.New("the client has not the scope for this")
	// ErrUnavailable: whether a client may call cannot be said now.
	ErrUnavailable = errors.New("clients cannot be checked now")
)

// Directory keeps the clients. ByKey finds the client with a key of this hash, suspended or
// not, or returns ErrUnknown; any doubt is another error. Change changes a client together
// with its audit row. Used notes the day on which a key was used.
type Directory interface {
	ByKey(ctx context.Context, hash [32]byte) (Client, error)
	Change(ctx context.Context, entry audit.Entry, name string, step func(Client) (Client, error)) (Client, error)
	Used(ctx context.Context, hash [32]byte, at time.Time) error
}

// Limits counts. Take counts calls, Distinct different things; over the limit both return
// *ratelimit.Exceeded.
type Limits interface {
	Take(ctx context.Context, name ratelimit.Name, key string) (ratelimit.Usage, error)
	Distinct(ctx context.Context, name ratelimit.Name, key string, thing ratelimit.Thing) (ratelimit.Usage, error)
}

// Event is something worth counting.
type Event string

// The events.
const (
	KeyRefused   Event = "key_refused"
	ScopeRefused Event = "scope_refused"
	Suspended    Event = "suspended"
	TicketsTried Event = "tickets_tried" // more than the limit client-tickets
)

// Config is what a Guard needs. Tell may be nil.
type Config struct {
	Directory Directory
	Limits    Limits
	// Hash stands for a network or a member in the limits: nobody who reads these learns
	// whom a shop asked about.
	Hash func([]byte) [16]byte
	Tell func(Event) // it must not wait
	Now  func() time.Time
}

// Guard admits clients and stops those that probe. Safe for concurrent use.
type Guard struct {
	Config
	mu   sync.Mutex
	used map[[32]byte]int64 // the day on which a use of the key was last noted
}

// NewGuard checks the configuration.
func NewGuard(c Config) (*Guard, error) {
	if c.Directory == nil || c.Limits == nil || c.Hash == nil {
		return nil, errors.New("client: Directory, Limits or Hash is missing")
	}
	if c.Tell == nil {
		c.Tell = func(Event) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Guard{Config: c, used: map[[32]byte]int64{}}, nil
}

// Admit finds the client of a key and tells whether it may do this. ErrKey is the same for
// a key that is unknown, revoked or of a suspended client, and for what is none. The limit
// by network is only asked about keys that are not accepted, so that nobody who tries keys
// from a shop's network can keep the shop out.
func (g *Guard) Admit(ctx context.Context, from netip.Addr, key string, need Scope) (Client, error) {
	c, hash, err := g.find(ctx, key)
	switch {
	case errors.Is(err, ErrUnknown):
		g.Tell(KeyRefused)
		return Client{}, g.refuseKey(ctx, from)
	case err != nil:
		return Client{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case !c.May(need):
		g.Tell(ScopeRefused)
		return Client{}, ErrScope
	}
	g.noteUse(ctx, hash)
	return c, nil
}

func (g *Guard) find(ctx context.Context, key string) (c Client, hash [32]byte, err error) {
	hash, formed := HashKey(key)
	if !formed {
		return c, hash, ErrUnknown
	}
	c, err = g.Directory.ByKey(ctx, hash)
	if err == nil && !c.Suspended.IsZero() {
		err = ErrUnknown
	}
	return c, hash, err
}

func (g *Guard) refuseKey(ctx context.Context, from netip.Addr) error {
	network := g.Hash([]byte("client-ip " + networkOf(from)))
	_, err := g.Limits.Take(ctx, ratelimit.ClientIP, hex.EncodeToString(network[:]))
	over := new(ratelimit.Exceeded)
	switch {
	case err == nil:
		return ErrKey
	case errors.As(err, &over):
		return over
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// networkOf is what counts as one address. Of IPv6 it is the whole /48 that one owner may
// have: keys that are accepted never wait for this limit, so none of its other customers
// loses anything by it, and 65,536 /64s begin no counter each.
func networkOf(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits) // of no address at all: all such share one
	return p.String()
}

// noteUse notes the first use of a key on a day. That it fails stands in nobody's way.
func (g *Guard) noteUse(ctx context.Context, hash [32]byte) {
	now := g.Now()
	day := now.Unix() / (24 * 60 * 60)
	g.mu.Lock()
	first := g.used[hash] != day
	g.used[hash] = day
	g.mu.Unlock()
	if first && g.Directory.Used(ctx, hash, now) != nil {
		g.mu.Lock()
		delete(g.used, hash) // the next use notes it
		g.mu.Unlock()
	}
}

// Called counts a completion or a page of the list. It never fails for want of a limit.
func (g *Guard) Called(ctx context.Context, c Client) error {
	_, err := g.Limits.Take(ctx, ratelimit.ClientRequest, c.Name)
	if over := new(ratelimit.Exceeded); errors.As(err, &over) {
		return over
	}
	return nil
}

// Asked counts a member the client asked the gate about, before it is told anything. One
// that may read the list learns nothing by it and is not counted.
func (g *Guard) Asked(ctx context.Context, c Client, memberID string) error {
	if c.May(List) {
		return nil
	}
	return g.probe(ctx, c, ratelimit.ClientMembers, memberID)
}

// Refused counts a member whose completion was refused.
func (g *Guard) Refused(ctx context.Context, c Client, memberID string) error {
	return g.probe(ctx, c, ratelimit.ClientRefused, memberID)
}

// TicketRefused counts a ticket that was not accepted. Anybody can open a shop's page with
// an invented one: that is told, and no reason to shut the shop out.
func (g *Guard) TicketRefused(ctx context.Context, c Client, ticket string) {
	_, err := g.Limits.Distinct(ctx, ratelimit.ClientTickets, counted(c), g.Hash([]byte("ticket "+ticket)))
	if over := new(ratelimit.Exceeded); errors.As(err, &over) {
		g.Tell(TicketsTried)
	}
}

// counted is the name of a client's counts. They begin anew with its oldest key: one that
// got a key after it was suspended is not held to what others did before.
func counted(c Client) string { return c.Name + ":" + c.Keys[0].ID() }

// probe counts a member, and suspends the client that had to do with too many.
func (g *Guard) probe(ctx context.Context, c Client, limit ratelimit.Name, memberID string) error {
	_, err := g.Limits.Distinct(ctx, limit, counted(c), g.Hash([]byte("member "+memberID)))
	over := new(ratelimit.Exceeded)
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &over):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := g.suspend(ctx, c, limit); err != nil {
		return fmt.Errorf("%w: suspending a client: %w", ErrUnavailable, err)
	}
	return ErrKey
}

// suspendWithin bounds suspending, which goes on when the client has left.
const suspendWithin = 10 * time.Second

// suspend suspends the client as it was when it called: one whose keys have changed
// meanwhile is left alone.
func (g *Guard) suspend(ctx context.Context, c Client, limit ratelimit.Name) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), suspendWithin)
	defer cancel()
	now, first := g.Now(), false
	entry := audit.Entry{
		At: now, Actor: audit.Actor{Kind: audit.System}, Action: audit.ClientSuspend, Outcome: audit.Done, Detail: string(limit),
	}
	_, err := g.Directory.Change(ctx, entry, c.Name, func(is Client) (Client, error) {
		if first = is.Suspended.IsZero() && sameKeys(is, c); !first {
			return is, nil
		}
		return is.Suspend(now)
	})
	if err == nil && first {
		g.Tell(Suspended)
	}
	return err
}

func sameKeys(a, b Client) bool {
	return slices.EqualFunc(a.Keys, b.Keys, func(x, y Key) bool { return x.Hash == y.Hash })
}
