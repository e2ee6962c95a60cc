package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/wording"
)

//go:embed templates
var templates embed.FS

//go:embed static/desk.css
var deskStyle []byte

// page is what a template gets. Name and State are for style sheets and tests.
type page struct {
	Name, State, Title string
	Wrong              string // why a form was not accepted; empty: it was not refused
	Body               any

	Shop, CSS, DeskCSS, Icon string
	Who                      string // who is signed in; empty: nobody
	Supervisor, Training     bool
	OfCall                   bool // also when nobody was asked who it is
}

// choice is one of a closed set.
type choice struct{ Value, Label string }

// messageBody is a page of a few sentences and one way on.
type messageBody struct {
	Lines      []string
	Link, Word string
}

// parse reads the templates: those of whole pages, and those of the steps of a call, which
// share one layout.
func parse() (map[string]*template.Template, error) {
	all := map[string]*template.Template{}
	read := func(name string, files ...string) error {
		t, err := template.New("frame.html").Option("missingkey=error").ParseFS(templates, append([]string{"templates/frame.html", "templates/parts.html"}, files...)...)
		if err != nil {
			return fmt.Errorf("console: template %s: %w", name, err)
		}
		all[name] = t
		return nil
	}
	for _, name := range []string{"sign-in", "password", "home", "result", "message", "counts"} {
		if err := read(name, "templates/"+name+".html"); err != nil {
			return nil, err
		}
	}
	for _, step := range []string{"route", "address", "spelled", "code", "lost", "hang-up", "no-mail", "letter-number", "letter-request", "ticket", "question", "left", "end"} {
		if err := read("do-"+step, "templates/call.html", "templates/do-"+step+".html"); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// render answers with a page, made whole before anything is sent. An idle screen locks
// itself once its session is over; a page that may show less sooner says so in again.
func (v *visit) render(status int, template string, p page, again ...refresh) error {
	d := v.d
	p.Shop, p.CSS, p.DeskCSS, p.Icon = d.c.Incident.Site.Name.In(breach.Japanese), d.files.Path("exposure.css"), d.files.Path("desk.css"), d.files.Path("icon.svg")
	p.Who, p.Supervisor, p.OfCall = v.who.Name, v.who.Role == agent.RoleSupervisor && !v.who.MustChange, v.Param("id") != ""
	var out bytes.Buffer
	if err := d.pages[template].Execute(&out, p); err != nil {
		return fmt.Errorf("rendering a page of the desk: %w", err)
	}
	h := v.Response().Header()
	h.Set("Content-Language", "ja")
	if v.who.Name != "" {
		again = append(again, refresh{v.who.Ends, pathLocked})
	}
	if next, ok := earliest(again); ok {
		h.Set("Refresh", strconv.Itoa(seconds(next.at.Sub(d.c.Now())))+"; url="+next.path)
	}
	return v.HTMLBlob(status, out.Bytes())
}

// refresh is where a page leads by itself, and when.
type refresh struct {
	at   time.Time
	path string
}

func earliest(all []refresh) (next refresh, ok bool) {
	for _, r := range all {
		if !ok || r.at.Before(next.at) {
			next, ok = r, true
		}
	}
	return next, ok
}

// seconds are whole ones and one more, so that the time is really over.
func seconds(d time.Duration) int { return max(1, int(d/time.Second)+1) }

func (v *visit) message(status int, name, title string, body messageBody, again ...refresh) error {
	return v.render(status, "message", page{Name: name, Title: title, Body: body}, again...)
}

// show answers 200.
func (v *visit) show(template string, p page) error { return v.render(http.StatusOK, template, p) }

func (d *Console) clock(t time.Time) string {
	return wording.Clock(t.In(d.c.Incident.Zone), breach.Japanese)
}

// moment says a time with its day: 8月14日 午前10時（10:00）.
func (d *Console) moment(t time.Time) string {
	return wording.DayClock(t.In(d.c.Incident.Zone), breach.Japanese)
}
