package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"

	"exposure/internal/breach"
)

// Bounds of a rule. It is and/or/not over comparisons of a field with a value, none of
// which loops, so that its worst cost is known when the file is loaded and need not be
// watched at every record.
const (
	maxRuleSize  = 4096 // characters
	maxRuleDepth = 64
)

// rule is a CEL expression over one kind of record, type-checked and in normal form.
// CEL's own interpreter would answer the same; the normal form takes a twentieth of the
// time, which is paid for every record of every export.
type rule struct {
	kind   breach.RecordKind
	zone   *time.Location // in which its times are said
	clause clause
}

// Holds evaluates the rule. A field the record does not know makes the answer Unknown
// unless the others decide it (false && unknown is false). It is safe for concurrent
// use.
func (r *rule) Holds(rec breach.Record) (breach.Tri, error) {
	if !holds(r.kind, rec) {
		return breach.Unknown, fmt.Errorf("evaluating a rule over a %s: the record is none", r.kind)
	}
	return r.clause.holds(rec), nil
}

// String is the rule as a plain English sentence.
func (r *rule) String() string { return english{r.zone}.say(&r.clause, false) }

// ruleError is a fault inside the text of a rule, in characters from its start.
type ruleError struct {
	offset  int
	message string
}

// compile type-checks src. Times are said in zone.
func compile(kind breach.RecordKind, src string, zone *time.Location) (*rule, []ruleError) {
	facts := factsOf(kind)
	e, err := ruleEnv(facts)
	if err != nil {
		return nil, []ruleError{{0, err.Error()}}
	}
	checked, issues := e.Compile(src)
	if issues != nil && issues.Err() != nil {
		return nil, complaints(issues, src, kind, facts)
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, []ruleError{{0, fmt.Sprintf("a rule must be true or false, and this is a %s", checked.OutputType())}}
	}
	b := &builder{facts: facts, checked: checked.NativeRep(), src: src}
	r := &rule{kind: kind, zone: zone, clause: b.build(checked.NativeRep().Expr(), true)}
	if len(b.errs) > 0 {
		return nil, b.errs
	}
	return r, nil
}

func complaints(issues *cel.Issues, src string, kind breach.RecordKind, facts []fact) []ruleError {
	var list []ruleError
	for _, x := range issues.Errors() {
		offset := offsetOf(src, x.Location.Line(), x.Location.Column())
		list = append(list, explain(x.Message, src, offset, kind, facts))
		if strings.HasPrefix(x.Message, "Syntax error") {
			break // the others follow from the first
		}
	}
	return list
}

// ruleEnv declares the fields and the few functions a rule may use.
func ruleEnv(facts []fact) (*cel.Env, error) {
	fn := func(name string, ids ...string) *env.Function {
		f := &env.Function{Name: name}
		for _, id := range ids {
			f.Overloads = append(f.Overloads, &env.Overload{ID: id})
		}
		return f
	}
	subset := &env.LibrarySubset{DisableMacros: true, IncludeFunctions: []*env.Function{
		fn(operators.LogicalAnd), fn(operators.LogicalOr), fn(operators.LogicalNot),
		fn(operators.Equals), fn(operators.NotEquals),
		fn(operators.Less, overloads.LessTimestamp, overloads.LessInt64),
		fn(operators.LessEquals, overloads.LessEqualsTimestamp, overloads.LessEqualsInt64),
		fn(operators.Greater, overloads.GreaterTimestamp, overloads.GreaterInt64),
		fn(operators.GreaterEquals, overloads.GreaterEqualsTimestamp, overloads.GreaterEqualsInt64),
		fn(overloads.TypeConvertTimestamp, overloads.StringToTimestamp),
	}}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)),
		cel.ParserExpressionSizeLimit(maxRuleSize), cel.ParserRecursionLimit(maxRuleDepth),
	}
	for _, f := range facts {
		opts = append(opts, cel.Variable(f.name, f.kind()))
	}
	return cel.NewCustomEnv(opts...)
}

// explain says what may be written instead of what the library could not resolve. It
// returns the place of the whole name, of which CEL points at the last dot.
func explain(message, src string, offset int, kind breach.RecordKind, facts []fact) ruleError {
	switch {
	case strings.HasPrefix(message, "undeclared reference"):
		start, name := wordAt(src, offset)
		if name == "" {
			return ruleError{offset, "rules know only &&, ||, ! and comparisons"}
		}
		var list []string
		for _, f := range facts {
			list = append(list, f.name)
		}
		slices.Sort(list)
		return ruleError{start, fmt.Sprintf("no field or function %q; rules over %s records may read %s",
			name, kind, strings.Join(list, ", "))}
	case strings.HasPrefix(message, "found no matching overload"):
		return ruleError{offset, message + `; compare a time with timestamp("2023-03-17T00:00:00+09:00") and a number with a number`}
	default:
		return ruleError{offset, message}
	}
}

// wordAt is the dotted name that stands at or just before a character.
func wordAt(src string, offset int) (start int, name string) {
	part := func(r rune) bool { return r == '.' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	runes := []rune(src)
	start = min(offset, len(runes))
	for start > 0 && part(runes[start-1]) {
		start--
	}
	end := start
	for end < len(runes) && part(runes[end]) {
		end++
	}
	return start, string(runes[start:end])
}

// offsetOf turns CEL's line (from 1) and column (from 0) into characters from the start.
func offsetOf(src string, line, column int) int {
	offset := 0
	for i, l := range strings.Split(src, "\n") {
		if i+1 == line {
			return offset + column
		}
		offset += len([]rune(l)) + 1
	}
	return 0
}
