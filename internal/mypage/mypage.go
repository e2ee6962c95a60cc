package mypage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/reset"
	"exposure/internal/wire"
)

var (
	// ErrMemberID: what was given cannot be the number of a member here.
	ErrMemberID = errors.New("no number of a member")
	// ErrIdempotencyKey: the header is not one of 1 to 128 visible ASCII characters.
	ErrIdempotencyKey = errors.New("no idempotency key")
	// ErrQuery: a parameter of the list is out of its range.
	ErrQuery = errors.New("no such list")
)

// Resets answers about forced resets. Gate reads one row; any doubt is an error. Complete
// and Redeem are done once their audit rows are committed; they return the sentinels of
// breach for what the shop did not earn.
type Resets interface {
	Gate(ctx context.Context, memberID string) (reset.Gate, error)
	Complete(ctx context.Context, client, memberID string) (breach.Reset, error)
	List(ctx context.Context, q reset.Query) ([]reset.Listed, error)
	Redeem(ctx context.Context, client, ticket string) ([]string, error)
	Held(ctx context.Context) (bool, error)
}

// Kits takes the reports of kits. It passes over whatever is stale or about nobody, so that
// an answer tells nothing of a member.
type Kits interface {
	Report(ctx context.Context, client string, r reset.KitReport) error
}

// Claims remembers for which member a client's idempotency key was used first; for another
// one it returns client.ErrKeyReused.
type Claims interface {
	Claim(ctx context.Context, name, key, memberID string, at time.Time) error
}

// Guard admits clients and stops those that probe.
type Guard interface {
	Admit(ctx context.Context, from netip.Addr, key string, need client.Scope) (client.Client, error)
	Called(ctx context.Context, c client.Client) error
	Asked(ctx context.Context, c client.Client, memberID string) error
	Refused(ctx context.Context, c client.Client, memberID string) error
	TicketRefused(ctx context.Context, c client.Client, ticket string)
}

// Event is something worth counting.
type Event string

// The events. A gate that could not be answered is counted by its status.
const (
	GateRequired     Event = "gate_required"
	GateOpen         Event = "gate_open"
	Completed        Event = "completed"
	CompletionDenied Event = "completion_refused"
	Redeemed         Event = "redeemed"
	TicketDenied     Event = "ticket_refused"
	Listed           Event = "listed"
	KitReported      Event = "kit_reported"
)

// Config is all the door depends on. Count may be nil.
type Config struct {
	Resets Resets
	Kits   Kits
	Claims Claims
	Guard  Guard
	Zone   *time.Location // of the incident: in it times are told
	Count  func(Event)
	Now    func() time.Time
}

// MyPage is the door. It is safe for concurrent use.
type MyPage struct{ c Config }

var _ StrictServerInterface = (*MyPage)(nil)

// New checks the configuration.
func New(c Config) (*MyPage, error) {
	if c.Resets == nil || c.Kits == nil || c.Claims == nil || c.Guard == nil || c.Zone == nil {
		return nil, errors.New("mypage: Resets, Kits, Claims, Guard or Zone is missing")
	}
	if c.Count == nil {
		c.Count = func(Event) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &MyPage{c}, nil
}

// Routes adds the routes of the tag mypage, each behind its scope.
func (m *MyPage) Routes(e *echo.Echo) {
	RegisterHandlersWithOptions(e, NewStrictHandler(m, nil), RegisterHandlersOptions{
		OperationMiddlewares: map[string][]echo.MiddlewareFunc{
			"getMemberReset":      {m.admit(client.Gate)},
			"completeMemberReset": {m.admit(client.Complete)},
			"listMemberResets":    {m.admit(client.List)},
			"redeemTicket":        {m.admit(client.Complete)},
			"reportKit":           {m.admit(client.Enforce)},
		},
	})
}

// GetMemberReset answers a login.
func (m *MyPage) GetMemberReset(ctx context.Context, r GetMemberResetRequestObject) (GetMemberResetResponseObject, error) {
	if !breach.IsMemberID(r.MemberId) {
		return nil, ErrMemberID
	}
	if err := m.c.Guard.Asked(ctx, callerOf(ctx), r.MemberId); err != nil {
		return nil, err
	}
	g, err := m.c.Resets.Gate(ctx, r.MemberId)
	if err != nil {
		return nil, fmt.Errorf("answering a login: %w", err)
	}
	if g.Required {
		m.c.Count(GateRequired)
	} else {
		m.c.Count(GateOpen)
	}
	return GetMemberReset200JSONResponse(m.memberReset(g.Required, g.State, g.Since)), nil
}

// CompleteMemberReset takes the shop's word for a new password, once a ticket was redeemed.
func (m *MyPage) CompleteMemberReset(ctx context.Context, r CompleteMemberResetRequestObject) (CompleteMemberResetResponseObject, error) {
	switch {
	case !breach.IsMemberID(r.MemberId):
		return nil, ErrMemberID
	case !isIdempotencyKey(r.Params.IdempotencyKey):
		return nil, ErrIdempotencyKey
	}
	who := callerOf(ctx)
	if err := m.c.Guard.Called(ctx, who); err != nil {
		return nil, err
	}
	done, err := m.complete(ctx, who, r.MemberId, r.Params.IdempotencyKey)
	if unearned(err) {
		m.c.Count(CompletionDenied)
	}
	if unearned(err) && !errors.Is(err, breach.ErrNotChanged) { // a ticket was redeemed: the shop is only too early
		if suspended := m.c.Guard.Refused(ctx, who, r.MemberId); suspended != nil {
			return nil, suspended
		}
	}
	if err != nil {
		return nil, fmt.Errorf("completing a reset: %w", err)
	}
	m.c.Count(Completed)
	return CompleteMemberReset200JSONResponse(m.memberReset(done.State.Barred(), done.State, done.Since)), nil
}

func (m *MyPage) complete(ctx context.Context, who client.Client, memberID, key string) (breach.Reset, error) {
	if err := m.c.Claims.Claim(ctx, who.Name, key, memberID, m.c.Now()); err != nil {
		return breach.Reset{}, err
	}
	return m.c.Resets.Complete(ctx, who.Name, memberID)
}

// unearned tells whether a completion was refused because of what the shop did.
func unearned(err error) bool {
	for _, refusal := range []error{breach.ErrNoReset, breach.ErrNotRedeemed, breach.ErrNotChanged, client.ErrKeyReused} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// RedeemTicket spends a ticket. It is not among the calls that are limited: anybody can make
// the shop's page send invented tickets, and would stop its completions and real tickets.
func (m *MyPage) RedeemTicket(ctx context.Context, r RedeemTicketRequestObject) (RedeemTicketResponseObject, error) {
	if _, formed := reset.HashTicket(r.Ticket); !formed {
		return nil, breach.ErrTicketSpent
	}
	who := callerOf(ctx)
	members, err := m.c.Resets.Redeem(ctx, who.Name, r.Ticket)
	if errors.Is(err, breach.ErrTicketSpent) {
		m.c.Count(TicketDenied)
		m.c.Guard.TicketRefused(ctx, who, r.Ticket)
	}
	if err != nil {
		return nil, fmt.Errorf("redeeming a ticket: %w", err)
	}
	m.c.Count(Redeemed)
	return RedeemTicket200JSONResponse(wire.Redemption{Members: members}), nil
}

// ListMemberResets tells a page of the list.
func (m *MyPage) ListMemberResets(ctx context.Context, r ListMemberResetsRequestObject) (ListMemberResetsResponseObject, error) {
	q, err := queryOf(r.Params)
	if err != nil {
		return nil, err
	}
	if err := m.c.Guard.Called(ctx, callerOf(ctx)); err != nil {
		return nil, err
	}
	held, err := m.c.Resets.Held(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing resets: %w", err)
	}
	all, err := m.c.Resets.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing resets: %w", err)
	}
	m.c.Count(Listed)
	page := wire.MemberResetList{
		Members: make([]wire.ListedReset, len(all)), NextCursor: cursorOf(q.After, all), More: len(all) == q.Limit, Held: held,
	}
	for i, l := range all {
		page.Members[i] = wire.ListedReset{
			MemberId: l.MemberID, Required: l.State.Barred(), State: wire.ResetState(l.State), Since: wire.Instant(l.Since, m.c.Zone),
		}
	}
	return ListMemberResets200JSONResponse(page), nil
}

// memberReset is what the shop is told about one member.
func (m *MyPage) memberReset(required bool, state breach.ResetState, since time.Time) wire.MemberReset {
	if state == "" {
		return wire.MemberReset{}
	}
	s, at := wire.ResetState(state), wire.Instant(since, m.c.Zone)
	return wire.MemberReset{Required: required, State: &s, Since: &at}
}
