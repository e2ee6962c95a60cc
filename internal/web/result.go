package web

import (
	"errors"
	"slices"
	"time"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/wording"
)

// resultBody is the report as its page shows it. Nothing in it was decided here.
type resultBody struct {
	Report   breach.Report
	Listed   bool
	Notice   bool // told once, and on no list since
	Address  string
	AsOf     string
	AsOfISO  string
	Check    string
	Change   string // said above an answer that differs from an earlier one
	Doubts   []doubt
	Timeline []event
	Again    string
	Letter   string // for who is on no list and may hold a letter; empty until letters are sent
	Finish   string
	Self     string
	Reset    resetBody
	Excluded []breach.Text
}

// doubt is what is still being checked for one reason.
type doubt struct {
	Reason     breach.Text
	Categories []breach.Undetermined
}

func (w *Web) result(r *request) error {
	tab := w.resultTab(r)
	token := w.cookies.get(r, resultCookie, tab)
	if token == "" {
		if err := w.shut(r); err != nil {
			return err
		}
		return lookup.ErrUnauthenticated
	}
	r.tab = tab
	report, err := w.reporter.Report(r.ctx(), r.client(), token)
	if errors.Is(err, lookup.ErrUnauthenticated) {
		w.cookies.drop(r, resultCookie, tab)
	}
	if err != nil {
		return err
	}
	p, err := r.headed("result", string(report.Status), headingOf(report))
	if err != nil {
		return err
	}
	body := w.resultBody(r, tab, report)
	if body.Notice {
		p.State = "first_notice"
	}
	if body.Reset.Form != "" {
		w.leadsAway(r)
	}
	p.Body = body
	return w.asPage(r, "result", p)
}

// resultTab is the tab asked for, or the newest that has an answer.
func (w *Web) resultTab(r *request) string {
	tabs := w.cookies.tabs(r, resultCookie)
	if r.tab != "" || len(tabs) == 0 {
		return r.tab
	}
	for _, tab := range w.newest(r) {
		if slices.Contains(tabs, tab) {
			return tab
		}
	}
	return tabs[0]
}

func (w *Web) resultBody(r *request, tab string, report breach.Report) resultBody {
	d := w.pages[r.locale]
	body := resultBody{
		Report: report, Listed: report.Status == breach.StatusListed, Notice: noticeOnly(report),
		AsOf: d.asOf(report.AsOf), AsOfISO: report.AsOf.Format(time.RFC3339), Doubts: doubts(report), Timeline: w.timeline(r),
		Again: r.link(pathAddress, ""), Finish: r.link(pathFinish, tab), Self: r.link(pathResult, tab),
		Excluded: w.incident.Exclusions,
	}
	if !body.Listed && w.lettersOpen() {
		body.Letter = r.link(pathLetter, "")
	}
	if report.CheckNumber != nil {
		body.Check = wording.CheckNumber(*report.CheckNumber, r.locale)
	}
	if asksForReset(report) {
		body.Reset = w.resetBody(r, tab, report)
	}
	if report.Dropped {
		body.Change = wording.Changed(report.AsOf, r.locale)
	}
	if a, err := decodeAttempt(w.cookies.get(r, codeCookie, tab)); err == nil {
		if begun, err := w.reporter.Recall(a.id, a.secret); err == nil {
			body.Address = begun.Address.Reveal()
		}
	}
	return body
}

// headingOf is the id of the answer in one sentence.
func headingOf(r breach.Report) string {
	switch {
	case noticeOnly(r):
		return "result.h1_notice"
	case r.Status != breach.StatusListed:
		return "result.h1_none"
	case r.ByLetter:
		return "result.h1_letter"
	}
	card, other := false, false
	for _, e := range r.Exposures {
		for _, c := range e.Categories {
			if isCardData(c.ID) {
				card = true
			} else {
				other = true
			}
		}
	}
	switch {
	case card && other:
		return "result.h1_card"
	case card:
		return "result.h1_card_only"
	default:
		return "result.h1_data"
	}
}

// isCardData tells the categories of a payment card; category ids are the same in every
// incident.
func isCardData(id breach.CategoryID) bool {
	switch id {
	case "card_holder_name", "card_number", "card_expiry", "card_security_code":
		return true
	default:
		return false
	}
}

// noticeOnly: on no list, and asked to call all the same.
func noticeOnly(r breach.Report) bool {
	return r.Status != breach.StatusListed &&
		slices.ContainsFunc(r.Actions, func(a breach.ReportedAction) bool { return a.ID == breach.ActionCallUs })
}

// doubts puts together what has the same reason, in the report's order.
func doubts(r breach.Report) []doubt {
	var list []doubt
	for _, u := range r.Undetermined {
		i := slices.IndexFunc(list, func(d doubt) bool { return d.Reason.In(breach.Japanese) == u.Reason.In(breach.Japanese) })
		if i < 0 {
			i, list = len(list), append(list, doubt{Reason: u.Reason})
		}
		list[i].Categories = append(list[i].Categories, u)
	}
	return list
}

// finish ends every session of this browser and drops its cookies: afterwards there is
// nothing to come back to. The cookies go even if a session cannot be ended now; unused,
// it ends by itself.
func (w *Web) finish(r *request) error {
	var failed error
	for _, tab := range w.cookies.tabs(r, resultCookie) {
		failed = errors.Join(failed, w.forget(r, tab))
	}
	for _, tab := range w.cookies.tabs(r, codeCookie) {
		w.cookies.drop(r, codeCookie, tab)
	}
	w.cookies.drop(r, draftCookie, "")
	if failed != nil {
		return failed
	}
	return r.redirect(pathFinished, "")
}

// forget ends the session of a tab and drops its cookie.
func (w *Web) forget(r *request, tab string) error {
	token := w.cookies.get(r, resultCookie, tab)
	w.cookies.drop(r, resultCookie, tab)
	if token == "" {
		return nil
	}
	err := w.reporter.End(r.ctx(), r.client(), token)
	if errors.Is(err, lookup.ErrUnauthenticated) || errors.Is(err, lookup.ErrClosed) {
		return nil // over already
	}
	return err
}

func (w *Web) finished(r *request) error {
	return w.message(r, "finished", "", messageBody{Link: r.link(pathLanding, ""), LinkWord: "frame.start"},
		words("finished.h1", "finished.text", "finished.close"))
}
