package web

import (
	"errors"

	"github.com/labstack/echo/v4"

	"exposure/internal/breach"
	"exposure/internal/lookup"
)

// askLetter asks for the number of a letter. Until letters are sent there is no such page.
func (w *Web) askLetter(r *request) error {
	if !w.lettersOpen() {
		return echo.ErrNotFound
	}
	if err := w.shut(r); err != nil {
		return err
	}
	d := r.draft()
	p, err := r.headed("letter", d.note, "letter.h1")
	if err != nil {
		return err
	}
	body := formBody{Action: r.link(pathLetter, "")}
	switch d.note {
	case noteShape, noteSlip, noteUnknown:
		body.Error, err = w.pages[r.locale].word("letter." + d.note)
	case noteCard:
		body.Error, err = w.pages[r.locale].word("form.card")
	}
	if err != nil {
		return err
	}
	p.Wrong, p.Body = d.note != "", body
	return w.asPage(r, "letter", p)
}

// takeLetter redeems the number of a letter. What was typed is never shown back: it opens
// a report.
func (w *Web) takeLetter(r *request) error {
	if !w.lettersOpen() {
		return echo.ErrNotFound
	}
	number := r.field("number")
	if len(breach.FindCardNumbers(number)) > 0 {
		return r.askAgain(pathLetter, draft{note: noteCard})
	}
	confirmed, err := w.verifier.ConfirmLetter(r.ctx(), r.client(), number)
	switch {
	case errors.Is(err, breach.ErrLetterSlip):
		return r.askAgain(pathLetter, draft{note: noteSlip})
	case errors.Is(err, lookup.ErrMalformedCode):
		return r.askAgain(pathLetter, draft{note: noteShape})
	case errors.As(err, new(*lookup.Rejected)):
		return r.askAgain(pathLetter, draft{note: noteUnknown})
	case err != nil:
		return err
	}
	w.makeRoom(r)
	tab := newTab()
	w.cookies.set(r, resultCookie, tab, confirmed.Token, keepResult)
	w.cookies.drop(r, draftCookie, "")
	return r.redirect(pathResult, tab)
}
