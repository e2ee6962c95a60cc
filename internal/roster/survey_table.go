package roster

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"exposure/internal/roster/profile"
)

// mostProductsShown bounds the list of ordinary products on a terminal; the JSON has
// all that are kept.
const mostProductsShown = 20

// WriteTable writes what was found for people, in English and Japanese: what is to be
// decided first and last.
func (r *SurveyResult) WriteTable(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n\n", r.verdict())
	r.writeFiles(out)
	for _, words := range r.Words {
		r.writeWords(out, words)
	}
	if r.proven {
		fmt.Fprintln(out, "Card approved: of the orders in the months of the card settlement file; ? = none in these months.")
		fmt.Fprintf(out, "カード承認：カード決済のファイルにある月の注文のうち、承認のあった件数。?はその月に注文なし。\n\n")
	}
	r.writeProducts(out)
	if r.Uncounted > 0 {
		fmt.Fprintf(out, "More than %d orders: the items of the last %d have no month. 注文が多いため、最後の%d件の商品の時期は分かりません。\n\n",
			mostOrders, r.Uncounted, r.Uncounted)
	}
	fmt.Fprintln(out, r.verdict())
	return out.Flush()
}

// JSON is the survey for machines.
func (r *SurveyResult) JSON() []byte { return encode(r) }

// Undecided counts the values and products somebody has to decide about.
func (r *SurveyResult) Undecided() int {
	n := 0
	for _, w := range r.Words {
		n += w.open()
	}
	if r.Products.Unseen > 0 {
		n++
	}
	return n + len(r.Products.undecided())
}

// open counts what is to be decided about a column. Values that are not shown are one
// more thing, and a column of anything is one.
func (w SurveyedWords) open() int {
	if w.TooMany {
		return 1
	}
	n := len(w.Undecided())
	if w.Hidden > 0 {
		n++
	}
	return n
}

func (p Products) undecided() []Product {
	var out []Product
	for _, c := range p.Candidates {
		if !c.Decided {
			out = append(out, c)
		}
	}
	return out
}

func (r *SurveyResult) verdict() string {
	var en, ja []string
	add := func(n int, enName, jaName string) {
		if n > 0 {
			en, ja = append(en, strconv.Itoa(n)+" "+enName), append(ja, jaName+strconv.Itoa(n))
		}
	}
	for _, w := range r.Words {
		name := wordsTitle(w.What)
		add(w.open(), strings.ToLower(name[0]), name[1])
	}
	add(len(r.Products.undecided()), "products that may carry a name", "名前を入れると思われる商品")
	add(r.Products.Unseen, "items with such names that are not listed", "一覧にない同様の明細")
	if len(en) == 0 {
		return "NOTHING IS LEFT TO DECIDE. 決めることは残っていません。"
	}
	return "TO DECIDE: " + strings.Join(en, ", ") + "\n決めること: " + strings.Join(ja, "、")
}

// wordsTitle names a column in English and Japanese.
func wordsTitle(what string) [2]string {
	switch what {
	case paymentMethods:
		return [2]string{"Payment methods", "支払い方法"}
	case devices:
		return [2]string{"Devices", "端末"}
	case orderStates:
		return [2]string{"Order states", "対応状況"}
	case memberStates:
		return [2]string{"Member states", "会員状態"}
	case itemKinds:
		return [2]string{"Kinds of items", "明細区分"}
	default:
		return [2]string{"Card settlement results", "カード決済の結果"}
	}
}

// meaningTitle says in both languages what a value is taken for.
func meaningTitle(what, meaning string) string {
	switch {
	case meaning == meansOther && what == paymentMethods:
		return "not a card カード以外"
	case meaning == meansOther && what == devices:
		return "not on the site サイト以外"
	}
	switch meaning {
	case "":
		return "TO DECIDE 要判断"
	case meansCard:
		return "card カード"
	case meansWeb:
		return "on the site サイトでの注文"
	case meansOther:
		return "other その他"
	case meansCancelled:
		return "cancelled 取消し"
	case meansProvisional:
		return "provisional 仮会員"
	case meansFull:
		return "full member 本会員"
	case meansAttempted:
		return "payment not finished 決済途中"
	case meansWithdrawn:
		return "withdrawn 退会"
	case meansProduct:
		return "product 商品"
	default:
		return "approved 承認"
	}
}

func roleTitle(r Role) string {
	switch r {
	case RoleMembers:
		return "members 会員"
	case RoleOrders:
		return "orders 注文"
	case RoleItems:
		return "order items 注文明細"
	case RoleDeliveries:
		return "deliveries お届け先"
	case RoleSettlements:
		return "card settlements カード決済"
	case roleList:
		return "approved list 承認済みリスト"
	case roleFirstNotice:
		return "first notice 第一報"
	default:
		return string(r)
	}
}

func (r *SurveyResult) writeFiles(out io.Writer) {
	t := table{{"File ファイル", "What it is 内容", "Shop system", "Encoding", "Rows 行"}}
	var notes []string
	for _, f := range r.Files {
		t = append(t, []string{f.Name, roleTitle(f.Role), f.Layout, f.Encoding, strconv.Itoa(f.Rows)})
		if f.Unreadable > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d rows cannot be read 読み取れない行があります", f.Name, f.Unreadable))
		}
		if f.Hidden != "" {
			notes = append(notes, f.Hidden)
		}
		if len(f.Missing) > 0 {
			notes = append(notes, fmt.Sprintf("%s: no column %s 列がありません (exposurectl export-guide %s)", f.Name, strings.Join(f.Missing, ", "), r.Profile))
		}
	}
	t.write(out, 4)
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
	if len(notes) > 0 {
		fmt.Fprintln(out)
	}
}

func (r *SurveyResult) writeWords(out io.Writer, w SurveyedWords) {
	title := wordsTitle(w.What)
	if w.TooMany {
		fmt.Fprintf(out, "%s %s: more than %d different values in %d rows. This must be another column; none is shown. 値の種類が多すぎるため、表示しません。\n\n",
			title[0], title[1], mostWords, w.Rows)
		return
	}
	t := table{{title[0] + " " + title[1], "Rows 件数", "Months 期間", "Taken for 扱い"}}
	approved := r.proven && (w.What == paymentMethods || w.What == devices)
	if approved {
		t[0] = append(t[0], "Card approved カード承認")
	}
	add := func(value string, rows int, months, meaning, count string) {
		line := []string{value, strconv.Itoa(rows), months, meaning}
		if approved {
			line = append(line, count)
		}
		t = append(t, line)
	}
	for _, v := range w.Values {
		add(strings.TrimSpace(profile.Shown(v.Value)+" "+v.ShownAs), v.Rows, months(v.First, v.Last), meaningTitle(w.What, v.Meaning), v.evidence())
	}
	if w.Empty > 0 {
		add("(empty 空欄)", w.Empty, "", "not known 不明", "")
	}
	if w.Hidden > 0 {
		add("(looks like personal data: not shown 個人情報の疑い)", w.Hidden, "", meaningTitle("", ""), "")
	}
	t.write(out, 1, 4)
}

// evidence says of how many orders, within the months of the settlement file, a card was
// approved.
func (v SurveyedWord) evidence() string {
	if v.Covered == 0 {
		return "?"
	}
	return fmt.Sprintf("%d / %d", v.Approved, v.Covered)
}

func (r *SurveyResult) writeProducts(out io.Writer) {
	p := r.Products
	if p.Rows == 0 {
		return
	}
	list := func(en, ja string, products []Product, most int) {
		if len(products) == 0 {
			return
		}
		t := table{{"Code コード", en + " " + ja, "Rows 件数", "Months 期間", "Taken for 扱い"}}
		for _, x := range products[:min(most, len(products))] {
			meaning := ""
			switch {
			case x.Decided:
				meaning = "in the incident file 設定済み"
			case carriesName(x.Name):
				meaning = meaningTitle("", "")
			}
			t = append(t, []string{x.Code, profile.Shown(x.Name), strconv.Itoa(x.Rows), months(x.First, x.Last), meaning})
		}
		t.write(out, 2)
		if n := len(products) - most; n > 0 {
			fmt.Fprintf(out, "and %d more products ほか%d商品\n\n", n, n)
		}
	}
	list("Products that may carry a name", "名前を入れると思われる商品", p.Candidates, len(p.Candidates))
	list("Other products", "その他の商品", p.Others, mostProductsShown)
	note := func(n int, text string) {
		if n > 0 {
			fmt.Fprintf(out, "%d %s\n\n", n, text)
		}
	}
	note(p.Hidden, "items are not shown: their name looks like a customer's. 個人情報の疑いがある商品名は表示しません。")
	note(p.Beyond, "items are of further products that were not kept apart. 商品の種類が多いため、まとめて数えました。")
	note(p.Unseen, "items that are not listed above have such names, too: look through the shop's list of products. 商品の一覧も確認してください。")
}

// months is a span of months. The wave dash is two cells wide on every terminal.
func months(first, last string) string {
	if first == last {
		return first
	}
	return first + "～" + last
}
