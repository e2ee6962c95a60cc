package breach

import (
	"encoding/hex"
	"errors"
	"time"
)

// ErrUnproven means that the store cannot prove its answer: no published version,
// a key, digest or count that differs, or a row that is missing or altered. It must
// reach the customer as "could not check" and never as "not on the list".
var ErrUnproven = errors.New("the roster cannot prove an answer")

// ErrNoTag means that somebody is known by tags of other keys only than the published
// version's: they must prove their mailbox again.
var ErrNoTag = errors.New("no tag under the key of the published version")

// Tag is the keyed hash (HMAC-SHA-256) under which an address is stored. Without
// the key it says nothing about the address.
type Tag [32]byte

// String prints a short form for people comparing log lines.
func (t Tag) String() string { return hex.EncodeToString(t[:4]) }

// Edge says what an address is to a person.
type Edge string

// A login edge is the current login address of a live member: only it may reset a
// password. Every other known address of a person is an other edge.
const (
	EdgeLogin Edge = "login"
	EdgeOther Edge = "other"
)

// PersonKind tells members, guests and recipients apart.
type PersonKind string

// The kinds of person a roster knows.
const (
	KindMember    PersonKind = "member"
	KindGuest     PersonKind = "guest"
	KindRecipient PersonKind = "recipient"
)

// Certainty says how sure it is that a category was held about a person.
type Certainty string

// Known not to be held is expressed by absence.
const (
	Possible          Certainty = "possible"
	PossibleIfEntered Certainty = "possible_if_entered"
)

// Exposed is one category of one person, as exposed.
type Exposed struct {
	Category  CategoryID
	Certainty Certainty
}

// Exposure is a person's membership in a cohort and what it exposes, in the
// cohort's order.
type Exposure struct {
	Cohort     CohortID
	Categories []Exposed
	Cards      int // distinct cards settled, when the cohort counts cards
}

// Open is an undecided review record of a person: the reason and the cohorts the
// person would belong to if it were decided against them.
type Open struct {
	Reason  ReviewReason
	Cohorts []CohortID
}

// Person is one data subject as seen from one address (or letter).
type Person struct {
	Ref         int64 // number within the version; means nothing outside it
	Edge        Edge
	Kind        PersonKind
	Withdrawn   bool
	FirstNotice bool // got the first notice
	Exposures   []Exposure
	Review      []Open
}

// Answer is all that a version knows about one address: nobody (a proven absence),
// one person, or several who share the mailbox.
type Answer struct {
	Persons []Person
	// Dropped: an earlier published version listed this address and the present one does
	// not. Only of answers that list nobody.
	Dropped bool
}

// Listed tells whether anybody at this address is exposed.
func (a Answer) Listed() bool {
	for _, p := range a.Persons {
		if len(p.Exposures) > 0 {
			return true
		}
	}
	return false
}

// CheckNumber is the word and four digits by which a person and the shop recognise
// each other (照合番号). Word is an index into the list of 64 words.
type CheckNumber struct {
	Word   int // 0..63
	Digits string
}

// Version names the published roster an answer was read from.
type Version struct {
	ID          int64
	PublishedAt time.Time
	People      int // in the version; sizes the codes
}
