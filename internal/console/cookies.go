package console

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"exposure/internal/agent"
)

// The desk's cookies are HttpOnly, of this host, go to no request of another site, and live
// as long as the browser. With an https address they are Secure and carry the prefix
// __Host-; plain http is allowed on loopback only, where not every browser keeps Secure ones.
const (
	agentCookie = "agent" // the token of the session
	callCookie  = "call"  // the id of the open call: worth nothing without the session
	noteCookie  = "note"  // how the last form of a step ended: a word of ours and a number
)

func (d *Console) cookieName(kind string) string {
	name := "exposure-desk-" + kind
	if kind == agentCookie {
		name = "exposure-agent"
	}
	if d.secure {
		return "__Host-" + name
	}
	return name
}

// cookie returns the one cookie of that kind; two of the same name are none.
func (v *visit) cookie(kind string) string {
	found := v.Request().CookiesNamed(v.d.cookieName(kind))
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

func (v *visit) setCookie(kind, value string, life time.Duration) {
	http.SetCookie(v.Response(), &http.Cookie{
		Name: v.d.cookieName(kind), Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: v.d.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

func (v *visit) dropCookie(kind string) {
	if len(v.Request().CookiesNamed(v.d.cookieName(kind))) > 0 {
		v.setCookie(kind, "", -time.Second)
	}
}

// forget drops what the browser holds of a session that is over.
func (v *visit) forget() {
	for _, kind := range []string{agentCookie, callCookie, noteCookie} {
		v.dropCookie(kind)
	}
}

// keepNote is how long it is said how the last form ended.
const keepNote = 10 * time.Minute

// note is how the last form of a step ended. Its value is a number of tries, a ticket's
// number as read, or nothing; never what a caller is or said.
type note struct{ step, word, value string }

// Words of notes.
const (
	noteRefused   = "refused" // with the tries left
	noteShape     = "shape"
	noteSlip      = "slip"
	noteCard      = "card"
	noteSent      = "sent"
	noteExtended  = "extended"
	noteNotNow    = "not-now"
	noteMatch     = "match"
	noteNoMatch   = "no-match"
	noteTicket    = "ticket"    // with its number
	noteAsked     = "asked"     // with a ticket's number as it was read
	noteNoTicket  = "no-ticket" // no such number
	noteEnded     = "ended"
	noteTrained   = "trained"
	noteChanged   = "changed"
	noteSignedOut = "signed-out"
	notePaper     = "paper" // with the paper codes left
)

var (
	noteForm  = regexp.MustCompile(`^([a-z-]+)\.([a-z-]+)\.([0-9A-Za-z-]{0,16})\.([0-9A-Za-z_-]{0,8})$`)
	valueForm = regexp.MustCompile(`^[0-9A-Za-z-]{0,16}$`)
)

// callMark ties a note to its call.
func callMark(id string) string { return id[:min(8, len(id))] }

// say keeps a note for the page that follows.
func (v *visit) say(id string, n note) {
	if !valueForm.MatchString(n.value) { // the mark of a training's number is not ASCII
		n.value = ""
	}
	v.setCookie(noteCookie, strings.Join([]string{n.step, n.word, n.value, callMark(id)}, "."), keepNote)
}

// said is the note for a step of a call, if there is one.
func (v *visit) said(id, step string) note {
	m := noteForm.FindStringSubmatch(v.cookie(noteCookie))
	if m == nil || m[1] != step || m[4] != callMark(id) {
		return note{}
	}
	return note{m[1], m[2], m[3]}
}

// begin keeps a new session; whatever the browser held before is worth nothing to it.
func (v *visit) begin(in agent.SignedIn) {
	v.forget()
	v.setCookie(agentCookie, in.Token, 0)
}
