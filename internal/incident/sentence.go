package incident

import (
	"strconv"
	"strings"
	"time"

	"exposure/internal/breach"
)

// SentenceIn says a rule of a loaded incident in that language: exactly the rule, with
// every condition in the order of [Conditions]. It is empty for nil and for a rule that
// no incident file holds. Easy Japanese, in which nobody signs off rules, reads as
// Japanese.
func SentenceIn(r breach.Rule, l breach.Locale) string {
	own, ok := r.(*rule)
	switch {
	case !ok || own == nil:
		return ""
	case l == breach.English:
		return own.String()
	default:
		return japanese{own.zone}.rule(&own.clause)
	}
}

// Condition is one of the conditions of a rule: the rule holds when all of them do.
type Condition struct {
	Rule breach.Rule // evaluates this condition alone; over the same kind of record
}

// Conditions are what must hold for a rule to hold, in the order of the file: the parts
// of its outermost "and", or the rule itself when it has none. A negated "or" counts as
// an "and". There are none for nil.
//
// Together they answer exactly as the rule does: No when one of them is No, Yes when
// all are Yes, otherwise Unknown.
func Conditions(r breach.Rule) []Condition {
	if r == nil {
		return nil
	}
	own, ok := r.(*rule)
	if !ok || own.clause.form != all {
		return []Condition{{Rule: r}}
	}
	list := make([]Condition, len(own.clause.parts))
	for i, part := range own.clause.parts {
		list[i] = Condition{Rule: &rule{kind: own.kind, zone: own.zone, clause: part}}
	}
	return list
}

// In says the condition as a sentence in that language.
func (c Condition) In(l breach.Locale) string { return SentenceIn(c.Rule, l) }

// cohortSentence says who belongs to a cohort.
func cohortSentence(kind breach.RecordKind, where *rule) string {
	if where == nil {
		return "Everybody whom the approved list names."
	}
	switch kind {
	case breach.MemberRecord:
		return "Everybody with a registration where " + where.String() + "."
	case breach.OrderRecord:
		return "Everybody with an order where " + where.String() + "."
	default:
		return "Everybody named in a delivery where " + where.String() + "."
	}
}

// english says clauses in English; times in its zone.
type english struct{ zone *time.Location }

func (w english) say(c *clause, inner bool) string {
	switch c.form {
	case constant:
		return map[bool]string{true: "always", false: "never"}[c.want]
	case truth:
		return c.fact.en.truth(c.want)
	case moment:
		return c.fact.en.noun + " " + timeWords(c.by) + " " + w.clock(c.at)
	case number:
		return c.fact.en.noun + " " + numberWords(c.by) + " " + strconv.FormatInt(c.number, 10)
	case all:
		return w.join(c.parts, "and", inner)
	default:
		return w.join(c.parts, "or", inner)
	}
}

func (w english) join(parts []clause, word string, inner bool) string {
	said := make([]string, len(parts))
	for i := range parts {
		said[i] = w.say(&parts[i], true)
	}
	if inner {
		return "(" + strings.Join(said, " "+word+" ") + ")"
	}
	return strings.Join(said, ", "+word+" ")
}

func (w english) clock(t time.Time) string {
	t = t.In(w.zone)
	layout := "2006-01-02 15:04"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05.999999999"
	}
	return t.Format(layout) + " (" + w.zone.String() + ")"
}

func timeWords(by relation) string {
	return [...]string{
		less: "before", atMost: "at or before", more: "after", atLeast: "at or after",
		equal: "exactly at", other: "at another time than",
	}[by]
}

func numberWords(by relation) string {
	return [...]string{
		less: "less than", atMost: "at most", more: "more than", atLeast: "at least",
		equal: "exactly", other: "other than",
	}[by]
}
