package incident

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/breach"
)

// parseInstant reads a time with its zone, or explains what is wrong with it.
func parseInstant(s string) (time.Time, string) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil {
		return t, ""
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if _, err := time.Parse(layout, s); err == nil {
			return time.Time{}, fmt.Sprintf("%q has no zone; write it in full, e.g. 2023-03-17T00:00:00+09:00", s)
		}
	}
	return time.Time{}, fmt.Sprintf("%q is no time; write e.g. 2023-03-17T00:00:00+09:00", s)
}

func (l *loader) instant(n ast.Node, what string) time.Time {
	s, ok := l.str(n, what)
	if !ok {
		return time.Time{}
	}
	t, message := parseInstant(s)
	if message != "" {
		l.Fail(n, "%s: %s", what, message)
	}
	return t.In(l.zone)
}

// day reads a calendar day as its first instant in the incident's zone.
func (l *loader) day(n ast.Node, what string) time.Time {
	s, ok := l.str(n, what)
	if !ok {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, s, l.zone)
	if err != nil {
		l.Fail(n, "%s: %q is no day; write e.g. 2023-07-25", what, s)
	}
	return t
}

// dayOrInstant is for channels that open on a day, or at a time of it.
func (l *loader) dayOrInstant(n ast.Node, what string) time.Time {
	if s, ok := n.(*ast.StringNode); ok && len(s.Value) == len(time.DateOnly) {
		return l.day(n, what)
	}
	return l.instant(n, what)
}

// clock reads 10:00 as the time since midnight.
func (l *loader) clock(n ast.Node, what string) time.Duration {
	s, ok := l.str(n, what)
	if !ok {
		return 0
	}
	if s == "24:00" {
		return 24 * time.Hour
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		l.Fail(n, "%s: %q is no time of day; write e.g. \"10:00\"", what, s)
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// holidaysJP is data: its own head says where it comes from.
//
//go:embed holidays_jp.txt
var holidaysJP string

// The years for which holidays and yearly closures are known.
const (
	firstYear = 2019
	lastYear  = 2030
)

func (l *loader) holidays(n ast.Node) map[breach.Date]bool {
	s, ok := l.str(n, "holidays")
	if !ok {
		return nil
	}
	if s != "JP" {
		l.Fail(n, "no table of holidays %q; there is JP", s)
		return nil
	}
	days := map[breach.Date]bool{}
	for line := range strings.Lines(holidaysJP) {
		if t, err := time.Parse(time.DateOnly, strings.TrimSpace(line)); err == nil {
			days[breach.DateOf(t)] = true
		}
	}
	return days
}

var closureForm = regexp.MustCompile(`^((?:\d{4}-)?\d\d-\d\d)(?:\.\.((?:\d{4}-)?\d\d-\d\d))?$`)

// maxClosure bounds a range, so that a slip in a year is noticed.
const maxClosure = 60 * 24 * time.Hour

// closures reads days the shop closes: 2023-08-14, 2023-08-14..2023-08-16 or, every
// year, 12-29..01-03. Both ends are closed.
func (l *loader) closures(n ast.Node) map[breach.Date]bool {
	days := map[breach.Date]bool{}
	l.Each(n, "closures", func(n ast.Node) {
		s, ok := l.str(n, "a closure")
		if !ok {
			return
		}
		m := closureForm.FindStringSubmatch(s)
		if m == nil {
			l.Fail(n, "%q is no closure; write 2023-08-14, 2023-08-14..2023-08-16 or, every year, 12-29..01-03", s)
			return
		}
		if m[2] == "" {
			m[2] = m[1]
		}
		if len(m[1]) != len(m[2]) {
			l.Fail(n, "%q: give both days a year, or neither", s)
			return
		}
		if len(m[1]) == len(time.DateOnly) {
			l.closure(n, s, m[1], m[2], days)
			return
		}
		for year := firstYear; year <= lastYear; year++ {
			until := year
			if m[2] < m[1] { // over the end of the year
				until++
			}
			if !l.closure(n, s, fmt.Sprintf("%d-%s", year, m[1]), fmt.Sprintf("%d-%s", until, m[2]), days) {
				return
			}
		}
	})
	return days
}

func (l *loader) closure(n ast.Node, shown, from, to string, days map[breach.Date]bool) bool {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	switch {
	case err1 != nil || err2 != nil:
		l.Fail(n, "%q holds a day that does not exist (in every year)", shown)
		return false
	case b.Before(a) || b.Sub(a) > maxClosure:
		l.Fail(n, "%q must run forward, and over 60 days at most", shown)
		return false
	}
	for ; !a.After(b); a = a.AddDate(0, 0, 1) {
		days[breach.DateOf(a)] = true
	}
	return true
}
