package web

import (
	"net/http"
	"net/url"
	"slices"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/wire"
)

// resetBody is what stands beneath the action of setting a new password.
type resetBody struct {
	Word   string // how the reset stands, where the incident's words do not say it; may be empty
	Form   string // starts the reset; empty: it cannot be started from here
	Barred bool   // the old password is worthless, and something has to be done about it
}

func (w *Web) resetBody(r *request, tab string, report breach.Report) resetBody {
	body := resetBody{Barred: report.Reset.Required}
	if report.Reset.Offered {
		body.Form = r.link(pathReset, tab)
	}
	switch report.Reset.State {
	case breach.ResetPlanned, breach.ResetChangedUnverified:
		body.Word = "reset." + string(report.Reset.State)
	case breach.ResetTicketIssued:
		if body.Form != "" { // whoever cannot go on is not asked to
			body.Word = "reset.ticket_issued"
		}
	}
	return body
}

// startReset leads to the shop's page for a new password. Only the journey knows who may.
func (w *Web) startReset(r *request) error {
	tab := w.resultTab(r)
	r.tab = tab
	token := w.cookies.get(r, resultCookie, tab)
	if token == "" {
		return lookup.ErrUnauthenticated
	}
	ticket, err := w.reporter.RequestReset(r.ctx(), r.client(), token)
	if err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, ticket.URL)
}

// leadsAway lets the forms of this page lead to the shop's page for new passwords, and
// nowhere else: browsers hold a form's redirects to the policy of its page, too.
func (w *Web) leadsAway(r *request) {
	if w.policyToShop != "" {
		r.Response().Header().Set("Content-Security-Policy", w.policyToShop)
	}
}

// policyTo is the policy of a page whose forms may lead to the origin of an address.
func policyTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return policyWith("'self' " + u.Scheme + "://" + u.Host)
}

// resetTrouble are the words for a reset that did not start. What is known about the
// person's data stays known: these pages never say otherwise.
func (r *request) resetTrouble(p wire.Problem) []saying {
	switch p.Type {
	case wire.ProblemTypeResetNotApplicable:
		return words("reset.refused", "reset.login_only", "reset.no_mailbox")
	case wire.ProblemTypeCouldNotCheck, wire.ProblemTypeTemporarilyUnavailable:
		return words("down.h1", "reset.down", "reset.no_mailbox")
	case wire.ProblemTypeQuotaExceeded:
		says := words("limit.h1", "limit.text", "reset.no_mailbox")
		says[1].places = []any{"minutes", wire.RetryMinutes(r.Response().Header())}
		return says
	default:
		return nil
	}
}

// asksForReset tells whether the report asks for a new password at all: only then anything
// about one is shown.
func asksForReset(report breach.Report) bool {
	return report.Reset != nil &&
		slices.ContainsFunc(report.Actions, func(a breach.ReportedAction) bool { return a.ID == breach.ActionResetPassword })
}
