package console

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/web/guard"
	"exposure/internal/web/static"
)

// Accounts lets agents in. SignIn answers whatever is wrong with the one agent.ErrSignIn.
// Who is asked with every request and is what everything else is done by.
type Accounts interface {
	SignIn(ctx context.Context, from netip.Addr, name, password, second string) (agent.SignedIn, error)
	Who(ctx context.Context, token string) (agent.Agent, error)
	ChangePassword(ctx context.Context, who agent.Agent, old, new string) error
	SignOut(ctx context.Context, who agent.Agent) error
}

// Calls are taken one at a time. A call of another agent is agent.ErrForeignCall, and one
// that there is not agent.ErrNoCall.
type Calls interface {
	Open(ctx context.Context, who agent.Agent, r agent.Reason, training bool) (agent.Call, error)
	Get(ctx context.Context, who agent.Agent, id string) (agent.Call, error)
	Address(ctx context.Context, who agent.Agent, id, address string) (agent.Call, error)
	End(ctx context.Context, who agent.Agent, id string, o agent.Outcome) error
}

// Proofs are what a caller shows, and what is told for it. A report is returned only when
// its audit row is committed; nothing tells whether an address is known.
type Proofs interface {
	SendCode(ctx context.Context, who agent.Agent, id string) (agent.Call, error)
	Confirm(ctx context.Context, who agent.Agent, id, code string) (agent.Told, error)
	ConfirmLetter(ctx context.Context, who agent.Agent, id, number string) (agent.Told, error)
	Told(ctx context.Context, who agent.Agent, id string) (agent.Told, error)
}

// Aids are what else a call can do.
type Aids interface {
	Extend(ctx context.Context, who agent.Agent, id string) (agent.Call, error)
	CheckNumber(ctx context.Context, who agent.Agent, id, number string) (bool, error)
	TrainingCaller(ctx context.Context, who agent.Agent, id string) (agent.Caller, error)
}

// Tickets are what is left for the shop. Counts are for supervisors.
type Tickets interface {
	RequestLetter(ctx context.Context, who agent.Agent, callID string, r agent.LetterRequest) (string, error)
	Open(ctx context.Context, who agent.Agent, callID string, topic agent.Topic, note string) (string, error)
	Ask(ctx context.Context, who agent.Agent, callID, number string) (agent.Ticket, error)
	Counts(ctx context.Context, who agent.Agent, day time.Time) (agent.Counts, error)
}

// ErrLocale: the locale asked for is none of this product.
var ErrLocale = errors.New("no such locale of the desk")

// Config is all the door depends on. One *agent.Calls is Calls, Proofs and Aids.
type Config struct {
	Accounts Accounts
	Calls    Calls
	Proofs   Proofs
	Aids     Aids
	Tickets  Tickets
	Incident *breach.Incident
	URL      *url.URL         // how agents reach it; https makes its cookie Secure and __Host-
	Now      func() time.Time // default: time.Now
}

// Console is the door. It is safe for concurrent use.
type Console struct {
	c      Config
	secure bool // agents come by https
	pages  map[string]*template.Template
	files  *static.Files
	forms  echo.MiddlewareFunc // lets in those of our own pages
	public *publicView
}

var _ StrictServerInterface = (*Console)(nil)

// New checks the configuration.
func New(c Config) (*Console, error) {
	switch {
	case c.Accounts == nil || c.Calls == nil || c.Proofs == nil || c.Aids == nil || c.Tickets == nil:
		return nil, errors.New("console: Accounts, Calls, Proofs, Aids or Tickets is missing")
	case c.Incident == nil || c.Incident.Zone == nil || len(c.Incident.Locales) == 0:
		return nil, errors.New("console: the incident has no zone or no locale")
	case c.URL == nil:
		return nil, errors.New("console: URL is missing")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	d := &Console{c: c, secure: c.URL.Scheme == "https", public: publicOf(c.Incident)}
	var err error
	if d.forms, err = guard.Forms(c.URL, d.crossSite); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	files := static.Common(static.Style, static.Icon)
	files["desk.css"] = deskStyle
	if d.files, err = static.New(pathStatic, files); err != nil {
		return nil, err
	}
	d.pages, err = parse()
	return d, err
}

// Routes adds the routes of the tag agent, each but the first behind a session, and the pages.
func (d *Console) Routes(e *echo.Echo) {
	admit := map[string][]echo.MiddlewareFunc{"signInAgent": {d.admit(nobody)}}
	for _, op := range []string{"getAgentSession", "signOutAgent", "changeAgentPassword"} {
		admit[op] = []echo.MiddlewareFunc{d.admit(anybody)}
	}
	for _, op := range []string{
		"openCall", "getCall", "setCallAddress", "sendPhoneCode", "confirmCall", "confirmCallLetter", "getCallReport", "extendCall",
		"compareCheckNumber", "getTrainingCaller", "requestLetter", "openTicket", "askTicket", "endCall", "getCounts", "getFacts",
	} {
		admit[op] = []echo.MiddlewareFunc{d.admit(settled)}
	}
	RegisterHandlersWithOptions(e, NewStrictHandler(d, nil), RegisterHandlersOptions{OperationMiddlewares: admit})
	d.pageRoutes(e)
}
