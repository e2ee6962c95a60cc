package roster

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// shop is one import of a shop's exports. Of every row only the facts are kept that
// the rules and the identity of people need, so that a million members and three
// million orders fit into memory.
type shop struct {
	o        Options
	p        *profile.Profile
	encoding shopcsv.Encoding
	judge    *judge
	clock    clock
	words    vocabulary
	seed     maphash.Seed
	inputs   map[Role]*input // by the flag a file was passed with
	holders  map[Role]*input // by what its rows say: an orders file may hold the items

	members    pile[member]
	memberIDs  numbers
	people     pile[party]
	addresses  pile[email.Address]
	places     pile[string]
	guests     index // by address -> people
	nameless   index // guests without a readable address, by name and postal address -> people
	recipients index // by name and postal address -> people
	owners     index // by addresses of listed members -> members
	orders     pile[order]
	orderIDs   numbers
	deliveries pile[delivery]

	orderNumbers numbers            // what orders are called outside, also where it is the id
	orderSums    pile[uint64]       // by order: what its first row said, where rows repeat it
	early        pile[earlyItem]    // items whose order has not come yet
	shippingIDs  numbers            // only as a store of names
	shipments    map[uint64]uint32  // deliveries that came already, as hashes
	approved     map[int32][]uint32 // order -> distinct approved card tokens
	tokens       map[string]uint32
	covered      span                      // what the settlement file covers
	cards        map[ofCohort][]uint32     // distinct cards
	former       map[int32]email.Address   // order -> address that is none of its member's registration
	further      map[int32][]email.Address // person -> those of orders that count
	waiting      pile[waiting]
	decided      []string // decisions that were taken into account
	first        map[int32]bool
	refs         []int32 // Person.Ref from 1 -> people
	speller      speller

	rejects        []Reject
	stray          map[Role]int // rows that belong to no order of the orders file
	unreadable     int          // addresses that do not parse
	unreadableAt   []Spot       // the first of them
	unidentified   int          // orders and deliveries without any name and address
	unknownMembers int          // orders of members who are not in the members file
	firstNotice    *input       // nil: there is no such file
	firstNoticeSum []byte
	mapping        []byte // SHA-256 of the mapping file; nil: a built-in profile
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
	if err := s.readFirstNotice(ctx); err != nil {
		return nil, err
	}
	return s.result(), nil
}

func newShop(o Options) (*shop, error) {
	if o.Incident == nil || o.Vocabulary == nil {
		return nil, errors.New("an import of a shop needs an incident and its shop vocabulary")
	}
	p, mapping, err := openProfile(o)
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
		o: o, p: p, encoding: encoding, judge: j, clock: clock{layouts: p.Times, days: p.Days, zone: zone},
		words: newVocabulary(p, o.Vocabulary), seed: maphash.MakeSeed(), inputs: map[Role]*input{}, holders: map[Role]*input{}, mapping: mapping,
		orderNumbers: newNumbers(), shippingIDs: newNumbers(), shipments: map[uint64]uint32{},
		memberIDs: newNumbers(), orderIDs: newNumbers(),
		approved: map[int32][]uint32{}, tokens: map[string]uint32{}, cards: map[ofCohort][]uint32{},
		former: map[int32]email.Address{}, further: map[int32][]email.Address{},
		speller: newSpeller(j), first: map[int32]bool{}, stray: map[Role]int{},
	}, nil
}

func (s *shop) readAll(ctx context.Context) error {
	for _, file := range roles() {
		in := s.inputs[file]
		if in == nil {
			continue // waived, or held by another file
		}
		if err := s.each(ctx, in, s.o.Progress, func(r profile.Row) error { return s.use(in, r) }, s.rejectLine); err != nil {
			return err
		}
		if m := in.cols.MustShow(); m != nil && !in.shown {
			return in.cols.Unshown(in.base)
		}
		if err := in.refuseNoMails(s.p.Flag(file)); err != nil {
			return err
		}
		switch file {
		case RoleMembers:
			s.findOwners()
		case RoleOrders:
			s.settleEarly(in)
		}
	}
	return nil
}

// use takes everything from one row: an order, an item and a delivery may share it. A row
// that is rejected for one of them is not used for those after it.
func (s *shop) use(in *input, r profile.Row) error {
	if m := in.cols.MustShow(); m != nil && !in.shown {
		in.shown = m.Holds(r.Value(m.Role, m.Field))
	}
	for _, role := range in.uses {
		if !r.Carries(role) {
			continue
		}
		err := s.useAs(role)(row{Row: r, in: in, role: role})
		if errors.Is(err, errRejected) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *shop) useAs(role Role) func(row) error {
	switch role {
	case RoleMembers:
		return s.member
	case RoleOrders:
		return s.order
	case RoleItems:
		return s.item
	case RoleDeliveries:
		return s.delivery
	default:
		return s.settlement
	}
}

// hash stands for a normalised value where only equality with another one of the
// same import matters. The empty value has no hash, so that nothing equals it.
func (s *shop) hash(v string) uint64 {
	if v == "" {
		return 0
	}
	return maphash.String(s.seed, v) | 1
}

// shortHash is hash for what at worst takes a record to the review list.
func (s *shop) shortHash(v string) uint32 { return uint32(s.hash(v)) }

func (s *shop) ruleError(role Role, line int, err error) error {
	return fmt.Errorf("%s line %d: %w", s.holders[role].base, line, err)
}

// note adds what the rules say about a record to its person.
func (s *shop) note(person int32, v verdict) {
	p := s.people.at(person)
	p.held |= v.held
	p.when = p.when.or(v.when)
}

// triOf is Unknown where the file has no such column.
func triOf(r row, f profile.Field, filled bool) breach.Tri {
	if !r.has(f) {
		return breach.Unknown
	}
	return breach.TriOf(filled)
}
