package console

import (
	"context"
	"fmt"

	"exposure/internal/agent"
	"exposure/internal/wire"
)

// SignInAgent begins a session.
func (d *Console) SignInAgent(ctx context.Context, r SignInAgentRequestObject) (SignInAgentResponseObject, error) {
	in, err := d.c.Accounts.SignIn(ctx, callerOf(ctx).from, r.Body.Name, r.Body.Password, r.Body.Code)
	if err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	s := wire.SignedIn{
		Token: in.Token, ExpiresAt: d.instant(in.Agent.Ends), Name: in.Agent.Name, Role: wire.AgentRole(in.Agent.Role),
		MustChangePassword: in.Agent.MustChange, Trained: in.Agent.Trained,
	}
	if in.PaperCodesLeft >= 0 {
		s.PaperCodesLeft = &in.PaperCodesLeft
	}
	return SignInAgent201JSONResponse(s), nil
}

// GetAgentSession tells who is signed in.
func (d *Console) GetAgentSession(ctx context.Context, _ GetAgentSessionRequestObject) (GetAgentSessionResponseObject, error) {
	who := callerOf(ctx).who
	return GetAgentSession200JSONResponse(wire.AgentSession{
		ExpiresAt: d.instant(who.Ends), Name: who.Name, Role: wire.AgentRole(who.Role), MustChangePassword: who.MustChange, Trained: who.Trained,
	}), nil
}

// SignOutAgent ends the session.
func (d *Console) SignOutAgent(ctx context.Context, _ SignOutAgentRequestObject) (SignOutAgentResponseObject, error) {
	if err := d.c.Accounts.SignOut(ctx, callerOf(ctx).who); err != nil {
		return nil, fmt.Errorf("signing out: %w", err)
	}
	return SignOutAgent204Response{}, nil
}

// ChangeAgentPassword sets a new password of one's own.
func (d *Console) ChangeAgentPassword(ctx context.Context, r ChangeAgentPasswordRequestObject) (ChangeAgentPasswordResponseObject, error) {
	if err := d.c.Accounts.ChangePassword(ctx, callerOf(ctx).who, r.Body.OldPassword, r.Body.NewPassword); err != nil {
		return nil, fmt.Errorf("changing a password: %w", err)
	}
	return ChangeAgentPassword204Response{}, nil
}

// GetFacts tells what may be told to anybody.
func (d *Console) GetFacts(_ context.Context, r GetFactsRequestObject) (GetFactsResponseObject, error) {
	in := d.c.Incident
	l := in.Locales[0]
	if r.Params.Locale != nil {
		if !r.Params.Locale.Valid() {
			return nil, ErrLocale
		}
		l = offered(in, *r.Params.Locale)
	}
	all := wire.FromIncident(in, in.ContactAt(d.c.Now()), nil, l)
	return GetFacts200JSONResponse(wire.Facts{
		Locale: all.Locale, MailFrom: all.MailFrom, Contact: all.Contact, Timeline: all.Timeline, Faq: all.Faq, Exclusions: all.Exclusions,
	}), nil
}

// GetCounts tells what was done in a day.
func (d *Console) GetCounts(ctx context.Context, r GetCountsRequestObject) (GetCountsResponseObject, error) {
	day := d.today()
	if r.Params.Day != nil {
		day = d.dayOf(r.Params.Day.Time)
	}
	all, err := d.c.Tickets.Counts(ctx, callerOf(ctx).who, day)
	if err != nil {
		return nil, fmt.Errorf("counting a day: %w", err)
	}
	return GetCounts200JSONResponse(d.counts(all)), nil
}

// each is every choice there is, in order, with how often it was made.
func each[From ~string, To any](all []From, counted map[From]int, say func(From, int) To) []To {
	said := make([]To, 0, len(all))
	for _, x := range all {
		said = append(said, say(x, counted[x]))
	}
	return said
}

func (d *Console) reasons(c agent.Counts) []wire.ReasonCount {
	return each(agent.Reasons(), c.Calls, func(r agent.Reason, n int) wire.ReasonCount {
		return wire.ReasonCount{Reason: wire.CallReason(r), Count: n}
	})
}

func (d *Console) outcomes(c agent.Counts) []wire.OutcomeCount {
	return each(agent.Outcomes(), c.Outcomes, func(o agent.Outcome, n int) wire.OutcomeCount {
		return wire.OutcomeCount{Outcome: wire.CallOutcome(o), Count: n}
	})
}
