package roster

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// tally is what a pass over all people counts, by place in the incident file.
type tally struct {
	in            *breach.Incident
	place         map[breach.CohortID]int
	people, cards []int
	both          [][]int
	sets          map[cohorts]int // people by their cohorts
	listed        int
	channels      Channels
	shared        int // mailboxes

	// boxes holds, for each mailbox as a hash, the number of the first person with it, or
	// none once a second one came. Eight bytes stand for an address: with ten million of
	// them the odds that two look alike are one to three hundred thousand.
	seed    maphash.Seed
	boxes   map[uint64]int32
	sharing map[int32]bool // people with a shared mailbox
}

func newTally(in *breach.Incident) *tally {
	n := len(in.Cohorts)
	t := &tally{
		in: in, people: make([]int, n), cards: make([]int, n), both: make([][]int, n), place: map[breach.CohortID]int{},
		sets: map[cohorts]int{}, seed: maphash.MakeSeed(), boxes: map[uint64]int32{}, sharing: map[int32]bool{},
	}
	for i, c := range in.Cohorts {
		t.place[c.ID], t.both[i] = i, make([]int, n)
	}
	return t
}

func (t *tally) add(p *Person) {
	if len(p.Exposures) == 0 {
		return
	}
	number := int32(t.listed)
	t.listed++
	t.reach(p)
	for _, e := range p.Emails {
		t.box(number, e.Address)
	}
	var set cohorts
	for k, x := range p.Exposures {
		i := t.place[x.Cohort]
		set |= 1 << i
		t.people[i]++
		t.cards[i] += x.Cards
		for _, y := range p.Exposures[k+1:] {
			t.both[i][t.place[y.Cohort]]++
		}
	}
	t.sets[set]++
}

func (t *tally) reach(p *Person) {
	switch {
	case len(p.Emails) > 0:
		t.channels.Email++
	case p.hasPostal():
		t.channels.LetterOnly++
	default:
		t.channels.None++
	}
}

// hasPostal tells whether a letter could be sent by what the files say. A guest without
// a readable e-mail address is known by name and postal address, too.
func (p *Person) hasPostal() bool {
	if p.Postal != nil {
		return p.Postal.Address != ""
	}
	_, key, _ := strings.Cut(p.Key, ":")
	return strings.Count(key, "|") == 2 && postalOf(key).Address != ""
}

func (t *tally) box(person int32, a email.Address) {
	h := maphash.Comparable(t.seed, a)
	switch first, met := t.boxes[h]; {
	case !met:
		t.boxes[h] = person
	case first == person:
	case first != none:
		t.shared++
		t.boxes[h] = none
		t.sharing[first] = true
		fallthrough
	default:
		t.sharing[person] = true
	}
}

// groups lists the sets of cohorts that somebody is in, in incident-file order.
func (t *tally) groups() []Group {
	sets := slices.SortedFunc(maps.Keys(t.sets), func(a, b cohorts) int {
		for i := range t.in.Cohorts {
			switch {
			case a.has(i) && !b.has(i):
				return -1
			case b.has(i) && !a.has(i):
				return 1
			}
		}
		return 0
	})
	out := []Group{}
	for _, set := range sets {
		out = append(out, Group{Cohorts: set.ids(t.in), People: t.sets[set]})
	}
	return out
}

// reviewTally counts the records of the review list by reason.
type reviewTally struct {
	open    []ReviewCount
	decided []DecisionCount
	waiting map[breach.ReviewReason]map[string]bool // people on no list
}

func newReviewTally() *reviewTally {
	return &reviewTally{open: []ReviewCount{}, decided: []DecisionCount{}, waiting: map[breach.ReviewReason]map[string]bool{}}
}

func (t *reviewTally) add(r ReviewRecord) {
	if r.Decision != "" {
		d := t.decision(r.Reason)
		switch r.Decision {
		case breach.DecidedIn:
			d.In++
		case breach.DecidedOut:
			d.Out++
		default:
			d.Later++
		}
	}
	if r.Decision == breach.DecidedIn || r.Decision == breach.DecidedOut {
		return
	}
	i, ok := slices.BinarySearchFunc(t.open, r.Reason, func(c ReviewCount, reason breach.ReviewReason) int {
		return reviewOrder(c.Reason) - reviewOrder(reason)
	})
	if !ok {
		t.open = slices.Insert(t.open, i, ReviewCount{Reason: r.Reason})
		t.waiting[r.Reason] = map[string]bool{}
	}
	t.open[i].Records++
	if !r.OnList && !t.waiting[r.Reason][r.Person] {
		t.waiting[r.Reason][r.Person] = true
		t.open[i].People++
	}
}

func (t *reviewTally) decision(reason breach.ReviewReason) *DecisionCount {
	i, ok := slices.BinarySearchFunc(t.decided, reason, func(c DecisionCount, reason breach.ReviewReason) int {
		return reviewOrder(c.Reason) - reviewOrder(reason)
	})
	if !ok {
		t.decided = slices.Insert(t.decided, i, DecisionCount{Reason: reason})
	}
	return &t.decided[i]
}

func reviewOrder(r breach.ReviewReason) int {
	return slices.Index([]breach.ReviewReason{
		breach.AbandonedCardAttempt, breach.StaffKeyedOrder, breach.BuyerAtOtherAddress, breach.NearBuyer,
		breach.FirstNoticeOnly, breach.UnclearRecord,
	}, r)
}
