package web

import (
	"errors"
	"html/template"
	"strings"

	"github.com/labstack/echo/v4"

	"exposure/internal/lookup"
	"exposure/internal/wire"
)

// troubleBody is a page that is no answer.
type troubleBody struct {
	Unknown bool // it stands where an answer was expected: says that there is none yet
	Lines   []template.HTML
	Back    string // where the same can be tried again
	Start   string
	Held    string // where somebody with a long code goes on while no code can be mailed
}

// Problem shows an error that the server has decided how to answer: status and headers
// are the server's, the words are ours.
func (w *Web) Problem(c echo.Context, err error, p wire.Problem) error {
	setHeaders(c.Response().Header())
	r := w.request(c)
	state, says := w.explain(r, err, p)
	return w.trouble(r, p.Status, state, says)
}

func (w *Web) explain(r *request, err error, p wire.Problem) (state string, says []saying) {
	state = strings.TrimPrefix(string(p.Type), "urn:exposure:problem:")
	if r.Path() == pathReset {
		if says := r.resetTrouble(p); says != nil {
			return state, says
		}
	}
	switch p.Type {
	case wire.ProblemTypeCouldNotCheck:
		return state, words("check.h1", "trouble.unknown", "check.text", "trouble.call")
	case wire.ProblemTypeTemporarilyUnavailable:
		return w.unavailable(r, err)
	case wire.ProblemTypeQuotaExceeded:
		says := words("limit.h1", "trouble.unknown", "limit.text", "trouble.call")
		says[2].places = []any{"minutes", wire.RetryMinutes(r.Response().Header())}
		return state, says
	case wire.ProblemTypeIncidentClosed:
		return state, words("closed.h1", "closed.text")
	case wire.ProblemTypeUnauthenticated:
		return state, words("expired.h1", "expired.text")
	case wire.ProblemTypeNotFound, wire.ProblemTypeMethodNotAllowed:
		return state, words("missing.h1", "missing.text")
	case wire.ProblemTypeUnexpected:
		says := words("broken.h1", "trouble.unknown", "broken.text")
		says[2].places = []any{"request", ""}
		if p.RequestId != nil {
			says[2].places[1] = *p.RequestId
		}
		return state, says
	default:
		return state, words("bad.h1", "bad.text")
	}
}

func (w *Web) unavailable(r *request, err error) (state string, says []saying) {
	if shut := new(lookup.PausedError); errors.As(err, &shut) {
		back := w.backAt(r, &shut.Pause)
		if back == "" {
			return "paused", words("down.h1", "trouble.unknown", "pause.text", "pause.lost", "trouble.call")
		}
		says = words("down.h1", "trouble.unknown", "pause.back", "pause.lost", "trouble.call")
		says[2].places = []any{"back", back}
		return "paused", says
	}
	if errors.Is(err, lookup.ErrNoMail) {
		return noMail, words("mail.h1", "trouble.unknown", "mail.spent", "mail.may", "trouble.call")
	}
	if errors.Is(err, lookup.ErrLettersByPhone) {
		return "letters-by-phone", words("phone.h1", "trouble.unknown", "phone.text", "trouble.call")
	}
	return "temporarily-unavailable", words("down.h1", "trouble.unknown", "down.text", "trouble.call")
}

func (w *Web) trouble(r *request, status int, state string, says []saying) error {
	p, err := r.headed("trouble", state, says[0].id, says[0].places...)
	if err != nil {
		return err
	}
	body := troubleBody{Start: r.link(pathLanding, "")}
	body.Unknown = len(says) > 1 && says[1].id == "trouble.unknown"
	if body.Lines, err = r.lines(says[1:]); err != nil {
		return err
	}
	if path := viewPath(r.Path()); (body.Unknown || r.Path() == pathReset) && path != pathLanding {
		body.Back = r.link(path, r.tab)
	}
	if state == noMail && r.Path() != pathResend { // who asks again has a page for the code
		body.Held = r.link(pathHeld, "")
	}
	p.Body = body
	return w.render(r, status, "trouble", p)
}

// noMail is the state of the page that says that nobody can be mailed a code now.
const noMail = "no-mail"
