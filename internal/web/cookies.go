package web

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The cookies of one look-up are named after its tab, so that tabs neither overwrite nor
// read one another. They are HttpOnly, of this host and path alone, and hold nothing
// readable but what the customer typed into a form that was not accepted.
//
// With an https address they are Secure and carry the prefix __Host-, which no other
// host, not even a subdomain of the shop, can set. Plain http is allowed on loopback only,
// for trials; not every browser keeps Secure cookies there, so there they are plain.
type cookies struct{ secure bool }

const (
	codeCookie   = "code"   // a verification: id, secret, how it stands
	resultCookie = "result" // the token of a session
	draftCookie  = "draft"  // what was typed and not accepted, to be shown back
)

const (
	// keepCode is longer than a verification lasts, so that a page left open can say
	// that its time is over and go on with the same address.
	keepCode = 2 * time.Hour
	// keepResult is the longest a session may last.
	keepResult = time.Hour
	keepDraft  = 10 * time.Minute
	// maxTabs bounds how many look-ups one browser keeps; the oldest goes.
	maxTabs = 4
)

// newTab draws a name: not a secret, it only tells cookies apart.
func newTab() string { return strings.ToLower(rand.Text()[:8]) }

func (k cookies) name(kind, tab string) string {
	name := "exposure-" + kind
	if tab != "" {
		name += "-" + tab
	}
	if k.secure {
		return "__Host-" + name
	}
	return name
}

// get returns the one cookie of that name; two of the same name are none.
func (k cookies) get(r *request, kind, tab string) string {
	found := r.Request().CookiesNamed(k.name(kind, tab))
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

func (k cookies) set(r *request, kind, tab, value string, life time.Duration) {
	c := &http.Cookie{
		Name: k.name(kind, tab), Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: k.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if kind == resultCookie { // read by pages that our own pages lead to, and by no other
		c.SameSite = http.SameSiteStrictMode
	}
	http.SetCookie(r.Response(), c)
}

func (k cookies) drop(r *request, kind, tab string) {
	if len(r.Request().CookiesNamed(k.name(kind, tab))) > 0 {
		k.set(r, kind, tab, "", -time.Second)
	}
}

// tabs lists the tabs that have a cookie of that kind, in the order sent.
func (k cookies) tabs(r *request, kind string) []string {
	var list []string
	for _, c := range r.Cookies() {
		if tab, ok := strings.CutPrefix(c.Name, k.name(kind, "")+"-"); ok && isTab(tab) && !slices.Contains(list, tab) {
			list = append(list, tab)
		}
	}
	return list
}

// attempt is one verification as its cookie keeps it.
type attempt struct {
	id, secret string
	note       string      // how the last try ended, see the note constants
	mailed     []time.Time // when mails were asked for, oldest first; the last three. None: whoever began has a long code
}

// Notes.
const (
	noteNone    = ""
	noteShape   = "shape"
	noteCard    = "card"
	noteRefused = "refused" // with the tries left: refused3
	noteOver    = "over"    // no tries left
	noteResent  = "resent"
	noteEarly   = "early"
	noteLimit   = "limit"
	noteUsed    = "used" // the code was accepted
)

var errCookie = errors.New("not an attempt")

func (a attempt) encode() string {
	times := make([]string, 0, len(a.mailed))
	for _, t := range a.mailed {
		times = append(times, strconv.FormatInt(t.Unix(), 36))
	}
	return strings.Join([]string{a.id, a.secret, a.note, strings.Join(times, "-")}, ".")
}

func decodeAttempt(s string) (attempt, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 || parts[0] == "" {
		return attempt{}, errCookie
	}
	a := attempt{id: parts[0], secret: parts[1], note: parts[2]}
	for _, t := range strings.Split(parts[3], "-") {
		if n, err := strconv.ParseInt(t, 36, 64); err == nil {
			a.mailed = append(a.mailed, time.Unix(n, 0))
		}
	}
	a.mailed = a.mailed[max(0, len(a.mailed)-3):]
	return a, nil
}

// left reads the tries left out of a note.
func (a attempt) left() (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(a.note, noteRefused))
	return n, err == nil && n >= 0 && n < 100
}

// attempt returns the verification of the tab, or of the newest one if none is named.
func (r *request) attempt() (tab string, a attempt, err error) {
	tabs := []string{r.tab}
	if r.tab == "" {
		tabs = r.web.newest(r)
	}
	for _, tab := range tabs {
		if a, err := decodeAttempt(r.web.cookies.get(r, codeCookie, tab)); err == nil {
			return tab, a, nil
		}
	}
	return "", attempt{}, errCookie
}

func (r *request) keep(tab string, a attempt) {
	r.web.cookies.set(r, codeCookie, tab, a.encode(), keepCode)
}

// newest lists the tabs of this browser that hold a verification of ours, newest first.
func (w *Web) newest(r *request) []string {
	until := map[string]time.Time{}
	var tabs []string
	for _, tab := range w.cookies.tabs(r, codeCookie) {
		a, err := decodeAttempt(w.cookies.get(r, codeCookie, tab))
		if err != nil {
			continue
		}
		if begun, err := w.reporter.Recall(a.id, a.secret); err == nil {
			until[tab], tabs = begun.ExpiresAt, append(tabs, tab)
		}
	}
	slices.SortStableFunc(tabs, func(a, b string) int { return cmp.Compare(until[b].UnixNano(), until[a].UnixNano()) })
	return tabs
}

// makeRoom drops what does not open and the oldest look-ups before one more is kept.
func (w *Web) makeRoom(r *request) {
	keep := w.newest(r)
	keep = keep[:min(len(keep), maxTabs-1)]
	for _, tab := range w.cookies.tabs(r, codeCookie) {
		if !slices.Contains(keep, tab) {
			w.cookies.drop(r, codeCookie, tab)
			w.forget(r, tab)
		}
	}
}

// draft is what was typed into a form that was not accepted. Its tab ties it to the page
// that shows it back.
type draft struct{ note, typed string }

func (r *request) saveDraft(d draft) string {
	tab := newTab()
	r.web.cookies.set(r, draftCookie, "", tab+"."+d.note+"."+base64.RawURLEncoding.EncodeToString([]byte(d.typed)), keepDraft)
	return tab
}

func (r *request) draft() draft {
	parts := strings.Split(r.web.cookies.get(r, draftCookie, ""), ".")
	if len(parts) != 3 || r.tab == "" || parts[0] != r.tab {
		return draft{}
	}
	typed, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(typed) > maxShown {
		return draft{}
	}
	return draft{note: parts[1], typed: string(typed)}
}
