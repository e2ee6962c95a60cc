package incident

import (
	"github.com/goccy/go-yaml/ast"

	"exposure/internal/breach"
)

// agree checks what no single key can know, once each of them is right.
func (l *loader) agree(n ast.Node) {
	in := &l.in
	if !in.ClosesAt.IsZero() && !in.PublishedAt.Before(in.ClosesAt) {
		l.Fail(n, "closes_at must be after published_at")
	}
	if l.asked != nil && in.ResetURL == "" {
		l.Fail(l.asked, "this asks for a new password, and the incident has no reset url")
	}
	if in.FirstNotice != nil && !l.actions[breach.ActionCallUs] {
		l.Fail(n, "there was a first notice, so the action %q must exist: it is all that people see who got it and are on no list",
			breach.ActionCallUs)
	}
	if in.Notices.LettersFrom != nil && in.ScopeLetter == nil {
		l.Fail(n, "letters are sent, so scopes needs the heading \"letter\"")
	}
	l.holidaysReach(n)
	l.figures(n)
}

// holidaysReach refuses to promise opening hours beyond the table of holidays.
func (l *loader) holidaysReach(n ast.Node) {
	in := &l.in
	if in.Contact.Hours.Holidays == nil {
		return
	}
	last := in.PublishedAt
	if !in.ClosesAt.IsZero() {
		last = in.ClosesAt
	}
	if in.PublishedAt.Year() < firstYear || last.Year() > lastYear {
		l.Fail(n, "the table of holidays covers %d to %d only", firstYear, lastYear)
	}
}

// figures refuses an announced total that its cohorts cannot add up to: people may be
// in several cohorts, so it lies between the largest and the sum.
func (l *loader) figures(n ast.Node) {
	sum, largest := 0, 0
	for _, c := range l.in.Cohorts {
		if c.Announced.People == 0 {
			return
		}
		sum += c.Announced.People
		largest = max(largest, c.Announced.People)
		if c.Announced.Cards != 0 && c.Announced.Cards < c.Announced.People {
			l.Fail(n, "cohort %q announces fewer cards than people", c.ID)
		}
	}
	if t := l.in.Announced; t != 0 && (t < largest || t > sum) {
		l.Fail(n, "announced_total is %d; by its cohorts it must lie between %d and %d", t, largest, sum)
	}
}
