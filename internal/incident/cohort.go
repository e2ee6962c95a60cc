package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/breach"
	"exposure/internal/strictyaml"
)

func (l *loader) readCohorts(n ast.Node) {
	l.Each(n, "cohorts", func(n ast.Node) {
		c := l.readCohort(n)
		if c.ID != "" && l.in.Cohort(c.ID) != nil {
			l.Fail(n, "cohort %q appears twice", c.ID)
		}
		l.in.Cohorts = append(l.in.Cohorts, c)
	})
	if len(l.in.Cohorts) == 0 {
		l.Fail(n, "an incident needs a cohort")
	}
}

func (l *loader) readCohort(n ast.Node) breach.Cohort {
	var c breach.Cohort
	var where *rule
	l.Object(n, "a cohort",
		strictyaml.Must("id", func(n ast.Node) { c.ID = breach.CohortID(l.id(n, "a cohort's id", plainID)) }),
		strictyaml.Must("label", func(n ast.Node) { c.Label = l.text(n, "a cohort's label", everyLocale) }),
		strictyaml.May("record", func(n ast.Node) { c.Record = l.recordKind(n) }),
		strictyaml.May("where", func(n ast.Node) { where = l.rule(n, c.Record) }),
		strictyaml.Must("exposes", func(n ast.Node) { c.Exposes = l.exposes(n, c.Record) }),
		strictyaml.May("rules_out", func(n ast.Node) { c.RulesOut = l.rulesOut(n, c.Exposes) }),
		strictyaml.Must("reason", func(n ast.Node) { c.Reason = l.text(n, "a cohort's reason", everyLocale) }),
		strictyaml.Must("period", func(n ast.Node) { c.Period = l.period(n) }),
		strictyaml.May("actions", func(n ast.Node) { c.Actions = l.cohortActions(n, c.Exposes) }),
		strictyaml.May("announced", func(n ast.Node) {
			l.Object(n, "announced",
				strictyaml.May("people", func(n ast.Node) { c.Announced.People = l.count(n, "people") }),
				strictyaml.May("cards", func(n ast.Node) { c.Announced.Cards = l.count(n, "cards") }),
			)
		}),
	)
	if where != nil {
		c.Where = where
	}
	c.Sentence = cohortSentence(c.Record, where)
	return c
}

func (l *loader) recordKind(n ast.Node) breach.RecordKind {
	s, ok := l.str(n, "record")
	kinds := []breach.RecordKind{breach.MemberRecord, breach.OrderRecord, breach.DeliveryRecord}
	if ok && !slices.Contains(kinds, breach.RecordKind(s)) {
		l.Fail(n, "no kind of record %q; there are %v", s, kinds)
		return misspelt
	}
	return breach.RecordKind(s)
}

// misspelt stands for a kind of record that has been reported, so that its rules are
// not reported for it again.
const misspelt breach.RecordKind = "?"

// rule compiles the text of a node and reports its faults at their place in the file.
func (l *loader) rule(n ast.Node, kind breach.RecordKind) *rule {
	src, ok := l.str(n, "a rule")
	if !ok || kind == misspelt {
		return nil
	}
	if kind == "" {
		l.Fail(n, "a rule reads a record: the cohort needs record: member, order or delivery")
		return nil
	}
	r, faults := compile(kind, src, l.zone)
	for _, f := range faults {
		line, column := l.locate(n, src, f.offset)
		l.At(line, column, "rule, column %d: %s", f.offset+1, f.message)
	}
	return r
}

// locate finds a character of a scalar's value in the file. YAML folds lines and
// drops indentation, so it counts characters that are not white space.
func (l *loader) locate(n ast.Node, value string, offset int) (line, column int) {
	runes := []rune(value)
	count := 0
	for _, r := range runes[:min(offset, len(runes))] {
		if !space(r) {
			count++
		}
	}
	t := strictyaml.First(n)
	line, column = t.Position.Line, max(t.Position.Column, 1)
	if _, block := n.(*ast.LiteralNode); block {
		line, column = line+1, 1
	}
	escaped := t.Origin != "" && strings.HasPrefix(strings.TrimSpace(t.Origin), `"`)
	if escaped || strings.HasPrefix(strings.TrimSpace(t.Origin), "'") {
		column++
	}
	for lines := l.Lines(); line <= len(lines); line, column = line+1, 1 {
		text := []rune(lines[line-1])
		for i := column - 1; i < len(text); i++ {
			if space(text[i]) || escaped && text[i] == '\\' && i+1 < len(text) && text[i+1] == '"' {
				continue
			}
			if count == 0 {
				return line, i + 1
			}
			count--
		}
	}
	return t.Position.Line, max(t.Position.Column, 1)
}

func space(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// category reads a reference to a declared category.
func (l *loader) category(n ast.Node) breach.CategoryID {
	s, ok := l.str(n, "a category")
	if ok && !l.categories[breach.CategoryID(s)] {
		l.Fail(n, "no category %q in categories", s)
	}
	return breach.CategoryID(s)
}

func (l *loader) exposes(n ast.Node, kind breach.RecordKind) []breach.Exposes {
	var list []breach.Exposes
	seen := map[breach.CategoryID]bool{}
	l.Each(n, "exposes", func(n ast.Node) {
		var x breach.Exposes
		if _, short := n.(*ast.StringNode); short {
			x.Category = l.category(n)
		} else {
			l.Object(n, "an exposed category",
				strictyaml.Must("category", func(n ast.Node) { x.Category = l.category(n) }),
				strictyaml.May("label", func(n ast.Node) { x.Label = l.text(n, "a label", everyLocale) }),
				strictyaml.May("when", func(n ast.Node) {
					if r := l.rule(n, kind); r != nil {
						x.When = r
					}
				}),
				strictyaml.May("flag", func(n ast.Node) { x.Flag = l.id(n, "a flag", plainID) }),
			)
		}
		if seen[x.Category] {
			l.Fail(n, "category %q appears twice in this cohort", x.Category)
		}
		seen[x.Category] = true
		list = append(list, x)
	})
	if len(list) == 0 {
		l.Fail(n, "a cohort must expose something")
	}
	return list
}

func (l *loader) rulesOut(n ast.Node, exposes []breach.Exposes) []breach.CategoryID {
	var list []breach.CategoryID
	l.Each(n, "rules_out", func(n ast.Node) {
		id := l.category(n)
		if slices.ContainsFunc(exposes, func(x breach.Exposes) bool { return x.Category == id }) {
			l.Fail(n, "category %q is exposed by this cohort and cannot be ruled out by it", id)
		}
		if slices.Contains(list, id) {
			l.Fail(n, "category %q appears twice", id)
		}
		list = append(list, id)
	})
	return list
}

func (l *loader) period(n ast.Node) breach.Period {
	var p breach.Period
	end := func(to **time.Time, what string) func(ast.Node) {
		return func(n ast.Node) {
			t := l.instant(n, what)
			*to = &t
		}
	}
	l.Object(n, "period",
		strictyaml.Must("label", func(n ast.Node) { p.Label = l.text(n, "a period's label", everyLocale) }),
		strictyaml.May("from", end(&p.From, "the start of a period")),
		strictyaml.May("to", end(&p.To, "the end of a period")),
	)
	if p.From != nil && p.To != nil && !p.To.IsZero() && !p.From.Before(*p.To) {
		l.Fail(n, "a period runs from its first instant up to, and without, \"to\": from must be before to")
	}
	return p
}

func (l *loader) actionRef(n ast.Node) breach.ActionID {
	s, ok := l.str(n, "an action")
	if ok && !l.actions[breach.ActionID(s)] {
		l.Fail(n, "no action %q in actions", s)
	}
	return breach.ActionID(s)
}

func (l *loader) actionRefs(n ast.Node, what string) []breach.ActionID {
	var list []breach.ActionID
	l.Each(n, what, func(n ast.Node) {
		id := l.actionRef(n)
		if slices.Contains(list, id) {
			l.Fail(n, "action %q appears twice", id)
		}
		list = append(list, id)
	})
	return list
}

func (l *loader) cohortActions(n ast.Node, exposes []breach.Exposes) []breach.CohortAction {
	var list []breach.CohortAction
	l.Each(n, "actions", func(n ast.Node) {
		var a breach.CohortAction
		if _, short := n.(*ast.StringNode); short {
			a.ID = l.actionRef(n)
		} else {
			l.Object(n, "an action",
				strictyaml.Must("id", func(n ast.Node) { a.ID = l.actionRef(n) }),
				strictyaml.Must("if_exposed", func(n ast.Node) {
					a.IfExposed = l.category(n)
					if !slices.ContainsFunc(exposes, func(x breach.Exposes) bool { return x.Category == a.IfExposed }) {
						l.Fail(n, "this cohort does not expose %q", a.IfExposed)
					}
				}),
			)
		}
		if slices.ContainsFunc(list, func(b breach.CohortAction) bool { return b.ID == a.ID }) {
			l.Fail(n, "action %q appears twice", a.ID)
		}
		if a.ID == breach.ActionResetPassword && l.asked == nil {
			l.asked = n
		}
		list = append(list, a)
	})
	return list
}
