package notify

import (
	"context"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Kind is what kind of letter somebody gets.
type Kind string

// The kinds.
const (
	Recipient    Kind = "recipient"     // somebody goods were sent to
	Customer     Kind = "customer"      // a member or a guest
	NothingFound Kind = "nothing_found" // the answer to a request that fits nobody; it has no number
)

// Reason says why something has to be done by hand.
type Reason string

// The reasons.
const (
	NoContact      Reason = "no_contact"              // the version holds no contact: it was imported before there were any, or the row is gone
	Unopened       Reason = "contact_does_not_open"   // the contact is sealed to a key that is not there, or damaged
	NoName         Reason = "no_name"                 // the shop has no name
	NoAddress      Reason = "no_address"              // the shop has no postal address
	NoPostalCode   Reason = "no_postal_code"          // it is not the seven digits of a Japanese one
	Unprintable    Reason = "does_not_print"          // a character that does not print, or a sign that stands for one that was lost
	Formula        Reason = "looks_like_a_formula"    // a spreadsheet program would take it for one
	NotListed      Reason = "on_no_list"              // asked for, and not on any list of the version
	RequestNobody  Reason = "request_nothing_found"   // a request fits nobody; a letter says so
	RequestSeveral Reason = "request_fits_several"    // a request fits several people: somebody has to decide
	RequestUnsure  Reason = "request_could_not_check" // a request fits nobody of those whose contacts open, and not all do
)

// Place is to whom a letter goes. It does not print but by its fields.
type Place struct{ Name, PostalCode, Address string }

// String tells nothing of anybody.
func (Place) String() string { return "place(***)" }

// GoString tells nothing either.
func (p Place) GoString() string { return p.String() }

// Letter is one letter.
type Letter struct {
	Person  breach.Handle // whose report its number opens; zero: nobody's
	Kind    Kind
	To      Place
	Number  breach.LetterNumber // zero until [Plan.Draw], and of letters without one
	Check   breach.Tags         // that its check number is made of
	Tickets []string            // the requests that it answers
}

// ByHand is what no letter of a plan sees to.
type ByHand struct {
	Reason  Reason
	Kind    Kind
	Person  breach.Handle // zero: not known
	To      Place         // as far as it is known, or as a caller said it
	Tickets []string
	Note    string // what else was said
}

// Plan is who gets a letter. Nothing is kept and no number drawn yet.
type Plan struct {
	Version    int64
	Letters    []Letter
	ByHand     []ByHand
	Listed     int // people on the lists of the version
	HaveNumber int // they would get one, and have a number that counts
}

// Draw gives every letter of somebody a number, no two the same.
func (p *Plan) Draw(draw func() breach.LetterNumber) {
	drawn := map[breach.LetterNumber]bool{}
	for i := range p.Letters {
		if p.Letters[i].Person == (breach.Handle{}) {
			continue
		}
		n := draw()
		for drawn[n] {
			n = draw()
		}
		drawn[n], p.Letters[i].Number = true, n
	}
}

// Issuer keeps numbers: those of one call all or none, each with its audit row, at most
// [AtOnce]. What a person had before is worth nothing from then on.
type Issuer interface {
	Issue(ctx context.Context, version int64, issues []breach.LetterIssue, entry audit.Entry) error
}

// AtOnce is how many numbers are kept in one transaction, for which the server waits.
const AtOnce = 100

// Issue keeps the numbers of a plan. Whatever ends it, the numbers of whole calls before
// that count, and a plan that is made afterwards leaves those people out. progress counts
// letters.
func (p *Plan) Issue(ctx context.Context, to Issuer, entry audit.Entry, progress func(letters int)) error {
	var issues []breach.LetterIssue
	flush := func() error {
		if len(issues) == 0 {
			return nil
		}
		if err := to.Issue(ctx, p.Version, issues, entry); err != nil {
			return fmt.Errorf("keeping the numbers of letters: %w", err)
		}
		progress(len(issues))
		issues = issues[:0]
		return nil
	}
	for _, l := range p.Letters {
		if l.Person == (breach.Handle{}) {
			continue
		}
		issues = append(issues, breach.LetterIssue{Person: l.Person, Number: l.Number, Check: l.Check})
		if len(issues) == AtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
