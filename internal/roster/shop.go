package roster

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/shopcsv"
)

// shop is one import of a shop's exports. Of every row only the facts are kept that
// the rules and the identity of people need, so that a million members and three
// million orders fit into memory.
type shop struct {
	o        Options
	p        *Profile
	encoding shopcsv.Encoding
	judge    *judge
	clock    clock
	words    vocabulary
	seed     maphash.Seed
	inputs   map[Role]*input

	members    pile[member]
	memberIDs  numbers
	people     pile[party]
	addresses  pile[email.Address]
	places     pile[string]
	guests     map[email.Address]int32 // -> people
	nameless   map[string]int32        // guests without a readable address, by name and postal address -> people
	recipients map[string]int32        // -> people
	owners     map[email.Address]int32 // addresses of listed members -> members
	orders     pile[order]
	orderIDs   numbers
	deliveries pile[delivery]
	approved   map[int32][]uint32 // order -> distinct approved card tokens
	tokens     map[string]uint32
	covered    span                      // what the settlement file covers
	cards      map[ofCohort][]uint32     // distinct cards
	former     map[int32]email.Address   // order -> address that is none of its member's registration
	further    map[int32][]email.Address // person -> those of orders that count
	shippings  []string
	waiting    pile[waiting]
	decided    []string // decisions that were taken into account
	first      map[int32]bool
	refs       []int32 // Person.Ref from 1 -> people
	speller    speller

	rejects        []Reject
	stray          map[Role]int // rows that belong to no order of the orders file
	unreadable     int          // addresses that do not parse
	firstNoticeSum []byte
}

type ofCohort struct {
	person int32
	cohort int
}

// ImportShop reads the exports of a shop and decides who is on which list. The
// result may hold rejects and differences: whoever saves it decides about them. An
// error means that nothing can be said yet, and tells what to do.
func ImportShop(ctx context.Context, o Options) (*Result, error) {
	s, err := newShop(o)
	if err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.readAll(ctx); err != nil {
		return nil, err
	}
	if err := s.words.unclassified(); err != nil {
		return nil, err
	}
	if err := s.judgeOrders(ctx); err != nil {
		return nil, err
	}
	if err := s.judgeDeliveries(ctx); err != nil {
		return nil, err
	}
	if err := s.readFirstNotice(); err != nil {
		return nil, err
	}
	return s.result(), nil
}

func newShop(o Options) (*shop, error) {
	if o.Incident == nil || o.Vocabulary == nil {
		return nil, errors.New("an import of a shop needs an incident and its shop vocabulary")
	}
	p, err := BuiltinProfile(o.Profile)
	if err != nil {
		return nil, err
	}
	encoding, err := shopcsv.ParseEncoding(o.Encoding)
	if err != nil {
		return nil, err
	}
	j, err := newJudge(o.Incident)
	if err != nil {
		return nil, err
	}
	if err := j.needRules(); err != nil {
		return nil, err
	}
	zone := o.Zone
	if zone == nil {
		zone = o.Vocabulary.Zone
	}
	if zone == nil {
		return nil, errors.New("the zone of the shop's clock is not declared: say --zone")
	}
	o.Progress = orSilent(o.Progress)
	return &shop{
		o: o, p: p, encoding: encoding, judge: j, clock: clock{layouts: p.Times, zone: zone},
		words: newVocabulary(p, o.Vocabulary), seed: maphash.MakeSeed(), inputs: map[Role]*input{},
		memberIDs: newNumbers(), guests: map[email.Address]int32{}, nameless: map[string]int32{},
		recipients: map[string]int32{}, owners: map[email.Address]int32{}, orderIDs: newNumbers(),
		approved: map[int32][]uint32{}, tokens: map[string]uint32{}, cards: map[ofCohort][]uint32{},
		former: map[int32]email.Address{}, further: map[int32][]email.Address{},
		speller: newSpeller(j), first: map[int32]bool{}, stray: map[Role]int{},
	}, nil
}

func (s *shop) readAll(ctx context.Context) error {
	for _, step := range []struct {
		role Role
		use  func(row) error
		done func()
	}{
		{RoleMembers, s.member, s.findOwners},
		{RoleOrders, s.order, nil},
		{RoleItems, s.item, nil},
		{RoleDeliveries, s.delivery, nil},
		{RoleSettlements, s.settlement, nil},
	} {
		if err := s.each(ctx, step.role, step.use); err != nil {
			return err
		}
		if step.done != nil {
			step.done()
		}
	}
	return nil
}

// hash stands for a normalised value where only equality with another one of the
// same import matters. The empty value has no hash, so that nothing equals it.
func (s *shop) hash(v string) uint64 {
	if v == "" {
		return 0
	}
	return maphash.String(s.seed, v) | 1
}

func (s *shop) ruleError(role Role, line int, err error) error {
	return fmt.Errorf("%s line %d: %w", s.inputs[role].base, line, err)
}

// note adds what the rules say about a record to its person.
func (s *shop) note(person int32, v verdict) {
	p := s.people.at(person)
	p.held |= v.held
	p.when = p.when.or(v.when)
}

// triOf is Unknown where the file has no such column.
func triOf(r row, f field, filled bool) breach.Tri {
	if !r.has(f) {
		return breach.Unknown
	}
	return breach.TriOf(filled)
}
