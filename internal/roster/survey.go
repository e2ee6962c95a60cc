package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"exposure/internal/incident"
	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// SurveyOptions say which files of a shop to look through before anything is decided.
type SurveyOptions struct {
	Files []string // paths in any order; what each is is read from its columns
	Named Files    // paths of files of which somebody says what they are; both may be used

	Profile  string // name of the shop system's profile; empty: recognised by the columns
	Mapping  string // path of a mapping file, instead of a built-in profile
	Encoding string // auto (or empty: detected for each file), utf-8, cp932

	// Vocabulary is what an incident file decides already; nil: nothing. What it names is
	// not asked again.
	Vocabulary *incident.Vocabulary

	Progress Progress // nil: silent
}

// SurveyResult is which words a shop's exports use: nothing about anybody. Every value
// in it may be shown; those that look like personal data were only counted.
type SurveyResult struct {
	Profile  string          `json:"profile"`
	Files    []SurveyedFile  `json:"files"` // in the order of roles
	Words    []SurveyedWords `json:"words"` // by column
	Products Products        `json:"products"`
	// Uncounted is the number of orders beyond those whose number and month are kept: the
	// items of these have no month, and one that stands on several rows counts each time.
	Uncounted int `json:"uncounted"`

	before *incident.Vocabulary
	proven bool // a settlement file was among them
}

// SurveyedFile is one file that was looked through.
type SurveyedFile struct {
	Name       string   `json:"name"` // without its folder
	Role       Role     `json:"role"`
	Layout     string   `json:"layout"` // shop system and version
	Encoding   string   `json:"encoding"`
	Rows       int      `json:"rows"`
	Unreadable int      `json:"unreadable"` // rows that cannot be read: the import lists them
	Missing    []string `json:"missing"`    // columns whose lack the import wants to be accepted
	Hidden     string   `json:"hidden"`     // rows that the export seems to leave out, and what to do; empty: none
}

// Survey looks through a shop's exports and counts the words that an incident file has to
// classify. It decides nothing. Memory is bounded whatever the files hold: distinct values
// and products are kept up to a fixed number each, and the result says when there were
// more. Errors wrap ErrUnreadable, profile.ErrHeader or ErrForbidden.
func Survey(ctx context.Context, o SurveyOptions) (*SurveyResult, error) {
	s, err := newSurvey(o)
	if err != nil {
		return nil, err
	}
	if err := s.openAll(); err != nil {
		return nil, err
	}
	for _, f := range s.files {
		if err := s.read(ctx, f); err != nil {
			return nil, err
		}
	}
	return s.result(), nil
}

// survey is one look through a shop's files.
type survey struct {
	o        SurveyOptions
	encoding shopcsv.Encoding
	files    []*surveyed
	p        *profile.Profile
	meanings map[string]takenFor

	columns  []*wordCount
	products productCount
	orders   map[uint64]month // of every order number met, as a hash
	settled  map[uint64]bool  // order numbers, as hashes, that the payment company approved
	covered  stretch          // what the settlement file covers
	over     int              // orders beyond mostOrders
	hash     func(string) uint64
}

// surveyed is a file whose columns were understood.
type surveyed struct {
	SurveyedFile
	path   string
	header []string
	cols   *profile.Columns
	uses   []profile.Role // what is taken from its rows
	shown  bool           // a row such as the layout says must be there was
}

func newSurvey(o SurveyOptions) (*survey, error) {
	encoding, err := shopcsv.ParseEncoding(o.Encoding)
	if err != nil {
		return nil, err
	}
	if o.Vocabulary == nil {
		o.Vocabulary = &incident.Vocabulary{}
	}
	o.Progress = orSilent(o.Progress)
	return &survey{
		o: o, encoding: encoding, columns: newWordCounts(), products: newProductCount(o.Vocabulary.Engraved),
		orders: map[uint64]month{}, settled: map[uint64]bool{}, hash: newHash(),
	}, nil
}

// read counts the words of one file.
func (s *survey) read(ctx context.Context, f *surveyed) error {
	file, err := openFile(f.path, f.Name)
	if err != nil {
		return err
	}
	defer file.Close()
	size := int64(0)
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	s.o.Progress.Begin(f.Name, size)
	defer s.o.Progress.End()
	r := shopcsv.NewReader(&progressReader{file, s.o.Progress}, shopcsv.Options{Encoding: s.encoding})
	for n := 0; ; n++ {
		if n%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("reading %s: %w", f.Name, err)
			}
		}
		rec, err := r.Next()
		var bad *shopcsv.RowError
		switch {
		case errors.As(err, &bad):
			f.Unreadable++
		case errors.Is(err, io.EOF):
			f.Encoding = r.Encoding().String()
			s.mustShow(f)
			return nil
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrUnreadable, f.Name, err)
		default:
			f.Rows++
			s.count(f, f.cols.Row(rec.Fields, rec.Line))
		}
	}
}

// progressReader tells how much was read.
type progressReader struct {
	io.Reader
	to Progress
}

// Read reads on.
func (r *progressReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.to.Add(int64(n))
	return n, err
}

// count takes from a row what it says; it may be about several things at once.
func (s *survey) count(f *surveyed, r profile.Row) {
	for _, role := range f.uses {
		if !r.Carries(role) {
			continue
		}
		switch role {
		case profile.Members:
			if r.Has(role, profile.Status) {
				s.column(memberStates).add(r.Value(role, profile.Status), noMonth)
			}
		case profile.Settlements:
			s.settlement(r)
		case profile.Orders:
			s.order(f, r)
		case profile.Items:
			s.item(r)
		}
	}
}

func (s *survey) settlement(r profile.Row) {
	action, at := r.Value(profile.Settlements, profile.Action), s.month(r.Value(profile.Settlements, profile.ProcessedAt))
	s.column(settlementActions).add(action, at)
	s.covered.add(at)
	id := r.Value(profile.Settlements, profile.OrderID)
	if id != "" && len(s.settled) < mostSettled && s.meaning(settlementActions)(action) == meansApproved {
		s.settled[s.hash(id)] = true
	}
}

// order counts an order once, however many rows it has.
func (s *survey) order(f *surveyed, r profile.Row) {
	get := func(field profile.Field) string { return r.Value(profile.Orders, field) }
	id, at := s.hash(get(profile.OrderID)), s.month(get(profile.PlacedAt))
	if m := f.cols.MustShow(); m != nil && !f.shown && m.Role == profile.Orders {
		f.shown = m.Holds(get(m.Field))
	}
	if _, again := s.orders[id]; again {
		return
	}
	if len(s.orders) < mostOrders {
		s.orders[id] = at
	} else {
		s.over++
	}
	approved := s.settled[id] || s.settled[s.hash(get(profile.OrderNumber))]
	if r.Has(profile.Orders, profile.Status) {
		s.column(orderStates).add(get(profile.Status), at)
	}
	s.prove(at, approved, s.column(paymentMethods).add(get(profile.PaymentMethod), at))
	if r.Has(profile.Orders, profile.Device) {
		s.prove(at, approved, s.column(devices).add(get(profile.Device), at))
	}
}

// prove notes whether the payment company approved a card for an order, if the settlement
// file can tell.
func (s *survey) prove(at month, approved bool, n *stretch) {
	if n == nil || at == noMonth || at < s.covered.first || at > s.covered.last {
		return
	}
	n.covered++
	if approved {
		n.approved++
	}
}

// item counts a product; postage and fees stand among the items of some shop systems.
func (s *survey) item(r profile.Row) {
	get := func(field profile.Field) string { return r.Value(profile.Items, field) }
	at := s.orders[s.hash(get(profile.OrderID))]
	if r.Has(profile.Items, profile.ItemType) {
		kind := get(profile.ItemType)
		s.column(itemKinds).add(kind, at)
		if s.meaning(itemKinds)(kind) == meansOther {
			return
		}
	}
	s.products.add(get(profile.ProductCode), get(profile.ProductName), at)
}

// month is the one the shop writes, by its own clock.
func (s *survey) month(v string) month {
	for _, layouts := range [...][]string{s.p.Times, s.p.Days} {
		if t, ok := (clock{layouts: layouts, zone: time.UTC}).read(v); ok {
			return monthOf(t)
		}
	}
	return noMonth
}

func (s *survey) mustShow(f *surveyed) {
	if err := f.cols.Unshown(f.Name); err != nil && !f.shown {
		f.Hidden = err.Error()
	}
}

func (s *survey) result() *SurveyResult {
	r := &SurveyResult{Profile: s.p.Name, Uncounted: s.over, before: s.o.Vocabulary, Words: []SurveyedWords{}}
	slices.SortFunc(s.files, func(a, b *surveyed) int { return slices.Index(roles(), a.Role) - slices.Index(roles(), b.Role) })
	for _, f := range s.files {
		r.Files = append(r.Files, f.SurveyedFile)
		r.proven = r.proven || f.Role == RoleSettlements
	}
	for _, c := range s.columns {
		if c.rows > 0 {
			r.Words = append(r.Words, c.result(s.meaning(c.what), s.shownAs(c.what)))
		}
	}
	r.Products = s.products.result()
	return r
}
