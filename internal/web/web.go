package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/web/guard"
	"exposure/internal/web/static"
)

// Verifier proves mailboxes and letters.
//
// All methods are safe for concurrent use and return the sentinels of lookup. None of
// them tells whether an address is known.
type Verifier interface {
	Start(ctx context.Context, c lookup.Client, address string) (lookup.Started, error)
	Begin(ctx context.Context, c lookup.Client, address string) (lookup.Started, error)
	Resend(ctx context.Context, c lookup.Client, id, secret string) (lookup.Started, error)
	Confirm(ctx context.Context, c lookup.Client, id, secret, code string) (lookup.Confirmed, error)
	ConfirmLetter(ctx context.Context, c lookup.Client, number string) (lookup.Confirmed, error)
}

// Reporter answers the holder of a session or of a verification, and anybody about the
// incident itself.
//
// All methods are safe for concurrent use and return the sentinels of lookup. A report is
// returned only when its audit row is committed. Recall asks no store. RequestReset is
// lookup.ErrResetNotApplicable for whoever may not set a new password, whatever the reason.
type Reporter interface {
	Report(ctx context.Context, c lookup.Client, token string) (breach.Report, error)
	RequestReset(ctx context.Context, c lookup.Client, token string) (lookup.Ticket, error)
	End(ctx context.Context, c lookup.Client, token string) error
	Public(ctx context.Context) lookup.Public
	Recall(id, secret string) (lookup.Begun, error)
}

// Config is all the pages depend on. One *lookup.Service is both Verifier and Reporter.
type Config struct {
	Verifier  Verifier
	Reporter  Reporter
	Mails     Mails            // default: mails come at once
	PublicURL *url.URL         // as published; https makes cookies Secure and __Host-
	Now       func() time.Time // default: time.Now
}

// Web is the door. It is safe for concurrent use.
type Web struct {
	verifier Verifier
	reporter Reporter
	mails    Mails
	incident *breach.Incident
	now      func() time.Time
	cookies  cookies
	pages    map[breach.Locale]*renderer
	static   *static.Files
	forms    echo.MiddlewareFunc // lets in those of our own pages

	policyToShop string // of pages whose form leads to the shop; empty: there is no such page
}

//go:embed templates
var files embed.FS

// New makes the door of one incident.
func New(c Config) (*Web, error) {
	if c.Verifier == nil || c.Reporter == nil || c.PublicURL == nil {
		return nil, errors.New("web: Verifier, Reporter or PublicURL is missing")
	}
	in := c.Reporter.Public(context.Background()).Incident
	if in == nil || in.Zone == nil || len(in.Locales) == 0 {
		return nil, errors.New("web: the incident has no zone or no locale")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Mails == nil {
		c.Mails = inTime{}
	}
	w := &Web{
		verifier: c.Verifier, reporter: c.Reporter, mails: c.Mails, incident: in, now: c.Now,
		cookies: cookies{secure: c.PublicURL.Scheme == "https"},
		pages:   map[breach.Locale]*renderer{}, policyToShop: policyTo(in.ResetURL),
	}
	var err error
	if w.forms, err = guard.Forms(c.PublicURL, w.crossSite); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if w.static, err = static.New(pathStatic, static.Common(static.Style, static.Script, static.Icon)); err != nil {
		return nil, err
	}
	for _, l := range in.Locales {
		if w.pages[l], err = newRenderer(files, l, in); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Paths of the pages.
const (
	pathLanding  = "/"
	pathAddress  = "/lookup"
	pathHeld     = "/long-code"
	pathCode     = "/code"
	pathResend   = "/code/resend"
	pathRestart  = "/code/restart"
	pathLost     = "/code/help"
	pathResult   = "/result"
	pathReset    = "/result/password"
	pathFinish   = "/result/finish"
	pathFinished = "/finished"
	pathLetter   = "/letter"
	pathFAQ      = "/faq"
	pathStatic   = "/static/"
)

// Routes adds the pages, one by one: a group of Echo's would answer for every path there is.
func (w *Web) Routes(e *echo.Echo) {
	for path, h := range map[string]handler{
		pathLanding: w.landing, pathAddress: w.ask(w.forMail()), pathHeld: w.ask(w.forHeld()), pathCode: w.askCode, pathLost: w.codeLost,
		pathResult: w.result, pathFinished: w.finished, pathLetter: w.askLetter, pathFAQ: w.faq,
	} {
		e.GET(path, w.handle(h), w.headers)
	}
	for path, h := range map[string]handler{
		pathAddress: w.take(w.forMail()), pathHeld: w.take(w.forHeld()), pathCode: w.takeCode, pathResend: w.resend, pathRestart: w.restart,
		pathReset: w.startReset, pathFinish: w.finish, pathLetter: w.takeLetter,
	} {
		e.POST(path, w.handle(h), w.headers, w.forms)
	}
	e.GET(pathStatic+":name", w.serveStatic, w.headers)
}

func (w *Web) serveStatic(c echo.Context) error {
	if !w.static.Serve(c.Response(), c.Request(), c.Param("name")) {
		return echo.ErrNotFound
	}
	return nil
}
