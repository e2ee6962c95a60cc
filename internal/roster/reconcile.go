package roster

import (
	"slices"

	"exposure/internal/breach"
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
	Groups              []Group                    `json:"groups"`               // everybody on a list, counted once
	Channels            Channels                   `json:"channels"`             // of everybody on a list
	SharedAddresses     int                        `json:"shared_addresses"`     // mailboxes of several people on a list
	SharedBy            int                        `json:"shared_by"`            // people on a list with such a mailbox
	UnreadableAddresses int                        `json:"unreadable_addresses"` // cells; the people are kept
	UnreadableAt        []Spot                     `json:"unreadable_at"`        // where the first of them are
	Unidentified        int                        `json:"unidentified"`         // orders and deliveries without name and address: each a person
	Duplicates          Duplicates                 `json:"duplicates"`
	Stray               []Stray                    `json:"stray"`           // rows whose order is not in the orders file
	UnknownMembers      int                        `json:"unknown_members"` // orders of members who are not in the members file
	Undelivered         int                        `json:"undelivered"`     // orders without any delivery
	Decisions           []DecisionCount            `json:"decisions"`       // reasons about whose records somebody decided
	Accepted            Accepted                   `json:"accepted"`
	Files               []FileRead                 `json:"files"`
}

// Spot is a line of a file.
type Spot struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// mostSpots is how many lines are named where somebody should look.
const mostSpots = 50

// Group is the people who are in exactly these cohorts and no others.
type Group struct {
	Cohorts []breach.CohortID `json:"cohorts"`
	People  int               `json:"people"`
}

// Channels counts how people on a list can be reached, by the files that were read.
type Channels struct {
	Email      int `json:"email"`       // an e-mail address, whatever else
	LetterOnly int `json:"letter_only"` // a postal address only
	None       int `json:"none"`        // neither: to be looked up in the shop
}

// Duplicates counts people on a list with the same name and postal address as another
// one on a list: possibly one person twice. They are never merged, because a father
// and a son may share both.
type Duplicates struct {
	People int `json:"people"`
	Groups int `json:"groups"` // different names and addresses they share
}

// DecisionCount is what was decided about the records of one reason, in records.
type DecisionCount struct {
	Reason breach.ReviewReason `json:"reason"`
	In     int                 `json:"in"`
	Out    int                 `json:"out"`
	Later  int                 `json:"later"` // looked at, and still open
}

// Accepted is what the operator took responsibility for.
type Accepted struct {
	Missing []string `json:"missing"`  // columns and files that the shop cannot deliver
	NotCard []string `json:"not_card"` // columns that were not searched for card numbers
	Rejects int      `json:"rejects"`  // rows that could not be used
}

// FileRead is one file the result was made from.
type FileRead struct {
	Name     string `json:"name"` // without its folder
	Role     Role   `json:"role"`
	Layout   string `json:"layout"`   // shop system and version; empty: none
	Encoding string `json:"encoding"` // as detected or forced
	Rows     int    `json:"rows"`
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
	rec := Reconciliation{
		Overlaps: []Overlap{}, Review: []ReviewCount{}, Rejects: slices.Clone(r.Rejects), Stray: []Stray{}, UnreadableAt: []Spot{}, Labels: map[breach.CohortID]string{},
		Groups: []Group{}, Decisions: []DecisionCount{}, Accepted: Accepted{Missing: []string{}, NotCard: []string{}}, Files: []FileRead{},
	}
	if rec.Rejects == nil {
		rec.Rejects = []Reject{}
	}
	t := newTally(in)
	for p := range r.People() {
		t.add(&p)
	}
	rec.Total = Total{Announced: in.Announced, Found: t.listed}
	rec.Differs = in.Announced != 0 && in.Announced != t.listed
	rec.Channels, rec.UnreachableByEmail = t.channels, t.channels.LetterOnly+t.channels.None
	rec.SharedAddresses, rec.SharedBy = t.shared, len(t.sharing)
	rec.Groups = t.groups()
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
	v := newReviewTally()
	for record := range r.Review() {
		v.add(record)
	}
	rec.Review, rec.Decisions = v.open, v.decided
	return rec
}

// Differs tells whether any figure is not the announced one.
func (r *Result) Differs() bool { return r.Reconciliation.Differs }
