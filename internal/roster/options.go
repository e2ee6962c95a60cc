package roster

import (
	"errors"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/roster/profile"
)

// Options say what to import and how to read it.
type Options struct {
	Incident   *breach.Incident
	Vocabulary *incident.Vocabulary // how this shop names its payment methods, devices and engraved items
	Profile    string               // name of the shop system's profile, e.g. "eccube2"; unused for an approved list
	Files      Files

	// Zone is the clock of times that carry no offset. Nil means the vocabulary's for
	// a shop's exports; an approved list then refuses such times.
	Zone     *time.Location
	Encoding string // auto (or empty: detected for each file), utf-8, cp932

	// AcceptRejects is the number of rejected rows the operator has seen and accepts.
	// Anything but the exact number is refused when saving.
	AcceptRejects int
	// AcceptMissing names columns (as the shop calls them, or by their field id) and
	// whole files (by their role) that the shop cannot deliver. Facts that depend on
	// them are Unknown.
	AcceptMissing []string

	// NotCard names columns (as the shop calls them) that the operator vouches for: they
	// are not searched for card numbers. The digest and the summary name them.
	NotCard []string
	// Mapping is the path of a mapping file that describes the exports of a shop system
	// without a built-in profile; Profile is "generic" then.
	Mapping string
	// Decided is asked what an operator decided about a record of the review list, by
	// ReviewRecord.ID. Nil: nothing was decided.
	Decided func(recordID string) breach.Decision

	Progress Progress // nil: silent
}

// Progress is told how far an import is: bytes while a file is read, people while they are
// stored. All calls come from one goroutine at a time; stretches do not overlap.
type Progress interface {
	Begin(what string, total int64) // what is a file's name, or what is being done
	Add(n int64)
	End() // also when the work failed
}

type silent struct{}

func (silent) Begin(string, int64) {}
func (silent) Add(int64)           {}
func (silent) End()                {}

func orSilent(p Progress) Progress {
	if p == nil {
		return silent{}
	}
	return p
}

// Files are the paths of a shop's exports. One file may hold what another would: an orders
// file of EC-CUBE 4 holds items and deliveries. A file that is passed for them comes first.
type Files struct {
	Members     string
	Orders      string
	Items       string
	Deliveries  string
	Settlements string // what the payment company sends
	FirstNotice string // addresses or order numbers of people who got the first notice; optional
}

// Person is one data subject.
type Person struct {
	Ref         int64  // number within the result, from 1; means nothing outside it
	Key         string // "M:" member id, "G:" address (or name|zip|address without one), "R:" name|zip|address
	Kind        breach.PersonKind
	MemberID    string // only of members
	Emails      []Email
	Withdrawn   bool
	FirstNotice bool
	Exposures   []breach.Exposure // incident-file order; shared between people, do not change
	Review      []breach.Open

	Postal *Postal // normalised; of recipients and of an approved list only; never stored
}

// Postal is a name and a postal address.
type Postal struct{ Name, Zip, Address string }

// Email is an address and what it is to the person.
type Email struct {
	Address email.Address
	Edge    breach.Edge
}

// ReviewRecord is one record that waits for a decision.
type ReviewRecord struct {
	ID      string // reason, record and lists, e.g. "staff_keyed_order/order/2417:purchaser": the same in later imports
	Reason  breach.ReviewReason
	Person  string // Person.Key
	File    string
	Line    int               // 0: the record is no row of its own
	Cohorts []breach.CohortID // the person would belong to if it were decided against them
	OnList  bool              // the person is on a list anyway
	// Decision is what was decided about it and taken into account; empty: nothing.
	Decision breach.Decision
}

// Reject is a row, or one cell of it, that could not be used.
type Reject struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Sentinels of an import. The errors that wrap them say what to do.
var (
	ErrHeader       = profile.ErrHeader
	ErrUnclassified = errors.New("values nobody has classified")
	ErrForbidden    = errors.New("a file holds data that must not be imported")
	ErrRejects      = errors.New("rejected rows are not accepted")
	ErrUnreadable   = errors.New("a file cannot be read")
	ErrList         = errors.New("the approved list has mistakes")
	ErrRule         = errors.New("a rule cannot be evaluated")
)
