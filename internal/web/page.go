package web

import (
	"html/template"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/web/static"
)

// page is what a template gets. Name and State are for style sheets and tests.
type page struct {
	frame
	Name  string
	State string
	Title string // of the window, without the service's name
	H1    template.HTML
	Wrong bool // a form was not accepted: the window's title begins with that
	Index bool // search engines may list it
	Back  string
	Body  any
}

// frame is the same on every page.
type frame struct {
	Lang             string
	CSS, JS, Icon    string
	Home, FAQ        string
	Site             breach.Text
	Switch           []switchLink
	Help             help
	HelpMail         template.HTML
	ServiceAndSiteIn string // behind the title
}

// switchLink leads to the same page in another language.
type switchLink struct {
	Lang, Href string
	Label      template.HTML
	Current    bool
}

// help is the help line as it stands now: the same block at the same place on every page.
type help struct {
	Phone string
	Tel   template.URL
	Hours breach.Text
	Open  bool
	Next  string // when it opens again; empty while open, or when not known
}

// headed is a page with a heading, which is also the window's title.
func (r *request) headed(name, state, id string, places ...any) (page, error) {
	d := r.web.pages[r.locale]
	h1, err := d.word(id, places...)
	if err != nil {
		return page{}, err
	}
	title, err := d.plain(id, places...)
	return page{Name: name, State: state, Title: title, H1: h1}, err
}

func (w *Web) frame(r *request, p page) frame {
	d, in := w.pages[r.locale], w.incident
	now := in.ContactAt(w.now())
	f := frame{
		Lang: language(r.locale), CSS: w.static.Path(static.Style), JS: w.static.Path(static.Script), Icon: w.static.Path(static.Icon),
		Home: r.link(pathLanding, ""), FAQ: r.link(pathFAQ, ""), Site: in.Site.Name,
		Help: help{Phone: now.Phone, Tel: tel(now.Phone), Hours: now.Hours, Open: now.OpenNow},
	}
	if now.NextOpen != nil {
		f.Help.Next = d.opening(now.NextOpen.In(in.Zone))
	}
	address := template.HTMLEscapeString(now.Email)
	f.HelpMail = template.HTML(`<a href="mailto:` + address + `">` + address + `</a>`) // the incident file's, checked when it was read
	f.ServiceAndSiteIn = d.words["frame.service"].In(r.locale) + "｜" + in.Site.Name.In(r.locale)
	for _, l := range in.Locales {
		f.Switch = append(f.Switch, w.switchTo(r, l))
	}
	return f
}

func (w *Web) switchTo(r *request, l breach.Locale) switchLink {
	other := *r
	other.locale, other.asked = l, true
	s := switchLink{Lang: language(l), Href: other.link(viewPath(r.Path()), r.tab), Current: l == r.locale}
	switch l {
	case breach.English:
		s.Label = "English"
	case breach.EasyJapanese:
		s.Label = "やさしい<ruby>日本語<rp>(</rp><rt>にほんご</rt><rp>)</rp></ruby>"
	default:
		s.Label = "日本語"
	}
	return s
}

// viewPath is the page that a form belongs to, and the first one for what is no page.
func viewPath(path string) string {
	switch path {
	case pathResend, pathRestart:
		return pathCode
	case pathReset, pathFinish:
		return pathResult
	case pathAddress, pathHeld, pathCode, pathLost, pathResult, pathFinished, pathLetter, pathFAQ:
		return path
	default:
		return pathLanding
	}
}

// language is the value of lang: easy Japanese is Japanese.
func language(l breach.Locale) string {
	if l == breach.English {
		return "en"
	}
	return "ja"
}

// tel keeps of a telephone number what can be dialled.
func tel(phone string) template.URL {
	return template.URL("tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone))
}

// local is a time in the incident's zone.
func (w *Web) local(t time.Time) time.Time { return t.In(w.incident.Zone) }
