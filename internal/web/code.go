package web

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"time"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/otp"
)

type codeBody struct {
	Action, Resend string
	Lost, Change   string
	Address        string
	Until          string
	Error          template.HTML // why the code was not accepted
	Status         template.HTML // what became of "send again"
	Wait           int           // seconds until another mail can be asked for
	Late           int           // minutes that mails take at present; 0: people are not told
	Held           bool          // no mail was asked for: whoever is here has a long code
}

// askCode shows where a verification stands. It is a page that can be reloaded: nothing
// is lost by going to the mail and coming back.
func (w *Web) askCode(r *request) error {
	if err := w.shut(r); err != nil {
		return err
	}
	tab, a, begun, err := w.verification(r)
	switch {
	case err != nil && r.tab == "":
		return r.redirect(pathAddress, "")
	case err != nil:
		return w.message(r, "gone", "", messageBody{Link: r.link(pathAddress, ""), LinkWord: "frame.start"}, words("gone.h1", "gone.text"))
	case w.answered(r, tab, a):
		return w.message(r, "used", tab, messageBody{Link: r.link(pathResult, tab), LinkWord: "used.link"}, words("used.h1", "used.text"))
	case !w.now().Before(begun.ExpiresAt):
		return w.message(r, "over", tab, messageBody{Form: r.link(pathRestart, tab), FormWord: "over.again"}, words("over.h1", "over.text"))
	case a.note == noteOver || a.note == noteUsed:
		return w.message(r, "refused", tab, messageBody{Form: r.link(pathRestart, tab), FormWord: "over.again"},
			words("refused.h1", "refused.five", "refused.long", "refused.call"))
	}
	return w.codeForm(r, tab, a, begun)
}

func (w *Web) codeForm(r *request, tab string, a attempt, begun lookup.Begun) error {
	r.tab = tab
	d := w.pages[r.locale]
	p, err := r.headed("code", "ready", "code.h1")
	if err != nil {
		return err
	}
	body := codeBody{
		Action: r.link(pathCode, tab), Resend: r.link(pathResend, tab), Lost: r.link(pathLost, tab), Change: r.link(pathAddress, ""),
		Address: begun.Address.Reveal(), Until: d.clock(w.local(begun.ExpiresAt), w.now()), Wait: w.waitSeconds(a),
		Held: len(a.mailed) == 0,
	}
	if body.Held {
		p.State, body.Change = "held", r.link(pathHeld, "")
	} else {
		body.Late = w.late()
	}
	left, refused := a.left()
	switch {
	case a.note == noteShape:
		body.Error, err = d.word("code.shape")
	case a.note == noteCard:
		body.Error, err = d.word("form.card")
	case refused:
		body.Error, err = d.word("code.refused", "left", left)
	default:
		body.Status, err = w.mailStatus(r, a)
	}
	if err != nil {
		return err
	}
	if a.note != noteNone {
		p.State = a.note
	}
	p.Wrong, p.Body = body.Error != "", body
	return w.asPage(r, "code", p)
}

// mailStatus says what became of asking for another mail.
func (w *Web) mailStatus(r *request, a attempt) (template.HTML, error) {
	d := w.pages[r.locale]
	from := w.mayMail(a)
	switch {
	case a.note == noteResent && len(a.mailed) > 0:
		return d.word("code.resent", "at", d.clock(w.local(a.mailed[len(a.mailed)-1]), w.now()))
	case from.After(w.now()) && (a.note == noteEarly || a.note == noteLimit):
		return d.word("code."+a.note, "from", d.clock(w.local(from.Add(time.Minute-1).Truncate(time.Minute)), w.now()))
	default:
		return "", nil
	}
}

// The limits of an address as this browser can know them: the server tells nobody how
// often others have asked.
const (
	mailsInARow = 3
	rowLasts    = 15 * time.Minute
)

// mayMail is from when another mail is worth asking for.
func (w *Web) mayMail(a attempt) time.Time {
	if len(a.mailed) == 0 {
		return time.Time{}
	}
	from := a.mailed[len(a.mailed)-1].Add(lookup.ResendAfter)
	if len(a.mailed) == mailsInARow {
		if row := a.mailed[0].Add(rowLasts); row.After(from) {
			return row
		}
	}
	return from
}

func (w *Web) waitSeconds(a attempt) int {
	return max(0, int(math.Ceil(w.mayMail(a).Sub(w.now()).Seconds())))
}

// verification is the one of this tab, if its cookie opens.
func (w *Web) verification(r *request) (tab string, a attempt, begun lookup.Begun, err error) {
	if tab, a, err = r.attempt(); err != nil {
		return "", attempt{}, lookup.Begun{}, err
	}
	begun, err = w.reporter.Recall(a.id, a.secret)
	return tab, a, begun, err
}

// answered tells whether this look-up has its answer, whatever a second press of the button
// came to. A result's cookie alone does not say so: it may be somebody else's, planted.
func (w *Web) answered(r *request, tab string, a attempt) bool {
	return (a.note == noteUsed || a.note == noteOver) && w.cookies.get(r, resultCookie, tab) != ""
}

func (w *Web) takeCode(r *request) error {
	tab, a, err := r.attempt()
	if err != nil {
		return r.redirect(pathCode, r.tab)
	}
	if a.note == noteUsed && w.answered(r, tab, a) {
		return r.redirect(pathResult, tab) // a code works once, and the second press is no try
	}
	code := r.field("code")
	if holdsCard(code) {
		a.note = noteCard
		r.keep(tab, a)
		return r.redirect(pathCode, tab)
	}
	confirmed, err := w.verifier.Confirm(r.ctx(), r.client(), a.id, a.secret, code)
	rejected := new(lookup.Rejected)
	switch {
	case err == nil:
		a.note = noteUsed
		r.keep(tab, a)
		w.cookies.set(r, resultCookie, tab, confirmed.Token, keepResult)
		return r.redirect(pathResult, tab)
	case errors.Is(err, lookup.ErrMalformedCode):
		a.note = noteShape
	case errors.As(err, &rejected) && rejected.AttemptsLeft > 0:
		a.note = fmt.Sprintf("%s%d", noteRefused, rejected.AttemptsLeft)
	case errors.As(err, &rejected):
		a.note = noteOver
	case !errors.Is(err, lookup.ErrNotFound): // not found: the page finds out why
		return err
	}
	r.keep(tab, a)
	return r.redirect(pathCode, tab)
}

// holdsCard tells whether what was typed looks like a card number. A code alone is none:
// a part of a long code may look like one.
func holdsCard(typed string) bool {
	if len(breach.FindCardNumbers(typed)) == 0 {
		return false
	}
	code, _, err := otp.Fold(typed)
	return err != nil || countDigits(typed) != len(code)
}

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if isDigit(r) {
			n++
		}
	}
	return n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

// resend asks for one more code; those already mailed stay valid.
func (w *Web) resend(r *request) error {
	tab, a, err := r.attempt()
	if err != nil {
		return r.redirect(pathCode, r.tab)
	}
	if w.mayMail(a).After(w.now()) {
		a.note = noteEarly
		if len(a.mailed) == mailsInARow && a.mailed[0].Add(rowLasts).After(w.now()) {
			a.note = noteLimit
		}
		r.keep(tab, a)
		return r.redirect(pathCode, tab)
	}
	_, err = w.verifier.Resend(r.ctx(), r.client(), a.id, a.secret)
	if errors.Is(err, lookup.ErrNotFound) {
		return r.redirect(pathCode, tab)
	}
	if err != nil {
		return err
	}
	a.note, a.mailed = noteResent, append(a.mailed, w.now())
	a.mailed = a.mailed[max(0, len(a.mailed)-mailsInARow):]
	r.keep(tab, a)
	return r.redirect(pathCode, tab)
}

// restart begins anew with the same address, after a verification has ended.
func (w *Web) restart(r *request) error {
	tab, a, begun, err := w.verification(r)
	if err != nil {
		return r.redirect(pathCode, r.tab)
	}
	started, err := w.verifier.Start(r.ctx(), r.client(), begun.Address.Reveal())
	if err != nil {
		return err
	}
	w.cookies.drop(r, codeCookie, tab)
	before := a.mailed[max(0, len(a.mailed)-mailsInARow+1):]
	return w.begin(r, attempt{id: started.ID, secret: started.Secret, mailed: append(before, w.now())})
}

type lostBody struct {
	Address, Resend, Change, Code string
	Wait, Late                    int
}

// codeLost is for those whose code does not come.
func (w *Web) codeLost(r *request) error {
	if err := w.shut(r); err != nil {
		return err
	}
	body := lostBody{Change: r.link(pathAddress, ""), Late: w.late()}
	if tab, a, begun, err := w.verification(r); err == nil {
		body.Address, body.Wait = begun.Address.Reveal(), w.waitSeconds(a)
		body.Resend, body.Code = r.link(pathResend, tab), r.link(pathCode, tab)
	}
	p, err := r.headed("code-lost", "", "lost.h1")
	if err != nil {
		return err
	}
	p.Body = body
	return w.asPage(r, "lost", p)
}
