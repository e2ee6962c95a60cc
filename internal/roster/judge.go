package roster

import (
	"fmt"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

// Bounds of the bit sets below; no incident comes near them.
const (
	mostCohorts    = 64
	mostConditions = 32
)

// cohorts is a set of cohorts by their place in the incident file.
type cohorts uint64

func (s cohorts) has(i int) bool { return s&(1<<i) != 0 }

func (s cohorts) ids(in *breach.Incident) []breach.CohortID {
	var ids []breach.CohortID
	for i := range in.Cohorts {
		if s.has(i) {
			ids = append(ids, in.Cohorts[i].ID)
		}
	}
	return ids
}

// answers holds, two bits each, what is known about the conditional categories: 0 not
// asked, 1 no, 2 unknown, 3 yes. In this order Kleene's disjunction is the maximum.
type answers uint64

func (a answers) at(i int) uint64 { return uint64(a>>(2*i)) & 3 }

func answer(i int, t breach.Tri) answers {
	code := answers(2)
	switch t {
	case breach.No:
		code = 1
	case breach.Yes:
		code = 3
	}
	return code << (2 * i)
}

func (a answers) or(b answers) answers {
	if a == b || b == 0 {
		return a
	}
	var out answers
	for i := range mostConditions {
		out |= answers(max(a.at(i), b.at(i))) << (2 * i)
	}
	return out
}

// facts is a record as the rules see it. With day, nothing but the day of it is known: its
// time is the first moment of that day.
type facts struct {
	breach.Record
	day bool
}

// hold evaluates a rule. Of a day it must say the same at both ends, or it is Unknown.
func (f facts) hold(rule breach.Rule) (breach.Tri, error) {
	first, err := rule.Holds(f.Record)
	if err != nil || !f.day {
		return first, err
	}
	if last, err := rule.Holds(f.last()); err != nil || last == first {
		return first, err
	}
	return breach.Unknown, nil
}

// last is the record at the last moment of its day.
func (f facts) last() breach.Record {
	rec := f.Record
	if f.Member != nil {
		m := *f.Member
		m.RegisteredAt = lastOf(m.RegisteredAt)
		rec.Member = &m
	}
	if f.Order != nil {
		o := *f.Order
		o.PlacedAt = lastOf(o.PlacedAt)
		rec.Order = &o
	}
	if f.Delivery != nil {
		d := *f.Delivery
		d.Order, rec.Delivery = rec.Order, &d
	}
	return rec
}

// verdict is what the rules say about one record.
type verdict struct {
	held    cohorts // the rule holds
	unclear cohorts // the record does not say enough
	when    answers // conditional categories of the held cohorts
}

// judge evaluates the rules of an incident. It is for one goroutine.
type judge struct {
	in         *breach.Incident
	conditions map[[2]int]int // cohort and place in its Exposes -> number of the condition
	countCards cohorts        // cohorts whose cards are counted
	counts     []RuleCount    // by place in the incident file
	parts      [][]incident.Condition
}

func newJudge(in *breach.Incident) (*judge, error) {
	j := &judge{in: in, conditions: map[[2]int]int{}, counts: make([]RuleCount, len(in.Cohorts))}
	if len(in.Cohorts) > mostCohorts {
		return nil, fmt.Errorf("%w: more than %d cohorts", ErrRule, mostCohorts)
	}
	for i, c := range in.Cohorts {
		j.counts[i].Cohort = c.ID
		for k, x := range c.Exposes {
			if x.When != nil || x.Flag != "" {
				j.conditions[[2]int{i, k}] = len(j.conditions)
			}
			if x.Category == "card_number" {
				j.countCards |= 1 << i
			}
		}
		if c.Announced.Cards > 0 {
			j.countCards |= 1 << i
		}
	}
	if len(j.conditions) > mostConditions {
		return nil, fmt.Errorf("%w: more than %d conditional categories", ErrRule, mostConditions)
	}
	return j, nil
}

// needRules refuses an incident that leaves a cohort to an approved list.
func (j *judge) needRules() error {
	for _, c := range j.in.Cohorts {
		if c.Where == nil {
			return fmt.Errorf("%w: cohort %s has no rule: its people can only come from an approved list (--roster)", ErrRule, c.ID)
		}
	}
	return nil
}

// of evaluates every cohort of this kind of record, and counts.
func (j *judge) of(kind breach.RecordKind, rec facts) (verdict, error) {
	v, err := j.verdict(kind, rec)
	for i := range j.in.Cohorts {
		if n := &j.counts[i]; j.in.Cohorts[i].Record == kind {
			switch {
			case v.held.has(i):
				n.Yes++
			case v.unclear.has(i):
				n.Unknown++
			default:
				n.No++
			}
		}
	}
	return v, err
}

// verdict is of without counting: for a record that is only supposed.
func (j *judge) verdict(kind breach.RecordKind, rec facts) (verdict, error) {
	var v verdict
	for i := range j.in.Cohorts {
		c := &j.in.Cohorts[i]
		if c.Record != kind {
			continue
		}
		held, err := rec.hold(c.Where)
		if err != nil {
			return v, fmt.Errorf("%w: cohort %s: %w", ErrRule, c.ID, err)
		}
		switch held {
		case breach.Unknown:
			v.unclear |= 1 << i
		case breach.Yes:
			v.held |= 1 << i
			if err := j.ask(&v, i, rec); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// against is the verdict on a record that was decided to put its person into these
// cohorts, whatever the rules say.
func (j *judge) against(could cohorts, kind breach.RecordKind, rec facts) (verdict, error) {
	v := verdict{held: could}
	for i := range j.in.Cohorts {
		if could.has(i) && j.in.Cohorts[i].Record == kind {
			if err := j.ask(&v, i, rec); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// ask evaluates the conditional categories of cohort i on a record that is in it.
func (j *judge) ask(v *verdict, i int, rec facts) error {
	c := &j.in.Cohorts[i]
	for k, x := range c.Exposes {
		n, ok := j.conditions[[2]int{i, k}]
		if !ok {
			continue
		}
		t := breach.Unknown // only an approved list can answer a flag without a rule
		if x.When != nil {
			var err error
			if t, err = rec.hold(x.When); err != nil {
				return fmt.Errorf("%w: cohort %s, category %s: %w", ErrRule, c.ID, x.Category, err)
			}
		}
		v.when |= answer(n, t)
	}
	return nil
}

// exposures spells out what a person's cohorts expose.
func (j *judge) exposures(held cohorts, when answers, cards []int) []breach.Exposure {
	var out []breach.Exposure
	for i, c := range j.in.Cohorts {
		if !held.has(i) {
			continue
		}
		e := breach.Exposure{Cohort: c.ID, Categories: []breach.Exposed{}, Cards: cards[i]}
		for k, x := range c.Exposes {
			certainty := breach.Possible
			if n, ok := j.conditions[[2]int{i, k}]; ok {
				switch when.at(n) {
				case 1:
					continue
				case 0, 2:
					certainty = breach.PossibleIfEntered
				}
			}
			e.Categories = append(e.Categories, breach.Exposed{Category: x.Category, Certainty: certainty})
		}
		out = append(out, e)
	}
	return out
}
