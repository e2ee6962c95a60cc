package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

// renderer renders the pages of one locale.
type renderer struct {
	locale  breach.Locale
	words   map[string]breach.Text
	speller *wording.Speller
	always  map[string]any // places that are the same on every page
	pages   map[string]*template.Template
}

// pageNames are the templates, one file each.
func pageNames() []string {
	return []string{"landing", "address", "code", "message", "lost", "result", "letter", "faq", "trouble"}
}

func newRenderer(files embed.FS, l breach.Locale, in *breach.Incident) (*renderer, error) {
	d := &renderer{locale: l, words: wording.PageWords(), speller: wording.NewSpeller(), pages: map[string]*template.Template{}}
	d.always = map[string]any{
		"shop": in.Site.Name.In(l), "phone": in.Contact.Phone, "published": d.day(in.PublishedAt.In(in.Zone)),
		"from": in.Mail.From, "domain": in.Mail.AllowDomain,
	}
	if !in.ClosesAt.IsZero() { // the first instant after: people read the last day
		d.always["closed"] = d.day(in.ClosesAt.In(in.Zone).Add(-time.Nanosecond))
	}
	if in.FirstNotice != nil {
		d.always["first_notice"] = d.monthDay(in.FirstNotice.In(in.Zone))
	}
	funcs := template.FuncMap{"w": d.word, "plain": d.plain, "t": d.text}
	for _, name := range pageNames() {
		t, err := template.New("frame.html").Funcs(funcs).Option("missingkey=error").
			ParseFS(files, "templates/frame.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("web: template %s: %w", name, err)
		}
		d.pages[name] = t
	}
	return d, nil
}

var placeForm = regexp.MustCompile(`\{[a-z_]+\}`)

// word is a word by id with its places filled in: name, value, name, value …
func (d *renderer) word(id string, places ...any) (template.HTML, error) {
	text, ok := d.words[id]
	if !ok {
		return "", fmt.Errorf("no word %q", id)
	}
	_, easy := text[d.locale]
	return d.fill(text.In(d.locale), d.locale == breach.EasyJapanese && easy, places)
}

func (d *renderer) fill(s string, easy bool, places []any) (template.HTML, error) {
	var out strings.Builder
	at := 0
	for _, m := range placeForm.FindAllStringIndex(s, -1) {
		out.WriteString(string(d.markUp(s[at:m[0]], easy)))
		v, err := d.place(s[m[0]+1:m[1]-1], places)
		if err != nil {
			return "", err
		}
		if html, ok := v.(template.HTML); ok {
			out.WriteString(string(html))
		} else {
			out.WriteString(template.HTMLEscapeString(fmt.Sprint(v)))
		}
		at = m[1]
	}
	out.WriteString(string(d.markUp(s[at:], easy)))
	return template.HTML(out.String()), nil
}

func (d *renderer) place(name string, places []any) (any, error) {
	for i := 0; i+1 < len(places); i += 2 {
		if places[i] == name {
			return places[i+1], nil
		}
	}
	if v, ok := d.always[name]; ok {
		return v, nil
	}
	return nil, errors.New("nothing for the place " + name)
}

// markUp escapes a text and, if it is easy, writes the reading over every kanji.
func (d *renderer) markUp(s string, easy bool) template.HTML {
	if !easy {
		return template.HTML(template.HTMLEscapeString(s))
	}
	var out strings.Builder
	for _, r := range d.speller.Spell(s) {
		word := template.HTMLEscapeString(r.Word)
		if r.Kana == "" {
			out.WriteString(word)
			continue
		}
		out.WriteString("<ruby>" + word + "<rp>(</rp><rt>" + r.Kana + "</rt><rp>)</rp></ruby>")
	}
	return template.HTML(out.String())
}

// plain is a word where markup cannot stand: titles and attributes.
func (d *renderer) plain(id string, places ...any) (string, error) {
	text, ok := d.words[id]
	if !ok {
		return "", fmt.Errorf("no word %q", id)
	}
	s := text.In(d.locale)
	for _, m := range placeForm.FindAllString(s, -1) {
		v, err := d.place(m[1:len(m)-1], places)
		if err != nil {
			return "", err
		}
		s = strings.ReplaceAll(s, m, fmt.Sprint(v))
	}
	return s, nil
}

// text is one of the incident's texts.
func (d *renderer) text(t breach.Text) template.HTML {
	_, easy := t[d.locale]
	return d.markUp(t.In(d.locale), d.locale == breach.EasyJapanese && easy)
}

// render answers with a page. It is made whole before anything is sent.
func (w *Web) render(r *request, status int, template string, p page) error {
	d := w.pages[r.locale]
	p.frame = w.frame(r, p)
	var out bytes.Buffer
	if err := d.pages[template].Execute(&out, p); err != nil {
		return fmt.Errorf("rendering a page: %w", err)
	}
	r.Response().Header().Set("Content-Language", p.Lang)
	return r.HTMLBlob(status, out.Bytes())
}

// asPage answers 200.
func (w *Web) asPage(r *request, template string, p page) error {
	return w.render(r, http.StatusOK, template, p)
}
