package incident_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"pgregory.net/rapid"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

// truths are the fields of an order that are true or false, with the words that shop
// owners read for them. They stand here once more: a sentence must not change unseen.
var truths = []struct {
	name    string
	of      func(*breach.Order) *breach.Tri
	yes, no string
}{
	{"web", func(o *breach.Order) *breach.Tri { return &o.Web }, "お客様がサイトで注文しました", "お客様がサイトで注文したものではありません"},
	{"card_method", func(o *breach.Order) *breach.Tri { return &o.CardMethod }, "支払い方法はカードです", "支払い方法はカードではありません"},
	{"card_settled", func(o *breach.Order) *breach.Tri { return &o.CardSettled }, "カードの支払いが承認されました", "カードの支払いは承認されていません"},
	{"cancelled", func(o *breach.Order) *breach.Tri { return &o.Cancelled }, "注文は取り消されました", "注文は取り消されていません"},
	{"deleted", func(o *breach.Order) *breach.Tri { return &o.Deleted }, "注文の記録は削除されました", "注文の記録は削除されていません"},
	{"abandoned", func(o *breach.Order) *breach.Tri { return &o.Abandoned }, "カードで払おうとして、購入が完了しなかった記録です", "カードで払おうとして、購入が完了しなかった記録ではありません"},
	{"engraved", func(o *breach.Order) *breach.Tri { return &o.Engraved }, "注文に、名前と生年月日を入れた商品があります", "注文に、名前と生年月日を入れた商品はありません"},
}

// edges are instants, to be hit exactly and missed by as little as possible.
var edges = []string{
	"2023-03-01T00:00:00+09:00", "2023-02-28T15:00:00Z", "2023-03-17T00:00:00+09:00", "2023-03-16T23:59:59+09:00", "2023-03-17T00:00:00.5+09:00",
}

// anyRule draws a rule over orders as somebody may write one.
func anyRule(t *rapid.T, depth int) string {
	kinds := 3
	if depth > 0 {
		kinds = 7
	}
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "part") }
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		f := "order." + truths[rapid.IntRange(0, len(truths)-1).Draw(t, "field")].name
		return pick(f, f, "!"+f, f+" == true", f+" != true", "false == "+f)
	case 1:
		field, value := "order.placed_at", fmt.Sprintf("timestamp(%q)", pick(edges...))
		if rapid.Bool().Draw(t, "turned") {
			field, value = value, field
		}
		return field + pick("<", "<=", ">", ">=", "==", "!=") + value
	case 2:
		return pick("true", "order.delivery_count"+pick("<", "<=", ">", ">=", "==", "!=")+pick("0", "1", "2"), "3>order.delivery_count")
	case 3:
		return "!(" + anyRule(t, depth-1) + ")"
	case 4, 5:
		return "(" + anyRule(t, depth-1) + ")" + pick("&&", "||") + "(" + anyRule(t, depth-1) + ")"
	default:
		return anyRule(t, depth-1) + pick("&&", "||") + anyRule(t, depth-1) + pick("&&", "||") + anyRule(t, depth-1)
	}
}

func anyOrder(t *rapid.T) breach.Order {
	o := breach.Order{DeliveryCount: rapid.IntRange(-1, 3).Draw(t, "deliveries")}
	for _, f := range truths {
		*f.of(&o) = rapid.SampledFrom([]breach.Tri{breach.Unknown, breach.No, breach.Yes}).Draw(t, f.name)
	}
	if rapid.IntRange(0, 4).Draw(t, "dated") > 0 {
		when, err := time.Parse(time.RFC3339, rapid.SampledFrom(edges).Draw(t, "when"))
		if err != nil {
			t.Fatal(err)
		}
		o.PlacedAt = when.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "ns")))
	}
	return o
}

// celEnv declares the fields of an order, as the loader does.
func celEnv(t *testing.T) *cel.Env {
	t.Helper()
	opts := []cel.EnvOption{cel.Variable("order.placed_at", cel.TimestampType), cel.Variable("order.delivery_count", cel.IntType)}
	for _, f := range truths {
		opts = append(opts, cel.Variable("order."+f.name, cel.BoolType))
	}
	env, err := cel.NewEnv(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// byCEL is the answer of CEL's own interpreter.
func byCEL(t *rapid.T, env *cel.Env, rule string, o breach.Order) breach.Tri {
	checked, issues := env.Compile(rule)
	if issues.Err() != nil {
		t.Fatal(issues.Err())
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptPartialEval))
	if err != nil {
		t.Fatal(err)
	}
	vars, unknown := map[string]any{}, []*cel.AttributePatternType{}
	set := func(name string, value any, known bool) {
		if known {
			vars[name] = value
		} else {
			unknown = append(unknown, cel.AttributePattern(name))
		}
	}
	set("order.placed_at", o.PlacedAt, !o.PlacedAt.IsZero())
	set("order.delivery_count", int64(o.DeliveryCount), o.DeliveryCount >= 0)
	for _, f := range truths {
		set("order."+f.name, *f.of(&o) == breach.Yes, *f.of(&o) != breach.Unknown)
	}
	partial, err := cel.PartialVars(vars, unknown...)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := program.Eval(partial)
	if err != nil {
		t.Fatal(err)
	}
	if types.IsUnknown(out) {
		return breach.Unknown
	}
	return breach.TriOf(out == types.True)
}

// TestRulesMeanWhatTheySay: whatever rule is written, it answers as CEL would, its
// conditions answer as it does, and whoever reads only the Japanese sentence, or only
// the conditions one by one, decides every order alike.
func TestRulesMeanWhatTheySay(t *testing.T) {
	env := celEnv(t)
	rapid.Check(t, func(r *rapid.T) {
		where := anyRule(r, 3)
		in, _, err := incident.Parse("x.yaml", []byte(withRule("order", "'"+where+"'")))
		if err != nil {
			r.Fatalf("%s: %v", where, err)
		}
		rule := in.Cohorts[0].Where
		sentence := incident.SentenceIn(rule, breach.Japanese)
		for range 8 {
			o := anyOrder(r)
			rec := breach.Record{Order: &o}
			got := mustHold(r, rule, rec)
			if want := byCEL(r, env, where, o); got != want {
				r.Fatalf("%s over %+v = %v, CEL says %v", where, o, got, want)
			}
			if read := readJapanese(r, sentence, o); read != got {
				r.Fatalf("%s over %+v = %v, but its sentence says %v: %s", where, o, got, read, sentence)
			}
			together := breach.Yes
			for _, c := range incident.Conditions(rule) {
				one := mustHold(r, c.Rule, rec)
				if said := readJapanese(r, c.In(breach.Japanese), o); said != one {
					r.Fatalf("a condition of %s is %v over %+v, but says %s", where, one, o, c.In(breach.Japanese))
				}
				together = both(together, one)
			}
			if together != got {
				r.Fatalf("%s over %+v = %v, its conditions together say %v", where, o, got, together)
			}
		}
	})
}

func mustHold(t *rapid.T, rule breach.Rule, rec breach.Record) breach.Tri {
	got, err := rule.Holds(rec)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func both(a, b breach.Tri) breach.Tri { return opposite(opposite(a).Or(opposite(b))) }

func opposite(t breach.Tri) breach.Tri {
	return map[breach.Tri]breach.Tri{breach.Yes: breach.No, breach.No: breach.Yes}[t]
}

func TestConditions(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	var got []string
	for _, c := range incident.Conditions(in.Cohort("recipient").Where) {
		got = append(got, c.In(breach.English)+" / "+c.In(breach.Japanese))
	}
	want := []string{
		"the customer placed the order on the site / お客様がサイトで注文しました。",
		"the order is not a card attempt that never became a purchase / カードで払おうとして、購入が完了しなかった記録ではありません。",
		"the order was placed before 2023-03-17 00:00 (Asia/Tokyo) / 注文の日時は、2023年3月17日0時00分より前です（日本時間）。",
		"the addressee's name is not the buyer's / お届け先の名前は、購入した方の名前と違います。",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the conditions are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// A negated "or" is an "and", and one that is written last is no condition less.
	if n := len(incident.Conditions(compile(t, "order", `"!(order.web || order.deleted) && order.cancelled"`).Where)); n != 3 {
		t.Errorf("%d conditions, want 3", n)
	}
	if one := incident.Conditions(compile(t, "order", "order.web || order.deleted").Where); len(one) != 1 {
		t.Errorf("an \"or\" has %d conditions, want itself", len(one))
	}
	if incident.Conditions(nil) != nil {
		t.Error("no rule has conditions")
	}
}
