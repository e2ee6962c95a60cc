package roster

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"exposure/internal/breach"
)

// mostRejectsShown bounds the list of rejects on a terminal; the JSON has them all.
const mostRejectsShown = 50

// WriteTable writes the reconciliation for people, in English and Japanese.
func (r *Result) WriteTable(w io.Writer) error { return r.Reconciliation.WriteTable(w) }

// WriteTable writes the reconciliation for people.
func (r Reconciliation) WriteTable(w io.Writer) error {
	out := bufio.NewWriter(w)
	r.writeCohorts(out)
	r.writeOverlaps(out)
	r.writeReview(out)
	r.writeNotes(out)
	r.writeRejects(out)
	verdict := "Nothing differs from what was announced. 公表した数と一致しています。"
	if r.Differs {
		verdict = "THE FIGURES DIFFER from what was announced. 公表した数と一致しません。"
	}
	fmt.Fprintln(out, verdict)
	return out.Flush()
}

func (r Reconciliation) writeCohorts(out io.Writer) {
	t := table{{"Cohort", "区分", "Announced 公表", "Found 照合", "Difference 差"}}
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

func (r Reconciliation) writeOverlaps(out io.Writer) {
	if len(r.Overlaps) == 0 {
		return
	}
	t := table{{"In both", "重複", "People 人数"}}
	for _, o := range r.Overlaps {
		t = append(t, []string{string(o.Cohorts[0]) + " + " + string(o.Cohorts[1]), "", strconv.Itoa(o.People)})
	}
	t.write(out, 2)
}

func (r Reconciliation) writeReview(out io.Writer) {
	if len(r.Review) == 0 {
		return
	}
	t := table{{"Waiting for a decision", "確認待ち", "Records 件数", "People on no list ほかに該当のない人数"}}
	for _, c := range r.Review {
		t = append(t, []string{string(c.Reason), reasonJapanese(c.Reason), strconv.Itoa(c.Records), strconv.Itoa(c.People)})
	}
	t.write(out, 2, 3)
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

func (r Reconciliation) writeNotes(out io.Writer) {
	t := table{}
	note := func(n int, en, ja string) {
		if n > 0 {
			t = append(t, []string{en, ja, strconv.Itoa(n)})
		}
	}
	note(r.UnreachableByEmail, "people on a list without an e-mail address", "メールアドレスのない対象者")
	note(r.SharedAddresses, "e-mail addresses of several people", "複数の人が使うメールアドレス")
	note(r.UnreadableAddresses, "e-mail addresses that cannot be read", "読み取れないメールアドレス")
	for _, s := range r.Stray {
		note(s.Rows, s.File+": rows of orders that are not in the orders file", "受注ファイルにない注文の行")
	}
	if len(t) > 0 {
		t.write(out, 2)
	}
}

func (r Reconciliation) writeRejects(out io.Writer) {
	if len(r.Rejects) == 0 {
		return
	}
	fmt.Fprintf(out, "%d rejected rows or cells 取り込めなかった行:\n", len(r.Rejects))
	for i, x := range r.Rejects {
		if i == mostRejectsShown {
			fmt.Fprintf(out, "  … and %d more\n", len(r.Rejects)-i)
			break
		}
		fmt.Fprintf(out, "  %s line %d: %s\n", x.File, x.Line, x.Reason)
	}
	fmt.Fprintln(out)
}

// table is rows of cells.
type table [][]string

// write aligns the columns by what a terminal shows; those named right are set flush
// right. An empty line follows.
func (t table) write(out io.Writer, right ...int) {
	var widths []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	for _, row := range t {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-displayWidth(cell))
			if slices.Contains(right, i) {
				cell, pad = pad+cell, ""
			}
			b.WriteString(cell + pad + "  ")
		}
		fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
	}
	fmt.Fprintln(out)
}

// displayWidth is the number of terminal cells s takes: Japanese is two wide.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
