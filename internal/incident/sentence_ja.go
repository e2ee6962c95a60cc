package incident

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// japanese says clauses in Japanese; times in its zone, which is named once.
type japanese struct{ zone *time.Location }

// rule says a whole rule.
func (w japanese) rule(c *clause) string {
	s := w.say(c, "")
	if !tellsTime(c) {
		return s
	}
	if c.form == all || c.form == some {
		return s + "時刻は" + w.zoneName() + "です。"
	}
	return strings.TrimSuffix(s, "。") + "（" + w.zoneName() + "）。"
}

// say is one sentence, or a list of sentences with the numbers that begin with prefix:
// an "or" inside an "and" must not be readable in two ways.
func (w japanese) say(c *clause, prefix string) string {
	switch c.form {
	case constant:
		return map[bool]string{true: "いつも当てはまります。", false: "当てはまることはありません。"}[c.want]
	case truth:
		return c.fact.ja.truth(c.want) + "。"
	case moment:
		return c.fact.ja.noun + "は、" + w.clock(c.at) + w.timeWords(c.by) + "。"
	case number:
		return c.fact.ja.noun + "は、" + w.count(c) + "。"
	case all:
		return w.list(c.parts, [2]string{"次の両方に当てはまります。", "次のすべてに当てはまります。"}, prefix)
	default:
		return w.list(c.parts, [2]string{"次の少なくとも一方に当てはまります。", "次の少なくとも1つに当てはまります。"}, prefix)
	}
}

// list numbers its parts; head is what it says of two parts, and of more.
func (w japanese) list(parts []clause, head [2]string, prefix string) string {
	var b strings.Builder
	if len(parts) == 2 {
		b.WriteString(head[0])
	} else {
		b.WriteString(head[1])
	}
	for i := range parts {
		number := prefix + strconv.Itoa(i+1)
		fmt.Fprintf(&b, "（%s）%s", number, w.say(&parts[i], number+"-"))
	}
	return b.String()
}

func (w japanese) clock(t time.Time) string {
	t = t.In(w.zone)
	s := fmt.Sprintf("%d年%d月%d日%d時%02d分", t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute())
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return s
	}
	return s + t.Format("05.999999999") + "秒"
}

func (w japanese) zoneName() string {
	switch name := w.zone.String(); name {
	case "Asia/Tokyo", "Japan":
		return "日本時間"
	case "UTC":
		return "協定世界時（UTC）"
	default:
		return name + "の時刻"
	}
}

func (japanese) timeWords(by relation) string {
	return [...]string{
		less: "より前です", atMost: "ちょうどか、それより前です",
		more: "より後です", atLeast: "ちょうどか、それより後です",
		equal: "ちょうどです", other: "ちょうどではありません",
	}[by]
}

func (japanese) count(c *clause) string {
	n := strconv.FormatInt(c.number, 10) + c.fact.ja.counter
	return [...]string{
		less: n + "より少ないです", atMost: n + "以下です", more: n + "より多いです",
		atLeast: n + "以上です", equal: "ちょうど" + n + "です", other: n + "ではありません",
	}[c.by]
}

// tellsTime tells whether a time is said anywhere in the clause.
func tellsTime(c *clause) bool {
	for i := range c.parts {
		if tellsTime(&c.parts[i]) {
			return true
		}
	}
	return c.form == moment
}
