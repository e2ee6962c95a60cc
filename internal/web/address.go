package web

import (
	"context"
	"errors"
	"html/template"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/lookup"
)

// maxShown is the longest input that is shown back: room for the longest address in full
// width. What is longer is no address, and is not kept.
const maxShown = 4 * 254

// Notes of a draft, besides those of an attempt.
const (
	noteEmpty   = "empty"
	noteLong    = "long"
	noteTypo    = "typo"
	noteSlip    = "slip"
	noteUnknown = "unknown"
)

// formBody is a form with one field.
type formBody struct {
	Action string
	Typed  string
	Error  template.HTML // why it was not accepted; empty: nothing was
	Typo   *typo
	Typos  map[string]string // for the script's hint
	Held   bool              // of whoever has a long code already
	Other  string            // the page for those who have none, and the other way round
}

// addressForm is one of the two pages that ask for an address.
type addressForm struct {
	path, other string
	held        bool // for whoever has a long code already: nothing is mailed
	start       func(ctx context.Context, c lookup.Client, address string) (lookup.Started, error)
}

func (w *Web) forMail() addressForm {
	return addressForm{pathAddress, pathHeld, false, w.verifier.Start}
}
func (w *Web) forHeld() addressForm {
	return addressForm{pathHeld, pathAddress, true, w.verifier.Begin}
}

func (w *Web) ask(f addressForm) handler { return func(r *request) error { return w.askAddress(r, f) } }
func (w *Web) take(f addressForm) handler {
	return func(r *request) error { return w.takeAddress(r, f) }
}

func (w *Web) askAddress(r *request, f addressForm) error {
	if err := w.shut(r); err != nil {
		return err
	}
	d := r.draft()
	name, h1 := "address", "address.h1"
	if f.held {
		name, h1 = "held", "held.h1"
	}
	p, err := r.headed(name, d.note, h1)
	if err != nil {
		return err
	}
	body := formBody{Action: r.link(f.path, ""), Typed: d.typed, Typos: typos(), Held: f.held, Other: r.link(f.other, "")}
	switch d.note {
	case noteTypo:
		body.Typo = suggest(d.typed)
	case noteEmpty, noteLong, noteShape:
		body.Error, err = w.pages[r.locale].word("address." + d.note)
	case noteCard:
		body.Error, err = w.pages[r.locale].word("form.card")
	}
	p.Wrong, p.Body = d.note != "", body
	if err != nil {
		return err
	}
	return w.asPage(r, "address", p)
}

func (w *Web) takeAddress(r *request, f addressForm) error {
	if err := w.shut(r); err != nil {
		return err
	}
	typed := r.field("address")
	if len(breach.FindCardNumbers(typed)) > 0 {
		return r.askAgain(f.path, draft{note: noteCard})
	}
	use := r.field("use")
	if meant := suggest(typed); meant != nil && use == "corrected" {
		typed = meant.Address
	} else if meant != nil && use == "" {
		return r.askAgain(f.path, draft{noteTypo, typed})
	}
	if _, err := email.Parse(typed); err != nil {
		return r.askAgain(f.path, draft{noteOf(err), typed})
	}
	started, err := f.start(r.ctx(), r.client(), typed)
	if errors.Is(err, lookup.ErrMalformedAddress) {
		return r.askAgain(f.path, draft{noteShape, typed})
	}
	if err != nil {
		return err
	}
	w.cookies.drop(r, draftCookie, "")
	a := attempt{id: started.ID, secret: started.Secret}
	if !f.held {
		a.mailed = []time.Time{w.now()}
	}
	return w.begin(r, a)
}

func noteOf(err error) string {
	switch {
	case errors.Is(err, email.ErrEmpty):
		return noteEmpty
	case errors.Is(err, email.ErrTooLong):
		return noteLong
	default:
		return noteShape
	}
}

// askAgain shows a form again, with what was typed unless it is too long to be kept or
// its digits, whatever stands between them, are those of a card.
func (r *request) askAgain(path string, d draft) error {
	if len(breach.FindCardNumbers(digitsOf(d.typed))) > 0 {
		d = draft{note: noteCard}
	}
	if len(d.typed) > maxShown {
		d.typed = ""
	}
	return r.redirect(path, r.saveDraft(d))
}

// digitsOf leaves of a text its digits.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}

// begin keeps a new verification in a tab of its own and asks for its code.
func (w *Web) begin(r *request, a attempt) error {
	w.makeRoom(r)
	tab := newTab()
	r.keep(tab, a)
	return r.redirect(pathCode, tab)
}
