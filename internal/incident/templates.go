package incident

import (
	"embed"
	"fmt"
)

//go:embed templates/*.yaml
var templates embed.FS

// Template is an incident file to begin with. It loads as it is, names an invented shop,
// and says in its comments when to choose it and what to beware of.
type Template struct {
	Name  string // as ReadTemplate takes it
	Title string // in English, one line
}

// Templates lists the incident files to begin with, the commonest kind first.
func Templates() []Template {
	return []Template{
		{"card-skimming", "card data typed on an altered payment page, in a window of time"},
		{"member-database", "the registrations of members"},
		{"purchases", "orders, the people things were sent to, and names written on goods"},
		{"approved-list", "a list of people that somebody has approved, without rules"},
	}
}

// ReadTemplate returns the bytes of one of [Templates].
func ReadTemplate(name string) ([]byte, error) {
	src, err := templates.ReadFile("templates/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the template %q: %w", name, err)
	}
	return src, nil
}
