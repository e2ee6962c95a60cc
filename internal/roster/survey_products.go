package roster

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"exposure/internal/incident"
)

// Products are the goods of a shop as its order items name them.
type Products struct {
	// Candidates may carry the customer's name, to go by their names. Nobody decided so.
	Candidates []Product `json:"candidates"`
	Others     []Product `json:"others"` // most frequent first
	Rows       int       `json:"rows"`   // items in all
	Hidden     int       `json:"hidden"` // items whose name is not shown: it looks like a customer's
	// Beyond is how many items were of further products, beyond those that are kept.
	Beyond int `json:"beyond"`
	// Unseen is how many of the items that are not shown or were not kept have a name like
	// the candidates': somebody has to look for them in the shop.
	Unseen int `json:"unseen"`
}

// Product is one code and name.
type Product struct {
	Code    string `json:"code"` // empty: it has none
	Name    string `json:"name"`
	Rows    int    `json:"rows"`
	First   string `json:"first,omitempty"`
	Last    string `json:"last,omitempty"`
	Decided bool   `json:"decided"` // the incident file says already whether it is engraved
}

type productKey struct{ code, name string }

type productCount struct {
	listed                     engravedList
	kept                       map[productKey]*stretch
	candidates, others         int
	rows, hidden, more, unseen int
}

func newProductCount(e incident.Engraved) productCount {
	return productCount{kept: map[productKey]*stretch{}, listed: engravedList{
		codes: append(foldAll(e.Codes, foldCode), foldAll(e.Except, foldCode)...),
		names: append(foldAll(e.Names, foldProduct), foldAll(e.Except, foldProduct)...),
	}}
}

// engravedList is every product of which the incident file says that it is engraved, or
// that it is not.
type engravedList struct{ codes, names []string }

func (l engravedList) has(k productKey) bool {
	name := foldProduct(k.name)
	return slices.Contains(l.codes, foldCode(k.code)) ||
		slices.ContainsFunc(l.names, func(part string) bool { return strings.Contains(name, part) })
}

func (c *productCount) add(code, name string, at month) {
	if code == "" && name == "" {
		return
	}
	c.rows++
	k := productKey{code, name}
	if n, ok := c.kept[k]; ok {
		n.add(at)
		return
	}
	if !showableProduct(code, name) {
		c.hidden++
		c.overlook(k)
		return
	}
	count, most := &c.others, mostProductsKept
	if carriesName(name) {
		count, most = &c.candidates, mostCandidates
	}
	if *count == most {
		c.more++
		c.overlook(k)
		return
	}
	*count++
	n := &stretch{}
	n.add(at)
	c.kept[productKey{strings.Clone(code), strings.Clone(name)}] = n
}

// overlook counts an item that the result will not name, if it asks for a decision.
func (c *productCount) overlook(k productKey) {
	if carriesName(k.name) && !c.listed.has(k) {
		c.unseen++
	}
}

func (c *productCount) result() Products {
	out := Products{Candidates: []Product{}, Others: []Product{}, Rows: c.rows, Hidden: c.hidden, Beyond: c.more, Unseen: c.unseen}
	for k, n := range c.kept {
		p := Product{Code: k.code, Name: k.name, Rows: n.rows, First: n.first.String(), Last: n.last.String(), Decided: c.listed.has(k)}
		if p.Decided || carriesName(k.name) {
			out.Candidates = append(out.Candidates, p)
		} else {
			out.Others = append(out.Others, p)
		}
	}
	for _, list := range [][]Product{out.Candidates, out.Others} {
		slices.SortFunc(list, func(a, b Product) int {
			if a.Rows != b.Rows {
				return b.Rows - a.Rows
			}
			return strings.Compare(a.Code+"\x00"+a.Name, b.Code+"\x00"+b.Name)
		})
	}
	return out
}

// engravedWords are parts of the names of products on which a shop writes what the
// customer asks for. They only suggest: a stand for name flags is found, too.
func engravedWords() []string {
	return []string{
		"名前", "名入れ", "名入", "ネーム", "命名", "名札", "木札", "表札", "刻印", "彫刻", "彫り", "印字", "刺繍", "刺しゅう", "イニシャル", "メッセージ入",
		"オーダーメイド", "engrav", "personalis", "personaliz", "monogram", "embroider", "initial", "nameplate", "nametag",
	}
}

func carriesName(product string) bool {
	name := strings.ToLower(squeeze(product))
	return slices.ContainsFunc(engravedWords(), func(part string) bool { return strings.Contains(name, part) })
}

// longestWord is the longest value that is still taken for a word of the shop.
const longestWord = 80 // characters

// showable tells whether a value may be printed and written into an incident file: it is
// shorter than free text, and holds no address, no long number, no control character.
func showable(v string) bool {
	return len([]rune(v)) <= longestWord && !personal.MatchString(v) && !strings.ContainsFunc(v, unicode.IsControl) && !addressed(v)
}

// personal matches an address, or a number as long as a telephone number.
var personal = regexp.MustCompile(`@|[0-9]([ -]?[0-9]){8}`)

// longCode matches telephone numbers; product codes may be long numbers otherwise (JAN).
var longCode = regexp.MustCompile(`@|^0[0-9 -]{9,13}$|[0-9]{14}`)

func showableProduct(code, name string) bool {
	return showable(name) && len([]rune(code)) <= longestWord && !longCode.MatchString(code) && !strings.ContainsFunc(code, unicode.IsControl)
}

// addressed tells whether a text speaks to somebody: shops sell single customers things
// under names such as "山田様専用". The sign 様 also ends words that mean nobody.
func addressed(v string) bool {
	rs := []rune(v)
	for i, r := range rs {
		if r == '様' && i > 0 && !strings.ContainsRune("客皆模仕同多異一文有", rs[i-1]) &&
			(i+1 == len(rs) || !strings.ContainsRune("々式相子態", rs[i+1])) {
			return true
		}
	}
	return false
}
