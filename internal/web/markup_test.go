package web_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var (
	void  = []string{"meta", "link", "input", "br", "img", "hr"}
	block = []string{"p", "div", "ul", "ol", "dl", "h1", "h2", "h3", "section", "form", "nav", "main", "header", "footer"}
)

// checkMarkup reads a page as strictly as XML: every element is closed where it must be,
// no id is there twice, whatever refers to an id finds it, nothing is inline that the
// policy forbids, and nothing is loaded from elsewhere.
func checkMarkup(t *testing.T, page string) {
	t.Helper()
	m := markup{t: t, ids: map[string]bool{}}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) || len(m.open) > 0 {
				t.Errorf("the page ends with %v inside %v", z.Err(), m.open)
			}
			m.end()
			return
		case html.StartTagToken:
			m.start(z.Token())
		case html.EndTagToken:
			m.close(z.Token().Data)
		case html.SelfClosingTagToken:
			t.Errorf("<%s/> closes itself", z.Token().Data)
		}
	}
}

type markup struct {
	t    *testing.T
	open []string
	ids  map[string]bool
	refs []string
}

func (m *markup) start(token html.Token) {
	name := token.Data
	if len(m.open) > 0 && slices.Contains(block, name) && slices.Contains(m.open, "p") {
		m.t.Errorf("<%s> inside a paragraph", name)
	}
	if slices.Contains([]string{"a", "button", "form", "label"}, name) && slices.Contains(m.open, name) {
		m.t.Errorf("<%s> inside another", name)
	}
	if !slices.Contains(void, name) {
		m.open = append(m.open, name)
	}
	seen := map[string]bool{}
	for _, a := range token.Attr {
		if seen[a.Key] {
			m.t.Errorf("<%s> has %s twice", name, a.Key)
		}
		seen[a.Key] = true
		m.attribute(name, a.Key, a.Val)
	}
}

func (m *markup) attribute(element, key, value string) {
	switch {
	case key == "id":
		if m.ids[value] {
			m.t.Errorf("the id %s is there twice", value)
		}
		m.ids[value] = true
	case key == "for", key == "aria-describedby", key == "aria-labelledby":
		m.refs = append(m.refs, strings.Fields(value)...)
	case key == "style", strings.HasPrefix(key, "on"):
		m.t.Errorf("<%s %s> is inline", element, key)
	case key == "href", key == "src", key == "action":
		ours := strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//")
		if !ours && !strings.HasPrefix(value, "#") && (element != "a" || !strings.HasPrefix(value, "tel:") && !strings.HasPrefix(value, "mailto:")) {
			m.t.Errorf("<%s %s=%q> leads elsewhere", element, key, value)
		}
	}
}

func (m *markup) close(name string) {
	if len(m.open) == 0 || m.open[len(m.open)-1] != name {
		m.t.Errorf("</%s> inside %v", name, m.open)
		return
	}
	m.open = m.open[:len(m.open)-1]
}

func (m *markup) end() {
	for _, id := range m.refs {
		if !m.ids[id] {
			m.t.Errorf("nothing has the id %s", id)
		}
	}
}
