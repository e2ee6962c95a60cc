package shopfront

import (
	"context"
	"net/http"
)

type loginBody struct{ Address string }

func (s *Shop) askLogin(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "login", page{Name: "login", Body: loginBody{}})
}

// login answers alike whatever is wrong: the address, the password, or that the old
// password was made worthless. The notice above the form is there for everybody. Who
// guessed too often waits, also with the right password.
func (s *Shop) login(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	address := field(r, "address")
	guess := s.guesses.ofPassword(r, address)
	if wait := guess.take(r.Context()); wait > 0 {
		s.show(w, r, tooMany(w, wait), "login", page{Name: "login", Wrong: "login.many", Body: loginBody{address}})
		return
	}
	token, err := s.enter(r.Context(), address, field(r, "password"))
	if err != nil {
		guess.giveBack(r.Context())
		s.say(w, r, http.StatusServiceUnavailable, "away")
		return
	}
	if token == "" {
		s.show(w, r, http.StatusUnprocessableEntity, "login", page{Name: "login", Wrong: "login.wrong", Body: loginBody{address}})
		return
	}
	guess.giveBack(r.Context())
	s.accounts.end(s.cookie(r, sessionCookie))
	s.setCookie(w, sessionCookie, token)
	http.Redirect(w, r, pathHome+query(r), http.StatusSeeOther)
}

// enter begins a session for whoever has the password; an empty token means no. One hash is
// made in any case, so that an unknown address takes as long as a known one.
func (s *Shop) enter(ctx context.Context, address, password string) (token string, err error) {
	found := s.accounts.at(address)
	if len(found) == 0 {
		_, err := s.hasher.opens(ctx, stored{}, password)
		return "", err
	}
	for _, a := range found {
		right, err := s.hasher.opens(ctx, a.password, password)
		if err != nil {
			return "", err
		}
		if !right || s.gate(ctx, a) {
			continue
		}
		if token, ok := s.accounts.open(a.id, a.password); ok {
			return token, nil
		}
	}
	return "", nil
}

// gate tells whether the old password must not open this account although it is right: the
// list may be some seconds old. While the look-up cannot be asked, the last list decides.
func (s *Shop) gate(ctx context.Context, a account) bool {
	if a.waiting { // set with a ticket a moment ago
		return false
	}
	required, err := s.lookup.required(ctx, a.id)
	if err != nil {
		s.log.Warn("the look-up cannot be asked about a member; the last list decides", "error", err)
		return false
	}
	return required
}

func (s *Shop) logout(w http.ResponseWriter, r *http.Request) {
	s.accounts.end(s.cookie(r, sessionCookie))
	s.setCookie(w, sessionCookie, "")
	http.Redirect(w, r, pathLogin+query(r), http.StatusSeeOther)
}

type homeBody struct{ ID, Address string }

func (s *Shop) home(w http.ResponseWriter, r *http.Request) {
	a, ok := s.accounts.member(s.cookie(r, sessionCookie))
	if !ok {
		http.Redirect(w, r, pathLogin+query(r), http.StatusSeeOther)
		return
	}
	s.show(w, r, http.StatusOK, "home", page{Name: "home", Body: homeBody{a.id, a.address}})
}

// forgot is closed: names, addresses and secret answers have leaked, so that none of them
// proves anything.
func (s *Shop) forgot(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "message", page{Name: "forgot", Forgot: true, Body: messageBody{Also: "forgot.mail"}})
}
