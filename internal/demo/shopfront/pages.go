package shopfront

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// Paths of the shop.
const (
	pathHome   = "/mypage/"
	pathLogin  = "/mypage/login"
	pathOut    = "/mypage/logout"
	pathNew    = "/mypage/new-password"
	pathDone   = "/mypage/new-password/done"
	pathForgot = "/forgot/"
)

// NewPasswordPath is the path of the page that takes tickets: the incident file's reset.url.
const NewPasswordPath = pathNew

// ForgotPath is the path of the page that used to help with forgotten passwords.
const ForgotPath = pathForgot

func (s *Shop) routes(public *url.URL) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, pathHome, http.StatusSeeOther) })
	mux.HandleFunc("GET "+pathHome+"{$}", s.home)
	mux.HandleFunc("GET "+pathLogin, s.askLogin)
	mux.HandleFunc("POST "+pathLogin, s.login)
	mux.HandleFunc("POST "+pathOut, s.logout)
	mux.HandleFunc("GET "+pathNew, s.askPassword)
	mux.HandleFunc("POST "+pathNew, s.takeForm)
	mux.HandleFunc("GET "+pathDone, s.done)
	mux.HandleFunc("GET "+pathForgot, s.forgot)
	for _, name := range []string{"shop.css", "shop.js"} {
		mux.HandleFunc("GET /static/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "files/"+name) })
	}
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { s.say(w, r, http.StatusNotFound, "missing") })
	origins := http.NewCrossOriginProtection()
	if err := origins.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("shopfront: the shop's address: %w", err)
	}
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.say(w, r, http.StatusForbidden, "refused") }))
	return headers(origins.Handler(mux)), nil
}

// maxBody is far above two passwords of the longest kind, escaped.
const maxBody = 16 << 10

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer") // a ticket stands in an address until its button is pressed
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// page is what a template gets.
type page struct {
	speaker
	Name   string
	Wrong  string // the id of what was wrong with a form; empty: nothing
	Forgot bool   // the page says by a mark that it is closed
	Other  string // this page in the other language
	Query  string // keeps the chosen language in links
	Ticket string // one that can still be taken: this page's form or link does; mostly empty
	Body   any
}

func (p page) Lang() string { return p.lang }
func (p page) Site() string { return p.shop.name[p.lang] }
func (p page) W(id string, places ...string) template.HTML {
	return p.say(id, places...)
}

func parsePages() (map[string]*template.Template, error) {
	all := map[string]*template.Template{}
	for _, name := range []string{"login", "home", "ticket", "new", "done", "message"} {
		t, err := template.New("frame.html").Option("missingkey=error").ParseFS(files, "files/frame.html", "files/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("shopfront: template %s: %w", name, err)
		}
		all[name] = t
	}
	return all, nil
}

// language is the one chosen, else the browser's first, else Japanese.
func language(r *http.Request) (lang string, chosen bool) {
	switch asked := r.URL.Query().Get("lang"); {
	case asked == "ja" || asked == "en":
		return asked, true
	case strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en"):
		return "en", false
	default:
		return "ja", false
	}
}

// query keeps a chosen language.
func query(r *http.Request) string {
	if lang, chosen := language(r); chosen {
		return "?lang=" + lang
	}
	return ""
}

func (s *Shop) show(w http.ResponseWriter, r *http.Request, status int, template string, p page) {
	lang, _ := language(r)
	p.speaker, p.Query = speaker{s, lang}, query(r)
	other := map[string]string{"ja": "en", "en": "ja"}[lang]
	p.Other = r.URL.Path + "?lang=" + other
	if p.Ticket != "" {
		p.Other += "&ticket=" + url.QueryEscape(p.Ticket)
	}
	var out bytes.Buffer
	if err := s.pages[template].Execute(&out, p); err != nil {
		s.log.Error("a page cannot be rendered", "page", p.Name, "error", err)
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// say shows a page of a heading and a sentence.
func (s *Shop) say(w http.ResponseWriter, r *http.Request, status int, name string) {
	s.show(w, r, status, "message", page{Name: name, Body: messageBody{}})
}

type messageBody struct{ Also string } // a further word

// field is the one value of a form's field; a field sent twice is none.
func field(r *http.Request, name string) string {
	if values := r.PostForm[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// form parses a form, or answers that it cannot.
func form(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); err != nil { // nothing of it is repeated
		http.Error(w, "this form cannot be read", http.StatusBadRequest)
		return false
	}
	return true
}

// cookie kinds: a session of MY page, and the right to set a new password.
const (
	sessionCookie = "shop-session"
	ticketCookie  = "shop-ticket"
)

func (s *Shop) cookieName(kind string) string {
	if s.secure {
		return "__Host-" + kind
	}
	return kind
}

// cookie is the value of the one cookie of that name; two are none.
func (s *Shop) cookie(r *http.Request, kind string) string {
	if found := r.CookiesNamed(s.cookieName(kind)); len(found) == 1 {
		return found[0].Value
	}
	return ""
}

// setCookie keeps a value until the browser is closed; an empty one ends it. It is Lax:
// people come from the look-up, which is another site.
func (s *Shop) setCookie(w http.ResponseWriter, kind, value string) {
	c := &http.Cookie{Name: s.cookieName(kind), Value: value, Path: "/", Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
