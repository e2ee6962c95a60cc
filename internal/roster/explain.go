package roster

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster/profile"
)

// ErrOtherRules means that evidence does not fit the rules of this incident file: it was
// made by others.
var ErrOtherRules = errors.New("the evidence was made by other rules than those of this incident file")

// WriteExplanation writes why people are on a list or on none, in English or Japanese:
// rule by rule, with every condition as a sentence and whether the record meets it. It
// shows the numbers of records and nothing else of them. What came of it stands first
// and last. The error wraps ErrOtherRules, or is that of the writer.
func WriteExplanation(w io.Writer, in *breach.Incident, l breach.Locale, list []Explanation) error {
	e := explainer{out: bufio.NewWriter(w), in: in, l: l}
	if l != breach.English {
		e.l = breach.Japanese // easy Japanese is for customers
	}
	e.conclusions(list)
	for i, x := range list {
		if len(list) > 1 {
			e.say("\nPerson %d of %d", "\n%d人目（全%d人）", i+1, len(list))
		}
		if err := e.person(x); err != nil {
			return err
		}
	}
	if len(list) > 0 {
		e.say("\n✓ holds  ✗ does not hold  ? the record does not say", "\n✓ 当てはまる  ✗ 当てはまらない  ? 記録からは分からない")
		e.conclusions(list)
	}
	if err := e.out.Flush(); err != nil {
		return fmt.Errorf("writing an explanation: %w", err)
	}
	return nil
}

type explainer struct {
	out *bufio.Writer
	in  *breach.Incident
	l   breach.Locale
}

// say writes one line in the language in use.
func (e *explainer) say(en, ja string, args ...any) { fmt.Fprintf(e.out, e.pick(en, ja)+"\n", args...) }

func (e *explainer) pick(en, ja string) string {
	if e.l == breach.English {
		return en
	}
	return ja
}

func (e *explainer) conclusions(list []Explanation) {
	if len(list) == 0 {
		e.say("The files say nothing about this address.", "このメールアドレスの記録はありません。")
	}
	for _, x := range list {
		who := e.kind(x.Kind)
		if len(x.Cohorts) > 0 {
			e.say("%s: ON THE LIST of %s.", "%s：対象です（%s）。", who, e.labels(x.Cohorts))
		} else {
			e.say("%s: on no list.", "%s：どのリストにも載っていません。", who)
		}
		for _, o := range x.Review {
			reason := reasonEnglish(o.Reason)
			if e.l == breach.Japanese {
				reason = reasonJapanese(o.Reason)
			}
			e.say("  Waiting for a decision: %s (it could be %s).", "  確認待ち：%s（%sの可能性）。", reason, e.labels(o.Cohorts))
		}
	}
}

func (e *explainer) kind(k breach.PersonKind) string {
	switch k {
	case breach.KindMember:
		return e.pick("Member", "会員")
	case breach.KindRecipient:
		return e.pick("Recipient", "お届け先の方")
	default:
		return e.pick("Buyer without a membership", "会員登録をしていない購入者")
	}
}

func (e *explainer) labels(ids []breach.CohortID) string {
	var out []string
	for _, id := range ids {
		if c := e.in.Cohort(id); c != nil {
			out = append(out, c.Label.In(e.l))
		}
	}
	return strings.Join(out, e.pick(", ", "、"))
}

// person goes through the rules in incident-file order.
func (e *explainer) person(x Explanation) error {
	for i := range e.in.Cohorts {
		c := &e.in.Cohorts[i]
		var about []Evidence
		for _, v := range x.Evidence {
			if v.Cohort == c.ID {
				about = append(about, v)
			}
		}
		if len(about) == 0 {
			continue
		}
		open := slices.ContainsFunc(x.Review, func(o breach.Open) bool { return slices.Contains(o.Cohorts, c.ID) })
		e.say("\n%s: %s", "\n%s：%s", c.Label.In(e.l), e.state(slices.Contains(x.Cohorts, c.ID), open))
		if err := e.rule(c, about); err != nil {
			return err
		}
	}
	for _, v := range x.Evidence {
		if e.in.Cohort(v.Cohort) == nil {
			return fmt.Errorf("%w: it has no cohort %s", ErrOtherRules, profile.Shown(string(v.Cohort)))
		}
	}
	return nil
}

func (e *explainer) state(listed, open bool) string {
	switch {
	case listed:
		return e.pick("on this list", "対象です")
	case open:
		return e.pick("to be decided", "確認待ちです")
	default:
		return e.pick("not on this list", "対象ではありません")
	}
}

// rule says what one rule found in the person's records. Records of which it found the
// same stand together: those that put the person on the list first.
func (e *explainer) rule(c *breach.Cohort, about []Evidence) error {
	conditions := incident.Conditions(c.Where)
	var alike [][]Evidence
	for _, v := range about {
		if n := len(v.Conditions); n > 0 && n != len(conditions) || strings.Trim(v.Conditions, "yn?") != "" {
			return fmt.Errorf("%w: cohort %s", ErrOtherRules, c.ID)
		}
		i := slices.IndexFunc(alike, func(group []Evidence) bool { return sameFinding(group[0], v) })
		if i < 0 {
			alike = append(alike, []Evidence{v})
		} else {
			alike[i] = append(alike[i], v)
		}
	}
	slices.SortStableFunc(alike, func(a, b []Evidence) int { return weight(a[0]) - weight(b[0]) })
	for _, group := range alike {
		e.finding(conditions, group)
	}
	return nil
}

func sameFinding(a, b Evidence) bool {
	return a.Verdict == b.Verdict && a.Conditions == b.Conditions && a.Decision == b.Decision && kindOf(a.Record) == kindOf(b.Record)
}

func kindOf(record string) string {
	kind, _, _ := strings.Cut(record, "/")
	return kind
}

// weight orders findings: what put somebody on the list, what may, what does not.
func weight(v Evidence) int {
	switch {
	case v.Decision == breach.DecidedOut:
		return 3
	case v.Verdict == breach.Yes, v.Decision == breach.DecidedIn:
		return 0
	case v.Verdict == breach.Unknown:
		return 1
	default:
		return 2
	}
}

func (e *explainer) finding(conditions []incident.Condition, group []Evidence) {
	v := group[0]
	fmt.Fprintf(e.out, "  %s: %s\n", e.records(group), e.verdict(v))
	for i := range len(v.Conditions) { // none where no record was looked at
		mark := map[byte]string{'y': "✓", 'n': "✗", '?': "?"}[v.Conditions[i]]
		text := strings.Join(strings.Fields(conditions[i].In(e.l)), " ")
		if text == "" {
			text = e.pick("a condition without words", "言葉にできない条件")
		}
		fmt.Fprintf(e.out, "    %s %s\n", mark, text)
	}
	switch v.Decision {
	case breach.DecidedIn:
		e.say("    Decided by the operator: in.", "    担当者の判断：対象とする。")
	case breach.DecidedOut:
		e.say("    Decided by the operator: out.", "    担当者の判断：対象としない。")
	case breach.DecidedLater:
		e.say("    Looked at by the operator: to be decided later.", "    担当者の判断：保留。")
	}
}

func (e *explainer) verdict(v Evidence) string {
	switch {
	case kindOf(v.Record) == "list" && v.Verdict == breach.Yes:
		return e.pick("named by the approved list", "承認済みリストに載っている")
	case kindOf(v.Record) == "first_notice":
		return e.pick("got the first notice; no record puts this person on the list", "第一報を受け取ったが、対象とする記録がない")
	case v.Verdict == breach.Yes:
		return e.pick("the rule holds", "規則に当てはまる")
	case v.Verdict == breach.No:
		return e.pick("the rule does not hold", "規則に当てはまらない")
	default:
		return e.pick("cannot be told from the record", "記録からは判定できない")
	}
}

// mostRecordsNamed bounds one line: somebody may have hundreds of orders.
const mostRecordsNamed = 10

func (e *explainer) records(group []Evidence) string {
	var numbers []string
	for _, v := range group[:min(mostRecordsNamed, len(group))] {
		_, number, _ := strings.Cut(v.Record, "/")
		numbers = append(numbers, recordNumber(number))
	}
	list := strings.Join(numbers, ", ")
	if n := len(group) - mostRecordsNamed; n > 0 {
		list += fmt.Sprintf(e.pick(" and %d more", " ほか%d件"), n)
	}
	switch kindOf(group[0].Record) {
	case string(breach.MemberRecord):
		return e.pick("registration ", "会員 ") + list
	case string(breach.OrderRecord):
		return e.pick("order ", "注文 ") + list
	case string(breach.DeliveryRecord):
		return e.pick("delivery ", "お届け先 ") + list
	case "list":
		return e.pick("approved list, line ", "承認済みリストの行 ") + list
	default:
		return e.pick("first notice, line ", "第一報の行 ") + list
	}
}

// recordNumber is a number the shop gave a record. What is none is not shown.
func recordNumber(v string) string {
	if strings.Contains(v, "@") || strings.ContainsFunc(v, unicode.IsControl) || len([]rune(v)) > longestWord {
		return "(…)"
	}
	return v
}
