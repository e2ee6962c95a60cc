package roster

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// writeNotes lists what somebody should look at although no figure shows it, and what
// the operator took responsibility for.
func (r Reconciliation) writeNotes(out io.Writer) {
	t := table{{"Please check", "ご確認ください", "Number 数"}}
	note := func(n int, en, ja string) {
		if n > 0 {
			t = append(t, []string{en, ja, strconv.Itoa(n)})
		}
	}
	note(r.SharedAddresses, "e-mail addresses that several people use", "複数の人が使うメールアドレス")
	note(r.SharedBy, "  people who use these", "  それを使う人数")
	note(r.UnreadableAddresses, "e-mail addresses that cannot be read", "読み取れないメールアドレス")
	note(r.Duplicates.People, "people with the name and postal address of another", "氏名と住所が同じ人（同一人物の可能性）")
	for _, s := range r.Stray {
		note(s.Rows, s.File+": rows of orders that are not in the orders file", "注文ファイルにない注文の行")
	}
	note(r.Unidentified, "orders and deliveries without a name and an address, each counted as a person", "氏名も住所もない注文・お届け先（1件を1人と数えます）")
	note(r.UnknownMembers, "orders of members who are not in the members file", "会員ファイルにない会員の注文")
	note(r.Undelivered, "orders without a delivery", "お届け先のない注文")
	t.write(out, 2)
	r.writeUnreadable(out)
	if r.Duplicates.People > 0 {
		fmt.Fprintf(out, "People with the same name and address are counted apart: a father and a son may share both.\n")
		fmt.Fprintf(out, "氏名と住所が同じでも、別の人として数えています（%d組）。\n\n", r.Duplicates.Groups)
	}
	t = table{{"Accepted by the operator", "担当者が了承した点", ""}}
	accepted := func(list []string, en, ja string) {
		if len(list) > 0 {
			t = append(t, []string{en, ja, strings.Join(list, ", ")})
		}
	}
	accepted(r.Accepted.Missing, "not delivered by the shop", "ショップから出せない列・ファイル")
	accepted(r.Accepted.NotCard, "not searched for card numbers", "カード番号を検査していない列")
	if n := r.Accepted.Rejects; n > 0 {
		t = append(t, []string{"rows or cells left out", "取り込まない行", strconv.Itoa(n)})
	}
	t.write(out)
}

// writeUnreadable says where to look for the addresses that cannot be read, never what they are.
func (r Reconciliation) writeUnreadable(out io.Writer) {
	if len(r.UnreadableAt) == 0 {
		return
	}
	fmt.Fprintf(out, "E-mail addresses that cannot be read stand here: 読み取れないメールアドレスの場所:\n")
	for _, at := range r.UnreadableAt {
		fmt.Fprintf(out, "  %s line %d\n", at.File, at.Line)
	}
	if more := r.UnreadableAddresses - len(r.UnreadableAt); more > 0 {
		fmt.Fprintf(out, "  and %d more ほか%d件\n", more, more)
	}
	fmt.Fprintln(out)
}

func (r Reconciliation) writeFiles(out io.Writer) {
	t := table{{"File ファイル", "What it is 内容", "Made by 形式", "Encoding 文字コード", "Rows 行"}}
	for _, f := range r.Files {
		t = append(t, []string{f.Name, roleTitle(f.Role), f.Layout, f.Encoding, strconv.Itoa(f.Rows)})
	}
	t.write(out, 4)
}

func (r Reconciliation) writeRejects(out io.Writer) {
	if len(r.Rejects) == 0 {
		return
	}
	fmt.Fprintf(out, "%d rejected rows or cells 取り込めなかった行:\n", len(r.Rejects))
	for i, x := range r.Rejects {
		if i == mostRejectsShown {
			fmt.Fprintf(out, "  and %d more ほか%d件\n", len(r.Rejects)-i, len(r.Rejects)-i)
			break
		}
		fmt.Fprintf(out, "  %s line %d: %s\n", x.File, x.Line, x.Reason)
	}
	fmt.Fprintln(out)
}
