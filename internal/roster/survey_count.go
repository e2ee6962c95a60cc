package roster

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"exposure/internal/incident"
	"exposure/internal/roster/profile"
)

// Bounds of what a survey keeps. With more different words than mostWords a column is
// not the one it seems, say of names, and none of its values is shown. An order kept
// costs about 24 bytes, a product a few hundred.
const (
	mostWords        = 100
	mostOrders       = 4_000_000
	mostSettled      = 1_000_000
	mostProductsKept = 10_000
	mostCandidates   = 1_000
)

// Columns whose words are counted.
const (
	paymentMethods    = "payment_methods"
	devices           = "devices"
	orderStates       = "order_states"
	memberStates      = "member_states"
	settlementActions = "settlement_actions"
	itemKinds         = "item_kinds"
)

// What a value is taken for.
const (
	meansCard        = "card"
	meansWeb         = "web"
	meansOther       = "other" // none of the others of its column
	meansCancelled   = "cancelled"
	meansProvisional = "provisional"
	meansFull        = "full"
	meansApproved    = "approved"
	meansAttempted   = "attempted"
	meansWithdrawn   = "withdrawn"
	meansProduct     = "product"
)

// SurveyedWords are the different values of one column.
type SurveyedWords struct {
	What   string         `json:"what"`   // payment_methods, devices, order_states, member_states, settlement_actions, item_kinds
	Values []SurveyedWord `json:"values"` // most frequent first
	Rows   int            `json:"rows"`
	Empty  int            `json:"empty"`  // rows without a value
	Hidden int            `json:"hidden"` // rows whose value is not shown: it looks like personal data
	// TooMany: so many different values that it must be another column; none is shown.
	TooMany bool `json:"too_many"`
}

// SurveyedWord is one value, folded as the import compares it.
type SurveyedWord struct {
	Value   string `json:"value"`
	ShownAs string `json:"shown_as,omitempty"` // what the shop system\'s own screens call it
	Rows    int    `json:"rows"`
	First   string `json:"first,omitempty"` // month, e.g. 2019-01, as the shop writes it
	Last    string `json:"last,omitempty"`
	// Covered is how many rows are of the months that the settlement file covers, and
	// Approved for how many of these the payment company approved a card. About other
	// months that file says nothing.
	Covered  int    `json:"covered"`
	Approved int    `json:"approved"`
	Meaning  string `json:"meaning,omitempty"` // what it is taken for already; empty: somebody has to decide
}

// month counts months since the year 0; noMonth is none.
type month uint16

const noMonth month = 0

func monthOf(t time.Time) month {
	if t.Year() < 1 || t.Year() > 5000 {
		return noMonth
	}
	return month(t.Year()*12 + int(t.Month()) - 1)
}

func (m month) String() string {
	if m == noMonth {
		return ""
	}
	return time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

// stretch is how often something occurs, and from when to when.
type stretch struct {
	rows, covered, approved int
	first, last             month
}

func (s *stretch) add(at month) {
	s.rows++
	if at == noMonth {
		return
	}
	if s.first == noMonth || at < s.first {
		s.first = at
	}
	s.last = max(s.last, at)
}

// newHash stands for order numbers that need not be kept.
func newHash() func(string) uint64 {
	seed := maphash.MakeSeed()
	return func(v string) uint64 { return maphash.String(seed, v) }
}

// wordCount counts the values of one column.
type wordCount struct {
	what                string
	values              map[string]*stretch
	rows, empty, hidden int
	tooMany             bool
}

func newWordCounts() []*wordCount {
	var out []*wordCount
	for _, what := range []string{paymentMethods, devices, orderStates, memberStates, settlementActions, itemKinds} {
		out = append(out, &wordCount{what: what, values: map[string]*stretch{}})
	}
	return out
}

func (s *survey) column(what string) *wordCount {
	i := slices.IndexFunc(s.columns, func(c *wordCount) bool { return c.what == what })
	return s.columns[i]
}

// add counts a cell; nil unless its value is kept.
func (c *wordCount) add(v string, at month) *stretch {
	c.rows++
	switch {
	case v == "":
		c.empty++
		return nil
	case c.tooMany:
		return nil
	}
	n, ok := c.values[v]
	if !ok {
		if !showable(v) {
			c.hidden++
			return nil
		}
		if len(c.values) == mostWords {
			c.tooMany, c.values = true, nil
			return nil
		}
		n = &stretch{}
		c.values[strings.Clone(v)] = n
	}
	n.add(at)
	return n
}

func (c *wordCount) result(meaning, shownAs func(string) string) SurveyedWords {
	out := SurveyedWords{What: c.what, Values: []SurveyedWord{}, Rows: c.rows, Empty: c.empty, Hidden: c.hidden, TooMany: c.tooMany}
	for v, n := range c.values {
		out.Values = append(out.Values, SurveyedWord{
			Value: v, ShownAs: shownAs(v), Rows: n.rows, First: n.first.String(), Last: n.last.String(),
			Covered: n.covered, Approved: n.approved, Meaning: meaning(v),
		})
	}
	slices.SortFunc(out.Values, func(a, b SurveyedWord) int {
		if a.Rows != b.Rows {
			return b.Rows - a.Rows
		}
		return strings.Compare(a.Value, b.Value)
	})
	return out
}

// Undecided are the values somebody has to decide about.
func (w SurveyedWords) Undecided() []SurveyedWord {
	return slices.DeleteFunc(slices.Clone(w.Values), func(v SurveyedWord) bool { return v.Meaning != "" })
}

// meaning tells what values of a column are taken for: by the incident file, or by the
// profile of the shop system.
func (s *survey) meaning(what string) func(string) string {
	known := s.meanings[what]
	return func(v string) string { return known[v] }
}

// takenFor maps folded values to what they are taken for.
type takenFor map[string]string

func (t takenFor) set(meaning string, values []string) {
	for _, v := range values {
		t[profile.Fold(v)] = meaning
	}
}

func meanings(p *profile.Profile, v *incident.Vocabulary) map[string]takenFor {
	out := map[string]takenFor{}
	for _, k := range []struct {
		what, meaning string
		values        []string
	}{
		{paymentMethods, meansCard, v.CardMethods}, {paymentMethods, meansOther, v.OtherMethods},
		{devices, meansWeb, v.WebDevices}, {devices, meansOther, v.OtherDevices},
		{orderStates, meansCancelled, p.OrderStatus.Cancelled}, {orderStates, meansAttempted, p.OrderStatus.Attempted},
		{orderStates, meansOther, p.OrderStatus.Other},
		{memberStates, meansProvisional, p.MemberStatus.Provisional}, {memberStates, meansFull, p.MemberStatus.Full},
		{memberStates, meansWithdrawn, p.MemberStatus.Withdrawn},
		{settlementActions, meansApproved, p.Settlement.Approved}, {settlementActions, meansOther, p.Settlement.Other},
		{itemKinds, meansProduct, p.ItemTypes.Product}, {itemKinds, meansOther, p.ItemTypes.Other},
	} {
		if out[k.what] == nil {
			out[k.what] = takenFor{}
		}
		out[k.what].set(k.meaning, k.values)
	}
	return out
}

// shownAs tells what the shop system's own screens call the values of a column.
func (s *survey) shownAs(what string) func(string) string {
	role, field := profile.Orders, profile.Device
	switch what {
	case orderStates:
		field = profile.Status
	case memberStates:
		role, field = profile.Members, profile.Status
	case devices:
	default:
		return func(string) string { return "" }
	}
	return func(v string) string { return s.p.ShownAs(role, field, v) }
}
