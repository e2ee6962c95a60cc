package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"exposure/internal/incident"
	"exposure/internal/roster/shopcsv"
)

// SurveyOptions say which files of a shop to look through before anything is decided.
type SurveyOptions struct {
	Files    []string // paths in any order; what each is is read from its columns
	Profile  string   // name of the shop system's profile; empty: recognised by the columns
	Encoding string   // auto (or empty: detected for each file), utf-8, cp932

	// Vocabulary is what an incident file decides already; nil: nothing. What it names is
	// not asked again.
	Vocabulary *incident.Vocabulary
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
	Missing    []string `json:"missing"`    // columns without which the import refuses the file, or asks
}

// Survey looks through a shop's exports and counts the words that an incident file has to
// classify. It decides nothing. Memory is bounded whatever the files hold: distinct values
// and products are kept up to a fixed number each, and the result says when there were
// more. Errors wrap ErrUnreadable, ErrHeader or ErrForbidden.
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
	p        *Profile
	words    vocabulary // what is decided already
	clock    clock

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
	path string
	cols *columns
}

func newSurvey(o SurveyOptions) (*survey, error) {
	encoding, err := shopcsv.ParseEncoding(o.Encoding)
	if err != nil {
		return nil, err
	}
	if len(o.Files) == 0 {
		return nil, errors.New("name the files to look through")
	}
	if o.Vocabulary == nil {
		o.Vocabulary = &incident.Vocabulary{}
	}
	return &survey{
		o: o, encoding: encoding, columns: newWordCounts(), products: newProductCount(),
		orders: map[uint64]month{}, settled: map[uint64]bool{}, hash: newHash(),
	}, nil
}

// openAll looks at every header before any file is read, so that all problems are seen
// at once. Settlements come first: they tell which orders were paid by card.
func (s *survey) openAll() error {
	var errs []error
	for _, path := range s.o.Files {
		f, err := s.openOne(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if i := slices.IndexFunc(s.files, func(g *surveyed) bool { return g.Role == f.Role }); i >= 0 {
			errs = append(errs, fmt.Errorf("%w: %s and %s are both the %s file: their rows would be counted twice",
				ErrUnreadable, s.files[i].Name, f.Name, f.Role))
			continue
		}
		s.files = append(s.files, f)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	order := []Role{RoleSettlements, RoleMembers, RoleOrders, RoleItems, RoleDeliveries}
	slices.SortFunc(s.files, func(a, b *surveyed) int { return slices.Index(order, a.Role) - slices.Index(order, b.Role) })
	s.words = newVocabulary(s.p, s.o.Vocabulary)
	s.clock = clock{layouts: s.p.Times, zone: time.UTC} // months are as the shop writes them
	return nil
}

func (s *survey) openOne(path string) (*surveyed, error) {
	f := &surveyed{path: path, SurveyedFile: SurveyedFile{Name: filepath.Base(path), Missing: []string{}}}
	file, err := openFile(path, f.Name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header, err := shopcsv.NewReader(file, shopcsv.Options{Encoding: s.encoding}).Header()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreadable, f.Name, err)
	}
	return f, s.recognise(f, header)
}

// read counts the words of one file.
func (s *survey) read(ctx context.Context, f *surveyed) error {
	file, err := openFile(f.path, f.Name)
	if err != nil {
		return err
	}
	defer file.Close()
	r := shopcsv.NewReader(file, shopcsv.Options{Encoding: s.encoding})
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
			return nil
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrUnreadable, f.Name, err)
		default:
			f.Rows++
			s.count(f, row{columns: f.cols, fields: rec.Fields, line: rec.Line})
		}
	}
}

// count takes from a row what it says; a row may be about several things.
func (s *survey) count(f *surveyed, r row) {
	switch f.Role {
	case RoleMembers:
		s.column(memberStates).add(r.value(fStatus), noMonth)
	case RoleSettlements:
		s.settlement(r)
	case RoleOrders:
		s.order(r)
	case RoleItems:
		s.item(r)
	}
}

func (s *survey) settlement(r row) {
	action, at := r.value(fAction), s.month(r.value(fProcessedAt))
	s.column(settlementActions).add(action, at)
	s.covered.add(at)
	if id := r.value(fOrderID); id != "" && len(s.settled) < mostSettled && slices.Contains(s.p.Settlement.Approved, action) {
		s.settled[s.hash(id)] = true
	}
}

// order counts an order once, however many rows it has.
func (s *survey) order(r row) {
	id, at := s.hash(r.value(fOrderID)), s.month(r.value(fPlacedAt))
	if _, again := s.orders[id]; again {
		return
	}
	if len(s.orders) < mostOrders {
		s.orders[id] = at
	} else {
		s.over++
	}
	s.column(orderStates).add(r.value(fStatus), at)
	s.prove(id, at, s.column(paymentMethods).add(r.value(fMethod), at))
	if r.has(fDevice) {
		s.prove(id, at, s.column(devices).add(r.value(fDevice), at))
	}
}

// prove notes whether the payment company approved a card for this order, if the
// settlement file can tell.
func (s *survey) prove(id uint64, at month, n *stretch) {
	if n == nil || at == noMonth || at < s.covered.first || at > s.covered.last {
		return
	}
	n.covered++
	if s.settled[id] {
		n.approved++
	}
}

func (s *survey) item(r row) {
	s.products.add(r.value(fProductCode), r.value(fProductName), s.orders[s.hash(r.value(fOrderID))])
}

func (s *survey) month(v string) month {
	if t, ok := s.clock.read(v); ok {
		return monthOf(t)
	}
	return noMonth
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
			r.Words = append(r.Words, c.result(s.meaning(c.what)))
		}
	}
	r.Products = s.products.result(s.words)
	return r
}

// recognise finds out what a file is.
func (s *survey) recognise(f *surveyed, header []string) error {
	names := ProfileNames()
	if s.o.Profile != "" {
		names = []string{s.o.Profile}
	}
	for _, name := range names {
		p, err := BuiltinProfile(name)
		if err != nil {
			return err
		}
		role := p.guessRole(header)
		if role == "" {
			continue
		}
		cols, e := p.Files[role].match(header)
		if len(e.Twice) > 0 {
			e.File, e.Role, e.Flag, e.Guide = f.Name, role, p.Files[role].Flag, "exposurectl export-guide "+p.Name
			return e
		}
		s.p, f.Role, f.cols, f.Missing, f.Layout = p, role, cols, append(f.Missing, e.Hidden...), p.Title
		return refuseSecrets(&input{base: f.Name, cols: cols}, header, p.Ignore)
	}
	return fmt.Errorf("%w: %s: its columns are those of no export known here (%s); exposurectl export-guide SHOP explains how to export it",
		ErrHeader, f.Name, strings.Join(names, ", "))
}
