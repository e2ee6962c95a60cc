package roster

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"exposure/internal/breach"
)

// What a terminal shows of long lists; the JSON and the summary have them all.
const (
	mostRejectsShown = 50
	mostGroupsShown  = 20
)

// WriteTable writes the reconciliation for people, in English and Japanese.
func (r *Result) WriteTable(w io.Writer) error { return r.Reconciliation.WriteTable(w) }

// WriteTable writes the reconciliation for people, in English and Japanese: what came of
// it first and last.
func (r Reconciliation) WriteTable(w io.Writer) error {
	out := bufio.NewWriter(w)
	r.writeVerdict(out)
	fmt.Fprintln(out)
	r.writeCohorts(out)
	r.writeGroups(out)
	r.writeChannels(out)
	r.writeReview(out)
	r.writeNotes(out)
	r.writeFiles(out)
	r.writeRejects(out)
	r.writeVerdict(out)
	return out.Flush()
}

func (r Reconciliation) writeVerdict(out io.Writer) {
	if r.Differs {
		fmt.Fprintln(out, "THE FIGURES DIFFER from what was announced. 公表した数と一致しません。")
	} else {
		fmt.Fprintln(out, "Nothing differs from what was announced. 公表した数と一致しています。")
	}
	c := r.Channels
	en := fmt.Sprintf("%s on a list: %d can be reached by e-mail, %d by letter only", people(r.Total.Found), c.Email, c.LetterOnly)
	ja := fmt.Sprintf("対象は%d人（メール%d人、書状だけ%d人", r.Total.Found, c.Email, c.LetterOnly)
	if c.None > 0 {
		en, ja = fmt.Sprintf("%s, %d by neither", en, c.None), fmt.Sprintf("%s、連絡先不明%d人", ja, c.None)
	}
	fmt.Fprintf(out, "  %s.\n  %s）。\n", en, ja)
	if n := r.undecided(); n > 0 {
		fmt.Fprintf(out, "  %s for a decision before this can be published.\n  公開する前に、%d件の判断が必要です。\n",
			plural(n, "record waits", "records wait"), n)
	}
	if n := len(r.Rejects); n > 0 {
		fmt.Fprintf(out, "  %s not be used.\n  取り込めなかった行が%d件あります。\n", plural(n, "row or cell could", "rows or cells could"), n)
	}
}

// undecided counts the records nobody has looked at yet.
func (r Reconciliation) undecided() int {
	n := 0
	for _, c := range r.Review {
		n += c.Records
	}
	for _, d := range r.Decisions {
		n -= d.Later
	}
	return n
}

func people(n int) string { return plural(n, "person is", "people are") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func (r Reconciliation) writeCohorts(out io.Writer) {
	t := table{{"List", "区分", "Announced 公表", "Found 照合", "Difference 差"}}
	line := func(id, label string, announced, found int) {
		row := []string{id, label, "-", strconv.Itoa(found), ""}
		if announced != 0 {
			row[2], row[4] = strconv.Itoa(announced), fmt.Sprintf("%+d", found-announced)
		}
		t = append(t, row)
	}
	for _, c := range r.Cohorts {
		line(string(c.ID), r.Labels[c.ID], c.Announced.People, c.Found.People)
		if c.Found.Cards != nil {
			announced := 0
			if c.Announced.Cards != nil {
				announced = *c.Announced.Cards
			}
			line("  cards", "  カード枚数", announced, *c.Found.Cards)
		}
	}
	line("people in all", "合計（人）", r.Total.Announced, r.Total.Found)
	t.write(out, 2, 3, 4)
}

// writeGroups shows where the same people stand on several lists: why the lists add up to
// more than all people.
func (r Reconciliation) writeGroups(out io.Writer) {
	if len(r.Overlaps) == 0 {
		return
	}
	both := table{{"On both lists", "両方に該当", "People 人数"}}
	for _, o := range r.Overlaps {
		both = append(both, []string{r.ids(o.Cohorts[:]), r.labels(o.Cohorts[:]), strconv.Itoa(o.People)})
	}
	both.write(out, 2)
	once := table{{"Every person counted once", "1人を1回だけ数えた内訳", "People 人数"}}
	rest, sum := 0, 0
	for i, g := range r.Groups {
		sum += g.People
		if i >= mostGroupsShown {
			rest += g.People
			continue
		}
		id, label := r.ids(g.Cohorts), r.labels(g.Cohorts)
		if len(g.Cohorts) == 1 {
			id, label = id+" only", label+"だけ"
		}
		once = append(once, []string{id, label, strconv.Itoa(g.People)})
	}
	if rest > 0 {
		once = append(once, []string{"other combinations", "その他の組み合わせ", strconv.Itoa(rest)})
	}
	if sum > 0 {
		once = append(once, []string{"people in all", "合計（人）", strconv.Itoa(sum)})
	}
	once.write(out, 2)
}

func (r Reconciliation) ids(list []breach.CohortID) string {
	var out []string
	for _, id := range list {
		out = append(out, string(id))
	}
	return strings.Join(out, " + ")
}

func (r Reconciliation) labels(list []breach.CohortID) string {
	var out []string
	for _, id := range list {
		out = append(out, r.Labels[id])
	}
	return strings.Join(out, "＋")
}

func (r Reconciliation) writeChannels(out io.Writer) {
	t := table{{"How people can be reached", "連絡の方法", "People 人数"}}
	add := func(n int, en, ja string) {
		if n > 0 {
			t = append(t, []string{en, ja, strconv.Itoa(n)})
		}
	}
	add(r.Channels.Email, "by e-mail", "メール")
	add(r.Channels.LetterOnly, "by letter only", "書状だけ（メールアドレスなし）")
	add(r.Channels.None, "by neither: look them up in the shop", "どちらも不明（ショップで確認）")
	t.write(out, 2)
}

func (r Reconciliation) writeReview(out io.Writer) {
	t := table{{"Waiting for a decision", "確認待ち", "Records 件数", "People on no list 他に該当のない人"}}
	for _, c := range r.Review {
		t = append(t, []string{reasonEnglish(c.Reason), reasonJapanese(c.Reason), strconv.Itoa(c.Records), strconv.Itoa(c.People)})
	}
	t.write(out, 2, 3)
	t = table{{"Decided about", "判断した件", "In 対象", "Out 対象外", "Later 保留"}}
	for _, d := range r.Decisions {
		t = append(t, []string{reasonEnglish(d.Reason), reasonJapanese(d.Reason), strconv.Itoa(d.In), strconv.Itoa(d.Out), strconv.Itoa(d.Later)})
	}
	t.write(out, 2, 3, 4)
}

func reasonEnglish(r breach.ReviewReason) string {
	switch r {
	case breach.AbandonedCardAttempt:
		return "card entered, order not completed"
	case breach.StaffKeyedOrder:
		return "order entered by staff"
	case breach.BuyerAtOtherAddress:
		return "recipient named like the buyer, at another address"
	case breach.NearBuyer:
		return "recipient reads like the buyer, at the same address"
	case breach.FirstNoticeOnly:
		return "got the first notice, otherwise not found"
	case breach.UnclearRecord:
		return "the record does not say enough"
	default:
		return string(r)
	}
}

func reasonJapanese(r breach.ReviewReason) string {
	switch r {
	case breach.AbandonedCardAttempt:
		return "カード入力後に完了していない注文"
	case breach.StaffKeyedOrder:
		return "店舗側で登録した注文"
	case breach.BuyerAtOtherAddress:
		return "注文者と同じ氏名で別住所のお届け先"
	case breach.NearBuyer:
		return "注文者と同じ読み・同じ住所のお届け先"
	case breach.FirstNoticeOnly:
		return "第一報のみ"
	case breach.UnclearRecord:
		return "記録だけでは判定できない"
	default:
		return ""
	}
}
