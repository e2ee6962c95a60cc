package incident

import (
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"

	"exposure/internal/breach"
)

// writer says a checked rule in English. What it has no words for is refused, so that
// everything a rule can do can be read by the people who sign it off.
type writer struct {
	facts   []fact
	checked *ast.AST
	zone    *time.Location
	src     string
	used    map[string]bool
	errs    []ruleError
}

// say returns the sentence for e, or for its opposite. Negations are carried inwards,
// which changes nothing in three-valued logic either.
func (w *writer) say(e ast.Expr, positive, inner bool) string {
	if f, ok := w.field(e); ok {
		return w.truth(e, f, positive)
	}
	switch {
	case e.Kind() == ast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			return map[bool]string{true: "always", false: "never"}[bool(b) == positive]
		}
	case e.Kind() == ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.LogicalNot:
			return w.say(call.Args()[0], !positive, inner)
		case operators.LogicalAnd:
			return w.join(call.FunctionName(), call.Args(), positive, positive, inner)
		case operators.LogicalOr:
			return w.join(call.FunctionName(), call.Args(), positive, !positive, inner)
		default:
			if op, ok := comparison(call.FunctionName(), positive); ok {
				return w.compare(e, op, call.Args()[0], call.Args()[1])
			}
		}
	}
	return w.refuse(e, "a rule joins fields and comparisons of a field with a value by &&, || and !")
}

// join says a chain of the same operator; and tells whether it reads as "and".
func (w *writer) join(name string, args []ast.Expr, positive, and, inner bool) string {
	var parts []string
	var collect func([]ast.Expr)
	collect = func(list []ast.Expr) {
		for _, a := range list {
			if a.Kind() == ast.CallKind && a.AsCall().FunctionName() == name {
				collect(a.AsCall().Args())
				continue
			}
			parts = append(parts, w.say(a, positive, true))
		}
	}
	collect(args)
	if !and {
		if s := strings.Join(parts, ", or "); !inner {
			return s
		}
		return "(" + strings.Join(parts, " or ") + ")"
	}
	if s := strings.Join(parts, ", and "); !inner {
		return s
	}
	return "(" + strings.Join(parts, " and ") + ")"
}

func (w *writer) truth(e ast.Expr, f fact, positive bool) string {
	switch {
	case f.yes == "":
		return w.refuse(e, f.name+" must be compared with something")
	case positive:
		return f.yes
	default:
		return f.no
	}
}

// compare says "field op value", turned round if the value comes first.
func (w *writer) compare(e ast.Expr, op string, left, right ast.Expr) string {
	f, ok := w.field(left)
	if !ok {
		if f, ok = w.field(right); !ok {
			return w.refuse(e, "one side of a comparison must be a field")
		}
		op, right = mirror(op), left
	}
	if at, ok := w.timestamp(right); ok && f.noun != "" {
		return f.noun + " " + timeWords(op) + " " + w.clock(at)
	}
	if right.Kind() == ast.LiteralKind {
		switch v := right.AsLiteral().(type) {
		case types.Int:
			return f.noun + " " + numberWords(op) + " " + strconv.FormatInt(int64(v), 10)
		case types.Bool:
			return w.truth(e, f, bool(v) == (op == operators.Equals))
		}
	}
	return w.refuse(right, "the other side of a comparison must be a value")
}

// field tells which declared field an expression reads.
func (w *writer) field(e ast.Expr) (fact, bool) {
	info, ok := w.checked.ReferenceMap()[e.ID()]
	if !ok || info.Name == "" {
		return fact{}, false
	}
	for _, f := range w.facts {
		if f.name == info.Name {
			if w.used == nil {
				w.used = map[string]bool{}
			}
			w.used[f.name] = true
			return f, true
		}
	}
	return fact{}, false
}

// timestamp reads timestamp("…"). The text must be complete: a time without a zone
// means a different instant to every reader.
func (w *writer) timestamp(e ast.Expr) (time.Time, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != overloads.TypeConvertTimestamp {
		return time.Time{}, false
	}
	arg := e.AsCall().Args()[0]
	s := ""
	if arg.Kind() == ast.LiteralKind {
		if v, ok := arg.AsLiteral().(types.String); ok {
			s = string(v)
		}
	}
	at, message := parseInstant(s)
	if message != "" {
		w.refuse(arg, message)
		return time.Time{}, true
	}
	return at, true
}

func (w *writer) clock(t time.Time) string {
	t = t.In(w.zone)
	layout := "2006-01-02 15:04"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout = "2006-01-02 15:04:05.999999999"
	}
	return t.Format(layout) + " (" + w.zone.String() + ")"
}

func (w *writer) refuse(e ast.Expr, message string) string {
	at := w.checked.SourceInfo().GetStartLocation(e.ID())
	offset := offsetOf(w.src, at.Line(), at.Column())
	if e.Kind() == ast.SelectKind || e.Kind() == ast.IdentKind {
		offset, _ = wordAt(w.src, offset)
	}
	w.errs = append(w.errs, ruleError{offset, message})
	return ""
}

// comparison returns the operator, or its opposite where the sentence is negated.
func comparison(name string, positive bool) (string, bool) {
	opposite := map[string]string{
		operators.Equals: operators.NotEquals, operators.NotEquals: operators.Equals,
		operators.Less: operators.GreaterEquals, operators.GreaterEquals: operators.Less,
		operators.Greater: operators.LessEquals, operators.LessEquals: operators.Greater,
	}
	other, ok := opposite[name]
	if !positive {
		name = other
	}
	return name, ok
}

func mirror(op string) string {
	switch op {
	case operators.Less:
		return operators.Greater
	case operators.LessEquals:
		return operators.GreaterEquals
	case operators.Greater:
		return operators.Less
	case operators.GreaterEquals:
		return operators.LessEquals
	default:
		return op
	}
}

func timeWords(op string) string {
	return map[string]string{
		operators.Less: "before", operators.LessEquals: "at or before",
		operators.Greater: "after", operators.GreaterEquals: "at or after",
		operators.Equals: "exactly at", operators.NotEquals: "at another time than",
	}[op]
}

func numberWords(op string) string {
	return map[string]string{
		operators.Less: "less than", operators.LessEquals: "at most",
		operators.Greater: "more than", operators.GreaterEquals: "at least",
		operators.Equals: "exactly", operators.NotEquals: "other than",
	}[op]
}

// cohortSentence says who belongs to a cohort.
func cohortSentence(kind breach.RecordKind, where *rule) string {
	if where == nil {
		return "Everybody whom the approved list names."
	}
	switch kind {
	case breach.MemberRecord:
		return "Everybody with a registration where " + where.sentence + "."
	case breach.OrderRecord:
		return "Everybody with an order where " + where.sentence + "."
	default:
		return "Everybody named in a delivery where " + where.sentence + "."
	}
}
