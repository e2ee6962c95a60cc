package incident

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"
	_ "time/tzdata" // an incident's zone must exist on every machine

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/breach"
	"exposure/internal/strictyaml"
)

// MaxBytes bounds an incident file.
const MaxBytes = strictyaml.MaxBytes

// Error is one fault of an incident file. Parse joins several; errors.As finds the first.
type Error = strictyaml.Error

// Load reads the incident file at path.
func Load(path string) (*breach.Incident, error) {
	in, _, err := LoadAll(path)
	return in, err
}

// LoadAll reads the incident file at path with the words of the shop's exports.
func LoadAll(path string) (*breach.Incident, *Vocabulary, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the incident file: %w", err)
	}
	if !info.Mode().IsRegular() { // opening a pipe could wait for ever
		return nil, nil, fmt.Errorf("opening the incident file: %s is no ordinary file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the incident file: %w", err)
	}
	src, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, nil, fmt.Errorf("reading the incident file: %w", err)
	}
	return Parse(path, src)
}

// Parse reads the bytes of an incident file; name is what errors call it. The error
// joins one *[Error] per fault.
func Parse(name string, src []byte) (*breach.Incident, *Vocabulary, error) {
	digest := sha256.Sum256(src)
	form := strictyaml.Form{Name: "an incident file", NullIsNo: true}
	l := &loader{reader: reader{strictyaml.New(form, name, src)}, zone: time.UTC}
	tree, ok := l.Tree()
	if ok {
		l.read(tree)
	}
	if err := l.Err(); err != nil {
		return nil, nil, err
	}
	l.in.Digest = digest
	return &l.in, &l.words, nil
}

// loader fills an incident from a tree.
type loader struct {
	reader
	in         breach.Incident
	words      Vocabulary
	zone       *time.Location
	categories map[breach.CategoryID]bool
	actions    map[breach.ActionID]bool
	asked      ast.Node // where a cohort asks for a new password, if one does
}

// read goes through the top level. Keys that others refer to come first.
func (l *loader) read(n ast.Node) {
	in := &l.in
	l.Object(n, "the incident",
		strictyaml.Must("id", func(n ast.Node) { in.ID = l.id(n, "the incident's id", incidentID) }),
		strictyaml.Must("zone", l.readZone),
		strictyaml.Must("locales", l.readLocales),
		strictyaml.Must("published_at", func(n ast.Node) { in.PublishedAt = l.instant(n, "published_at") }),
		strictyaml.May("closes_at", func(n ast.Node) { in.ClosesAt = l.instant(n, "closes_at") }),
		strictyaml.Must("site", l.readSite),
		strictyaml.Must("mail", l.readMail),
		strictyaml.Must("contact", l.readContact),
		strictyaml.May("first_notice", l.readFirstNotice),
		strictyaml.May("notices", l.readNotices),
		strictyaml.May("reset", func(n ast.Node) {
			l.Object(n, "reset",
				strictyaml.Must("url", func(n ast.Node) { in.ResetURL = l.link(n, "the reset url", true) }),
				strictyaml.May("forgot_url", func(n ast.Node) { in.ForgotURL = l.link(n, "the forgot_url", true) }))
		}),
		strictyaml.Must("categories", l.readCategories),
		strictyaml.Must("actions", l.readActions),
		strictyaml.May("common_actions", func(n ast.Node) { in.Common = l.actionRefs(n, "common_actions") }),
		strictyaml.Must("cohorts", l.readCohorts),
		strictyaml.May("announced_total", func(n ast.Node) {
			l.Object(n, "announced_total", strictyaml.Must("people", func(n ast.Node) { in.Announced = l.count(n, "people") }))
		}),
		strictyaml.Must("scopes", l.readScopes),
		strictyaml.Must("cannot_tell", l.readCannotTell),
		strictyaml.Must("doubts", l.readDoubts),
		strictyaml.May("exclusions", func(n ast.Node) {
			l.Each(n, "exclusions", func(n ast.Node) { in.Exclusions = append(in.Exclusions, l.text(n, "an exclusion", everyLocale)) })
		}),
		strictyaml.May("timeline", l.readTimeline),
		strictyaml.May("faq", l.readFAQ),
		strictyaml.May("shop", l.readShop),
	)
	if l.words.Zone == nil {
		l.words.Zone = l.zone
	}
	if l.Faults() == 0 {
		l.agree(n)
	}
}

func (l *loader) readZone(n ast.Node) {
	if zone := l.location(n); zone != nil {
		l.zone, l.in.Zone = zone, zone
	}
}

func (l *loader) location(n ast.Node) *time.Location {
	name, ok := l.str(n, "the zone")
	if !ok {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		l.Fail(n, "no time zone %q; write a name such as Asia/Tokyo or UTC", name)
		return nil
	}
	return zone
}

func (l *loader) readLocales(n ast.Node) {
	l.Each(n, "locales", func(n ast.Node) {
		s, ok := l.str(n, "a locale")
		locale := breach.Locale(s)
		switch {
		case !ok:
		case !slices.Contains(breach.Locales(), locale):
			l.Fail(n, "no locale %q; there are %v", s, breach.Locales())
		case slices.Contains(l.in.Locales, locale):
			l.Fail(n, "locale %q appears twice", s)
		case locale == breach.EasyJapanese && !slices.Contains(l.in.Locales, breach.Japanese):
			l.Fail(n, "easy Japanese falls back to Japanese, which must come before it")
		default:
			l.in.Locales = append(l.in.Locales, locale)
		}
	})
	if len(l.in.Locales) == 0 {
		l.Fail(n, "an incident needs a locale")
	}
}

// The forms of ids. They appear in URLs, file names and JSON.
var (
	incidentID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	plainID    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
)

func (l *loader) id(n ast.Node, what string, form *regexp.Regexp) string {
	s, ok := l.str(n, what)
	if ok && !form.MatchString(s) {
		l.Fail(n, "%s %q must be short and of a-z, 0-9 and %s", what, s, map[bool]string{true: "-", false: "_"}[form == incidentID])
		return ""
	}
	return s
}
