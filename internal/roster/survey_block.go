package roster

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"exposure/internal/roster/profile"
)

// WriteShopBlock writes the "shop:" block of an incident file. What an incident file
// decided already stays decided. Everything else stands under keys that begin with TODO:
// with them the file does not load, so that nothing is decided by being overlooked.
func (r *SurveyResult) WriteShopBlock(w io.Writer) error {
	b := block{out: bufio.NewWriter(w)}
	b.line("# What the words in the shop's exports mean. Written by a survey; every TODO is a")
	b.line("# decision: move each line under it to where it belongs, then delete the TODO. While one")
	b.line("# is left, this file does not load.")
	b.line("shop:")
	if r.before.Zone != nil {
		b.line("  zone: %s", quoted(r.before.Zone.String()))
	} else {
		b.line("  # zone: Asia/Tokyo   # the clock of the exports, if it is not the incident's")
	}
	methods, ok := r.words(paymentMethods)
	b.list("  ", "card_methods", r.before.CardMethods, methods)
	b.list("  ", "other_methods", r.before.OtherMethods, methods)
	b.todo(ok, methods, r.proven, "Which of these are payments by card? To card_methods, all others to other_methods.",
		"カード払いはcard_methodsへ、それ以外はother_methodsへ移してください。")
	places, ok := r.words(devices)
	b.list("  ", "web_devices", r.before.WebDevices, places)
	b.list("  ", "other_devices", r.before.OtherDevices, places)
	b.todo(ok, places, r.proven, "Which of these are orders that customers placed on the site? To web_devices; orders keyed in by staff to other_devices.",
		"お客様がサイトで注文した端末はweb_devicesへ、店舗側で登録した注文はother_devicesへ移してください。")
	r.engravedBlock(&b)
	for _, what := range []string{orderStates, memberStates, settlementActions, itemKinds} {
		words, _ := r.words(what)
		for _, v := range words.Undecided() {
			b.line("# %s %s (%d rows) is not known for this shop system: the import needs a mapping file that says what it is.",
				wordsTitle(what)[0], quoted(v.Value), v.Rows)
		}
	}
	if err := b.out.Flush(); err != nil {
		return fmt.Errorf("writing a shop block: %w", err)
	}
	return nil
}

func (r *SurveyResult) words(what string) (SurveyedWords, bool) {
	i := slices.IndexFunc(r.Words, func(w SurveyedWords) bool { return w.What == what })
	if i < 0 {
		return SurveyedWords{What: what}, false
	}
	return r.Words[i], true
}

func (r *SurveyResult) engravedBlock(b *block) {
	e := r.before.Engraved
	b.line("  engraved:")
	b.list("    ", "codes", e.Codes, SurveyedWords{})
	b.list("    ", "names", e.Names, SurveyedWords{})
	b.list("    ", "except", e.Except, SurveyedWords{})
	var coded, named []Product
	for _, p := range r.Products.undecided() {
		if p.Code == "" {
			named = append(named, p)
		} else {
			coded = append(coded, p)
		}
	}
	if len(coded)+len(named)+r.Products.Unseen == 0 {
		return
	}
	b.line("    # TODO Which of these carry a name that the customer gave? Codes to codes, products without a code")
	b.line("    # to names (a part of the name is enough), all others to except. They are suggested by their names only.")
	b.line("    # 名前を入れる商品はcodes（コードのない商品はnames）へ、入れない商品はexceptへ移してください。")
	b.products("TODO_codes", coded, func(p Product) string { return p.Code })
	b.products("TODO_names", named, func(p Product) string { return p.Name })
	if n := r.Products.Unseen; n > 0 {
		b.line("    TODO_more: [] # %d items of products with such names are not shown: look through the shop's list of products", n)
	}
}

// block writes YAML.
type block struct{ out *bufio.Writer }

func (b *block) line(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }

// list writes what is decided already, each with what was found.
func (b *block) list(indent, key string, values []string, found SurveyedWords) {
	if len(values) == 0 {
		b.line("%s%s:", indent, key) // empty: lines can be moved under it as they are
		return
	}
	b.line("%s%s:", indent, key)
	for _, v := range values {
		i := slices.IndexFunc(found.Values, func(w SurveyedWord) bool { return w.Value == profile.Fold(v) })
		switch {
		case found.What == "":
			b.line("%s  - %s", indent, quoted(v))
		case i < 0:
			b.line("%s  - %s # not in these files", indent, quoted(v))
		default:
			b.line("%s  - %s # %s", indent, quoted(v), found.Values[i].describe(false))
		}
	}
}

// todo writes the values nobody has decided about. A column that no file has, or that
// holds something else than it seems, is a decision, too.
func (b *block) todo(there bool, w SurveyedWords, approved bool, en, ja string) {
	undecided := w.Undecided()
	if !there {
		b.line("  # no file had this column")
		return
	}
	if len(undecided) == 0 && w.Hidden == 0 && !w.TooMany {
		return
	}
	b.line("  # TODO %s", en)
	b.line("  # %s", ja)
	b.line("  TODO_%s:", w.What)
	for _, v := range undecided {
		b.line("    - %s # %s", quoted(v.Value), v.describe(approved))
	}
	if w.Hidden > 0 {
		b.line("    - \"?\" # %d rows with values that look like personal data: the import stops at them", w.Hidden)
	}
	if w.TooMany {
		b.line("    - \"?\" # more than %d different values: this must be another column", mostWords)
	}
}

func (b *block) products(key string, products []Product, of func(Product) string) {
	if len(products) == 0 {
		return
	}
	b.line("    %s:", key)
	done := map[string]bool{}
	for _, p := range products {
		v := of(p)
		if done[v] {
			continue
		}
		done[v] = true
		b.line("      - %s # %s", quoted(v), describeProduct(p, products, of))
	}
}

// describeProduct says what goes by one code: sizes and colours are products of their
// own name.
func describeProduct(p Product, all []Product, of func(Product) string) string {
	rows, names, first, last := 0, 0, "", ""
	for _, q := range all {
		if of(q) != of(p) {
			continue
		}
		rows, names = rows+q.Rows, names+1
		if first == "" || q.First != "" && q.First < first {
			first = q.First
		}
		last = max(last, q.Last)
	}
	text := plural(rows, "item", "items")
	if first != "" {
		text += ", " + months(first, last)
	}
	if p.Code != "" {
		text = comment(p.Name) + ": " + text
	}
	if names > 1 {
		text += fmt.Sprintf(" (%d names)", names)
	}
	return text
}

func (v SurveyedWord) describe(approved bool) string {
	text := plural(v.Rows, "order", "orders")
	if v.ShownAs != "" {
		text = v.ShownAs + ": " + text
	}
	if v.First != "" {
		text += ", " + months(v.First, v.Last)
	}
	if approved {
		text += ", card approved: " + v.evidence()
	}
	return text
}

// quoted is a text that YAML reads as text and nothing else: 010 and no stay themselves.
func quoted(v string) string { return strconv.Quote(v) }

// comment is a value inside a comment: on one line.
func comment(v string) string { return strings.Join(strings.Fields(profile.Shown(v)), " ") }
