// Package api is the JSON door of the public: it turns requests into calls of the
// journey and reports into the models of openapi.yaml.
//
// It guarantees that its routes and answers are those of the document, and that known
// and unknown addresses are answered alike, because it cannot tell them apart: all it
// has is what the journey returns. It refuses to decide: limits, codes and reports are
// lookup's, statuses of errors are server's.
package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/wire"
)

// Verifier proves mailboxes and letters.
//
// All methods are safe for concurrent use and return the sentinels of lookup, which the
// server turns into problem documents. None of them tells whether an address is known.
type Verifier interface {
	Start(ctx context.Context, c lookup.Client, address string) (lookup.Started, error)
	Begin(ctx context.Context, c lookup.Client, address string) (lookup.Started, error)
	Resend(ctx context.Context, c lookup.Client, id, secret string) (lookup.Started, error)
	Confirm(ctx context.Context, c lookup.Client, id, secret, code string) (lookup.Confirmed, error)
	ConfirmLetter(ctx context.Context, c lookup.Client, number string) (lookup.Confirmed, error)
}

// Reporter answers the holder of a session, and anybody about the incident itself.
//
// All methods are safe for concurrent use and return the sentinels of lookup. A report is
// returned only when its audit row is committed.
type Reporter interface {
	Report(ctx context.Context, c lookup.Client, token string) (breach.Report, error)
	RequestReset(ctx context.Context, c lookup.Client, token string) (lookup.Ticket, error)
	End(ctx context.Context, c lookup.Client, token string) error
	Public(ctx context.Context) lookup.Public
}

// API is the door. It is safe for concurrent use.
type API struct {
	verifier Verifier
	reporter Reporter
	locales  []breach.Locale // of the incident, the first is the default
	zone     *time.Location
}

var _ StrictServerInterface = (*API)(nil)

// New makes the door of one incident. One *lookup.Service is both arguments.
func New(v Verifier, r Reporter) (*API, error) {
	if v == nil || r == nil {
		return nil, errors.New("api: Verifier or Reporter is missing")
	}
	in := r.Public(context.Background()).Incident
	if in == nil || in.Zone == nil || len(in.Locales) == 0 {
		return nil, errors.New("api: the incident has no zone or no locale")
	}
	return &API{verifier: v, reporter: r, locales: in.Locales, zone: in.Zone}, nil
}

// Routes adds the routes of the tag public.
func (a *API) Routes(e *echo.Echo) {
	RegisterHandlers(e, NewStrictHandler(a, []StrictMiddlewareFunc{identify}))
}

// GetIncident tells what anybody may know.
func (a *API) GetIncident(ctx context.Context, r GetIncidentRequestObject) (GetIncidentResponseObject, error) {
	l, err := a.locale(ctx, r.Params.Locale)
	if err != nil {
		return nil, err
	}
	p := a.reporter.Public(ctx)
	return GetIncident200JSONResponse(wire.FromIncident(p.Incident, p.Contact, p.Pause, l)), nil
}

// StartVerification begins a verification and mails a code, unless it is told not to. The
// locale is checked and not used: the mail is in all languages at once, for whoever reads it.
func (a *API) StartVerification(ctx context.Context, r StartVerificationRequestObject) (StartVerificationResponseObject, error) {
	if _, err := a.locale(ctx, r.Body.Locale); err != nil {
		return nil, err
	}
	begin := a.verifier.Start
	if r.Body.SendCode != nil && !*r.Body.SendCode {
		begin = a.verifier.Begin
	}
	s, err := begin(ctx, callerOf(ctx).client, r.Body.Email)
	if err != nil {
		return nil, fmt.Errorf("starting a verification: %w", err)
	}
	return StartVerification202JSONResponse(a.verification(s)), nil
}

// ResendCode mails one more code.
func (a *API) ResendCode(ctx context.Context, r ResendCodeRequestObject) (ResendCodeResponseObject, error) {
	s, err := a.verifier.Resend(ctx, callerOf(ctx).client, r.Id, r.Body.Secret)
	if err != nil {
		return nil, fmt.Errorf("sending one more code: %w", err)
	}
	return ResendCode202JSONResponse(a.verification(s)), nil
}

// ConfirmVerification redeems a code for a report and a session.
func (a *API) ConfirmVerification(ctx context.Context, r ConfirmVerificationRequestObject) (ConfirmVerificationResponseObject, error) {
	l, err := a.locale(ctx, r.Params.Locale)
	if err != nil {
		return nil, err
	}
	c, err := a.verifier.Confirm(ctx, callerOf(ctx).client, r.Id, r.Body.Secret, r.Body.Code)
	if err != nil {
		return nil, fmt.Errorf("confirming a code: %w", err)
	}
	return ConfirmVerification200JSONResponse(a.confirmation(c, l)), nil
}

// ConfirmLetter redeems the number of a letter for a report and a session.
func (a *API) ConfirmLetter(ctx context.Context, r ConfirmLetterRequestObject) (ConfirmLetterResponseObject, error) {
	l, err := a.locale(ctx, r.Params.Locale)
	if err != nil {
		return nil, err
	}
	c, err := a.verifier.ConfirmLetter(ctx, callerOf(ctx).client, r.Body.LetterNumber)
	if err != nil {
		return nil, fmt.Errorf("confirming a letter: %w", err)
	}
	return ConfirmLetter200JSONResponse(a.confirmation(c, l)), nil
}

// GetReport tells the report again.
func (a *API) GetReport(ctx context.Context, r GetReportRequestObject) (GetReportResponseObject, error) {
	l, err := a.locale(ctx, r.Params.Locale)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	if who.token == "" {
		return nil, lookup.ErrUnauthenticated
	}
	report, err := a.reporter.Report(ctx, who.client, who.token)
	if err != nil {
		return nil, fmt.Errorf("reading a report: %w", err)
	}
	return GetReport200JSONResponse(wire.FromReport(report, l)), nil
}

// RequestPasswordReset gives the way to a new password.
func (a *API) RequestPasswordReset(ctx context.Context, _ RequestPasswordResetRequestObject) (RequestPasswordResetResponseObject, error) {
	who := callerOf(ctx)
	if who.token == "" {
		return nil, lookup.ErrUnauthenticated
	}
	ticket, err := a.reporter.RequestReset(ctx, who.client, who.token)
	if err != nil {
		return nil, fmt.Errorf("asking for a reset: %w", err)
	}
	return RequestPasswordReset201JSONResponse{Url: ticket.URL, ExpiresAt: wire.Instant(ticket.ExpiresAt, a.zone)}, nil
}

// EndSession ends the session.
func (a *API) EndSession(ctx context.Context, _ EndSessionRequestObject) (EndSessionResponseObject, error) {
	who := callerOf(ctx)
	if who.token == "" {
		return nil, lookup.ErrUnauthenticated
	}
	if err := a.reporter.End(ctx, who.client, who.token); err != nil {
		return nil, fmt.Errorf("ending a session: %w", err)
	}
	return EndSession204Response{}, nil
}

func (a *API) verification(s lookup.Started) wire.Verification {
	return wire.Verification{
		Id: s.ID, Secret: s.Secret, ExpiresAt: wire.Instant(s.ExpiresAt, a.zone),
		ResendAfter: int(s.ResendAfter / time.Second), CodeDigits: s.CodeDigits,
	}
}

func (a *API) confirmation(c lookup.Confirmed, l breach.Locale) wire.Confirmation {
	return wire.Confirmation{Token: c.Token, ExpiresAt: wire.Instant(c.ExpiresAt, a.zone), Report: wire.FromReport(c.Report, l)}
}
