package web

import (
	"slices"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/wording"
)

type landingBody struct {
	Open       bool   // somebody can start
	Start      string // where
	Letter     string // empty until letters are sent
	Held       string // for whoever has a long code
	Back       string // when it is expected to open again; empty: not known
	Prefix     string // of all subjects
	Subjects   []string
	SubjectsIn string // their language, which need not be the page's
	Exclusions []breach.Text
}

// landing says what this is, what it asks for and never asks for. It needs no store.
func (w *Web) landing(r *request) error {
	public := w.reporter.Public(r.ctx())
	body := landingBody{
		Start: r.link(pathAddress, ""), Held: r.link(pathHeld, ""), Exclusions: w.incident.Exclusions,
	}
	body.Prefix, body.Subjects = wording.MailSubjects(w.incident)
	body.SubjectsIn = language(breach.English)
	if slices.Contains(w.incident.Locales, breach.Japanese) {
		body.SubjectsIn = language(breach.Japanese)
	}
	if w.lettersOpen() {
		body.Letter = r.link(pathLetter, "")
	}
	state := "open"
	switch {
	case w.incident.ClosedAt(w.now()):
		state = "closed"
	case public.Pause != nil:
		state, body.Back = "paused", w.backAt(r, public.Pause)
	default:
		body.Open = true
	}
	p, err := r.headed("landing", state, "landing.h1")
	if err != nil {
		return err
	}
	p.Index, p.Body = true, body
	return w.asPage(r, "landing", p)
}

func (w *Web) backAt(r *request, p *breach.Pause) string {
	if p.BackAt == nil {
		return ""
	}
	return w.pages[r.locale].clock(w.local(*p.BackAt), w.now())
}

// lettersOpen tells whether letters are on their way, so that their number means anything.
func (w *Web) lettersOpen() bool {
	from := w.incident.Notices.LettersFrom
	return from != nil && !w.now().Before(*from)
}

// shut returns what the journey would answer: a form that cannot be sent is not shown.
func (w *Web) shut(r *request) error {
	if w.incident.ClosedAt(w.now()) {
		return lookup.ErrClosed
	}
	if p := w.reporter.Public(r.ctx()).Pause; p != nil {
		return &lookup.PausedError{Pause: *p}
	}
	return nil
}

// faqBody is the questions people ask and what happened when.
type faqBody struct {
	Questions []breach.Question
	Timeline  []event
}

type event struct {
	On, Day string
	What    breach.Text
}

func (w *Web) faq(r *request) error {
	p, err := r.headed("faq", "", "faq.h1")
	if err != nil {
		return err
	}
	p.Index, p.Body = true, faqBody{w.incident.FAQ, w.timeline(r)}
	return w.asPage(r, "faq", p)
}

func (w *Web) timeline(r *request) []event {
	var list []event
	for _, e := range w.incident.Timeline {
		on := w.local(e.On)
		list = append(list, event{On: on.Format("2006-01-02"), Day: w.pages[r.locale].day(on), What: e.What})
	}
	return list
}
