package roster

import (
	"slices"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// Reconciliation compares what was announced with what was found. The JSON of its
// exported fields is the summary a version keeps; [Reconciliation.JSON] is the
// narrower, fixed form for scripts.
type Reconciliation struct {
	Cohorts            []CohortCount `json:"cohorts"` // incident-file order
	Total              Total         `json:"total"`
	Overlaps           []Overlap     `json:"overlaps"`             // pairs with somebody in them
	Review             []ReviewCount `json:"review"`               // reasons with records
	UnreachableByEmail int           `json:"unreachable_by_email"` // people on a list without any address
	Rejects            []Reject      `json:"rejects"`
	Differs            bool          `json:"differs"`

	// What only the summary and the table hold.
	Labels              map[breach.CohortID]string `json:"labels"`               // names of the cohorts, in Japanese where there are
	SharedAddresses     int                        `json:"shared_addresses"`     // mailboxes of several people on a list
	UnreadableAddresses int                        `json:"unreadable_addresses"` // cells; the people are kept
	Stray               []Stray                    `json:"stray"`                // rows whose order is not in the orders file
}

// CohortCount is one cohort, announced and found.
type CohortCount struct {
	ID        breach.CohortID `json:"id"`
	Announced Count           `json:"announced"`
	Found     Count           `json:"found"`
}

// Count holds figures; zero people announced means that none were. Cards is nil for
// a cohort whose cards are not counted.
type Count struct {
	People int  `json:"people"`
	Cards  *int `json:"cards,omitempty"`
}

// Total is the number of people on any list.
type Total struct {
	Announced int `json:"announced"`
	Found     int `json:"found"`
}

// Overlap is how many people are in both cohorts.
type Overlap struct {
	Cohorts [2]breach.CohortID `json:"cohorts"`
	People  int                `json:"people"`
}

// ReviewCount is how many records wait for one reason, and how many people with such
// a record are on no list at all.
type ReviewCount struct {
	Reason  breach.ReviewReason `json:"reason"`
	People  int                 `json:"people"`
	Records int                 `json:"records"`
}

// Stray counts rows of a file that belong to no order of the orders file.
type Stray struct {
	File string `json:"file"`
	Rows int    `json:"rows"`
}

func reconcile(in *breach.Incident, r *Result) Reconciliation {
	rec := Reconciliation{Overlaps: []Overlap{}, Review: []ReviewCount{}, Rejects: slices.Clone(r.Rejects), Stray: []Stray{},
		Labels: map[breach.CohortID]string{}}
	if rec.Rejects == nil {
		rec.Rejects = []Reject{}
	}
	t := count(in, r.People)
	rec.Total = Total{Announced: in.Announced, Found: t.listed}
	rec.Differs = in.Announced != 0 && in.Announced != t.listed
	rec.UnreachableByEmail, rec.SharedAddresses = t.unreachable, t.shared
	for i, c := range in.Cohorts {
		n := CohortCount{ID: c.ID, Announced: Count{People: c.Announced.People}, Found: Count{People: t.people[i]}}
		if c.Announced.Cards > 0 || t.cards[i] > 0 {
			announced, found := c.Announced.Cards, t.cards[i]
			n.Announced.Cards, n.Found.Cards = &announced, &found
			rec.Differs = rec.Differs || announced != 0 && announced != found
		}
		rec.Differs = rec.Differs || c.Announced.People != 0 && c.Announced.People != t.people[i]
		rec.Cohorts, rec.Labels[c.ID] = append(rec.Cohorts, n), c.Label.In(breach.Japanese)
		for j := range i {
			if t.both[j][i] > 0 {
				rec.Overlaps = append(rec.Overlaps, Overlap{Cohorts: [2]breach.CohortID{in.Cohorts[j].ID, c.ID}, People: t.both[j][i]})
			}
		}
	}
	rec.Review = reviewCounts(r.Review)
	return rec
}

// tally is what a pass over all people counts, by place in the incident file.
type tally struct {
	people, cards               []int
	both                        [][]int
	listed, unreachable, shared int
}

func count(in *breach.Incident, people []Person) tally {
	n := len(in.Cohorts)
	t := tally{people: make([]int, n), cards: make([]int, n), both: make([][]int, n)}
	place := map[breach.CohortID]int{}
	for i, c := range in.Cohorts {
		place[c.ID], t.both[i] = i, make([]int, n)
	}
	boxes := map[email.Address]int{}
	for i := range people {
		p := &people[i]
		if len(p.Exposures) == 0 {
			continue
		}
		t.listed++
		if len(p.Emails) == 0 {
			t.unreachable++
		}
		for _, e := range p.Emails {
			if boxes[e.Address]++; boxes[e.Address] == 2 {
				t.shared++
			}
		}
		for k, x := range p.Exposures {
			t.people[place[x.Cohort]]++
			t.cards[place[x.Cohort]] += x.Cards
			for _, y := range p.Exposures[k+1:] {
				t.both[place[x.Cohort]][place[y.Cohort]]++
			}
		}
	}
	return t
}

func reviewCounts(records []ReviewRecord) []ReviewCount {
	out := []ReviewCount{}
	seen := map[breach.ReviewReason]map[string]bool{}
	for _, r := range records {
		i := slices.IndexFunc(out, func(c ReviewCount) bool { return c.Reason == r.Reason })
		if i < 0 {
			i, out = len(out), append(out, ReviewCount{Reason: r.Reason})
			seen[r.Reason] = map[string]bool{}
		}
		out[i].Records++
		if !r.OnList && !seen[r.Reason][r.Person] {
			seen[r.Reason][r.Person] = true
			out[i].People++
		}
	}
	slices.SortFunc(out, func(a, b ReviewCount) int { return reviewOrder(a.Reason) - reviewOrder(b.Reason) })
	return out
}

func reviewOrder(r breach.ReviewReason) int {
	return slices.Index([]breach.ReviewReason{
		breach.AbandonedCardAttempt, breach.StaffKeyedOrder, breach.BuyerAtOtherAddress, breach.NearBuyer,
		breach.FirstNoticeOnly, breach.UnclearRecord,
	}, r)
}

// Differs tells whether any figure is not the announced one.
func (r *Result) Differs() bool { return r.Reconciliation.Differs }
