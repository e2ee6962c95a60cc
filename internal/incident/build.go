package incident

import (
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// builder turns a checked expression into a clause. What there are no words for is
// refused, so that everything a rule can do can be read by the people who sign it off.
type builder struct {
	facts   []fact
	checked *ast.AST
	src     string
	errs    []ruleError
}

// build is the clause of e, or of its opposite.
func (b *builder) build(e ast.Expr, positive bool) clause {
	if f, ok := b.field(e); ok {
		return b.truth(e, f, positive)
	}
	switch {
	case e.Kind() == ast.LiteralKind:
		if v, ok := e.AsLiteral().(types.Bool); ok {
			return clause{form: constant, want: bool(v) == positive}
		}
	case e.Kind() == ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.LogicalNot:
			return b.build(call.Args()[0], !positive)
		case operators.LogicalAnd:
			return b.chain(map[bool]form{true: all, false: some}[positive], call.Args(), positive)
		case operators.LogicalOr:
			return b.chain(map[bool]form{true: some, false: all}[positive], call.Args(), positive)
		default:
			if by, ok := relationOf(call.FunctionName()); ok {
				if !positive {
					by = by.opposite()
				}
				return b.compare(e, by, call.Args()[0], call.Args()[1])
			}
		}
	}
	return b.refuse(e, "a rule joins fields and comparisons of a field with a value by &&, || and !")
}

// chain joins clauses and takes in the parts of those that are chains of the same kind.
func (b *builder) chain(f form, args []ast.Expr, positive bool) clause {
	c := clause{form: f}
	for _, a := range args {
		part := b.build(a, positive)
		if part.form == f {
			c.parts = append(c.parts, part.parts...)
		} else {
			c.parts = append(c.parts, part)
		}
	}
	return c
}

func (b *builder) truth(e ast.Expr, f fact, positive bool) clause {
	if f.truth == nil {
		return b.refuse(e, f.name+" must be compared with something")
	}
	return clause{form: truth, fact: f, want: positive}
}

// compare is "field by value", turned round if the value comes first.
func (b *builder) compare(e ast.Expr, by relation, left, right ast.Expr) clause {
	f, ok := b.field(left)
	if !ok {
		if f, ok = b.field(right); !ok {
			return b.refuse(e, "one side of a comparison must be a field")
		}
		by, right = by.mirror(), left
	}
	if at, ok := b.timestamp(right); ok && f.moment != nil {
		return clause{form: moment, fact: f, by: by, at: at}
	}
	if right.Kind() == ast.LiteralKind {
		switch v := right.AsLiteral().(type) {
		case types.Int:
			if f.number != nil {
				return clause{form: number, fact: f, by: by, number: int64(v)}
			}
		case types.Bool:
			return b.truth(e, f, bool(v) == (by == equal))
		}
	}
	return b.refuse(right, "the other side of a comparison must be a value")
}

// field tells which declared field an expression reads.
func (b *builder) field(e ast.Expr) (fact, bool) {
	info, ok := b.checked.ReferenceMap()[e.ID()]
	if !ok || info.Name == "" {
		return fact{}, false
	}
	for _, f := range b.facts {
		if f.name == info.Name {
			return f, true
		}
	}
	return fact{}, false
}

// timestamp reads timestamp("…"). The text must be complete: a time without a zone
// means a different instant to every reader.
func (b *builder) timestamp(e ast.Expr) (time.Time, bool) {
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
		b.refuse(arg, message)
		return time.Time{}, true
	}
	return at, true
}

func (b *builder) refuse(e ast.Expr, message string) clause {
	at := b.checked.SourceInfo().GetStartLocation(e.ID())
	offset := offsetOf(b.src, at.Line(), at.Column())
	if e.Kind() == ast.SelectKind || e.Kind() == ast.IdentKind {
		offset, _ = wordAt(b.src, offset)
	}
	b.errs = append(b.errs, ruleError{offset, message})
	return clause{}
}

func relationOf(operator string) (relation, bool) {
	r, ok := map[string]relation{
		operators.Less: less, operators.LessEquals: atMost, operators.Equals: equal,
		operators.NotEquals: other, operators.GreaterEquals: atLeast, operators.Greater: more,
	}[operator]
	return r, ok
}
