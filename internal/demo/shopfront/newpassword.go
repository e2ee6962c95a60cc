package shopfront

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// choosing is the right to set new passwords that a redeemed ticket gave to one browser.
type choosing struct {
	members []string // who still waits for a new password
	until   time.Time
	wrong   string // what was wrong with the last form
	set     bool   // one was set
}

// choosingLife is as long as a ticket lasts; choosingMost bounds how many are kept.
const (
	choosingLife = 15 * time.Minute
	choosingMost = 10_000
)

// choice returns a copy of a browser's right, while it lasts.
func (s *Shop) choice(r *http.Request) (token string, c choosing, ok bool) {
	token = s.cookie(r, ticketCookie)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.choosing[token]
	if found == nil || !s.now().Before(found.until) {
		return "", choosing{}, false
	}
	return token, choosing{slices.Clone(found.members), found.until, found.wrong, found.set}, true
}

// keep puts a right back as it is now. One that was used up or has ended meanwhile stays so.
func (s *Shop) keep(token string, change func(*choosing)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.choosing[token]; c != nil {
		change(c)
	}
}

// begin makes a right; those that have ended make room.
func (s *Shop) begin(members []string) (token string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, c := range s.choosing {
		if !s.now().Before(c.until) {
			delete(s.choosing, t)
		}
	}
	if len(s.choosing) >= choosingMost {
		return "", false
	}
	token = secret()
	s.choosing[token] = &choosing{members: members, until: s.now().Add(choosingLife)}
	return token, true
}

// take removes a member from a right: their password is set once. It fails for the second
// of two who come at the same time.
func (s *Shop) take(token, member string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.choosing[token]
	if c == nil || !s.now().Before(c.until) || !slices.Contains(c.members, member) {
		return false
	}
	c.members = slices.DeleteFunc(c.members, func(m string) bool { return m == member })
	c.wrong, c.set = "", true
	return true
}

type newBody struct {
	Members []string
	Address string // where the login address is one and the same
	Until   string
	Min     int
}

// askPassword shows the form of a ticket that was taken, or the button that takes one:
// opening an address spends nothing, because programs that look at addresses open it, too.
func (s *Shop) askPassword(w http.ResponseWriter, r *http.Request) {
	if tickets, with := r.URL.Query()["ticket"]; with {
		if !worthTrying(tickets) {
			s.say(w, r, http.StatusGone, "expired")
			return
		}
		s.show(w, r, http.StatusOK, "ticket", page{Name: "ticket", Ticket: tickets[0]})
		return
	}
	_, c, ok := s.choice(r)
	if !ok || len(c.members) == 0 {
		s.say(w, r, http.StatusGone, "expired")
		return
	}
	body := newBody{Members: c.members, Min: minPassword, Until: speaker{shop: s}.clock(c.until)}
	if a, ok := s.accounts.get(c.members[0]); ok {
		body.Address = a.address
	}
	s.show(w, r, http.StatusOK, "new", page{Name: "new", Wrong: c.wrong, Body: body})
}

// worthTrying tells whether this could be a ticket.
func worthTrying(tickets []string) bool {
	return len(tickets) == 1 && tickets[0] != "" && len(tickets[0]) <= 128
}

// redeem takes a ticket, once. It leaves the address bar before the form is shown.
func (s *Shop) redeem(w http.ResponseWriter, r *http.Request, tickets []string) {
	if !worthTrying(tickets) {
		s.say(w, r, http.StatusGone, "expired")
		return
	}
	ticket, guess := tickets[0], s.guesses.ofTicket(r)
	if wait := guess.take(r.Context()); wait > 0 {
		s.show(w, r, tooMany(w, wait), "message", page{Name: "many", Ticket: ticket, Body: messageBody{}})
		return
	}
	members, err := s.lookup.redeem(r.Context(), ticket)
	if errors.Is(err, errTicket) {
		s.say(w, r, http.StatusGone, "expired")
		return
	}
	guess.giveBack(r.Context())
	if err != nil {
		s.log.Warn("a ticket cannot be redeemed now", "error", err)
		s.show(w, r, http.StatusServiceUnavailable, "message", page{Name: "away", Ticket: ticket, Body: messageBody{}})
		return
	}
	members = slices.DeleteFunc(members, func(id string) bool { _, known := s.accounts.get(id); return !known })
	slices.SortFunc(members, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	token, ok := s.begin(members)
	if !ok || len(members) == 0 {
		s.log.Error("a ticket was redeemed for nobody of this shop")
		s.say(w, r, http.StatusServiceUnavailable, "away")
		return
	}
	s.setCookie(w, ticketCookie, token)
	http.Redirect(w, r, pathNew+query(r), http.StatusSeeOther)
}

// takeForm takes what either form of the page sends: a ticket, or a new password.
func (s *Shop) takeForm(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	if tickets, with := r.PostForm["ticket"]; with {
		s.redeem(w, r, tickets)
		return
	}
	s.takePassword(w, r)
}

func (s *Shop) takePassword(w http.ResponseWriter, r *http.Request) {
	token, c, ok := s.choice(r)
	if !ok {
		s.say(w, r, http.StatusGone, "expired")
		return
	}
	member := field(r, "member")
	if len(c.members) == 1 {
		member = c.members[0]
	}
	a, known := s.accounts.get(member)
	if !known || !slices.Contains(c.members, member) {
		s.again(w, r, token, "wrong.which")
		return
	}
	hash, err := s.judge(r.Context(), a, field(r, "password"), field(r, "again"))
	if reason := reasonOf(err); reason != "" {
		s.again(w, r, token, reason)
		return
	}
	if err != nil {
		s.say(w, r, http.StatusServiceUnavailable, "away")
		return
	}
	if !s.take(token, member) {
		s.say(w, r, http.StatusGone, "expired")
		return
	}
	s.accounts.end(s.cookie(r, sessionCookie))
	s.setCookie(w, sessionCookie, s.accounts.renew(member, hash))
	report := telling{member, secret()}
	s.untold.add(report)
	s.tell(context.WithoutCancel(r.Context()), report)
	http.Redirect(w, r, pathDone+query(r), http.StatusSeeOther)
}

// again shows the form with what was wrong; what was typed is kept nowhere.
func (s *Shop) again(w http.ResponseWriter, r *http.Request, token, wrong string) {
	s.keep(token, func(c *choosing) { c.wrong = wrong })
	http.Redirect(w, r, pathNew+query(r), http.StatusSeeOther)
}

// judge makes the hash of a new password, or says why it is not taken.
func (s *Shop) judge(ctx context.Context, a account, password, again string) (stored, error) {
	if err := acceptable(password, again, a.address); err != nil {
		return stored{}, err
	}
	for _, old := range []stored{a.password, a.former} {
		if old.blank() {
			continue
		}
		same, err := s.hasher.opens(ctx, old, password)
		if err != nil {
			return stored{}, err
		}
		if same {
			return stored{}, errOld
		}
	}
	return s.hasher.make(ctx, password)
}

// reasonOf is the word for why a password is not taken; empty for anything else.
func reasonOf(err error) string {
	for _, reason := range []error{errShort, errLong, errControl, errAddress, errCommon, errOld, errDiffer} {
		if errors.Is(err, reason) {
			return "wrong." + reason.Error()
		}
	}
	return ""
}

type doneBody struct{ More bool }

func (s *Shop) done(w http.ResponseWriter, r *http.Request) {
	token, c, ok := s.choice(r)
	if !ok || !c.set {
		http.Redirect(w, r, pathHome+query(r), http.StatusSeeOther)
		return
	}
	if len(c.members) == 0 {
		s.mu.Lock()
		delete(s.choosing, token)
		s.mu.Unlock()
		s.setCookie(w, ticketCookie, "")
	}
	s.show(w, r, http.StatusOK, "done", page{Name: "done", Body: doneBody{More: len(c.members) > 0}})
}
