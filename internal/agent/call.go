package agent

import (
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/wording"
)

// Reason is why somebody calls. The set is closed: supervisors see counts of it.
type Reason string

// The reasons, in the order in which they are shown.
const (
	ReasonGenuineMail Reason = "genuine_mail" // is this mail genuine?
	ReasonListed      Reason = "am_i_listed"
	ReasonCard        Reason = "card"
	ReasonPassword    Reason = "password"
	ReasonRecipient   Reason = "recipient" // got a letter, or something as a gift
	ReasonFamily      Reason = "family"    // for somebody of the family, or as a proxy
	ReasonStore       Reason = "store_purchase"
	ReasonComplaint   Reason = "complaint" // or compensation
	ReasonMedia       Reason = "media"
)

// Reasons returns all of them in the order in which they are shown.
func Reasons() []Reason {
	return []Reason{ReasonGenuineMail, ReasonListed, ReasonCard, ReasonPassword, ReasonRecipient, ReasonFamily, ReasonStore, ReasonComplaint, ReasonMedia}
}

// Outcome is how a call ended, as the agent says.
type Outcome string

// The outcomes, in the order in which they are shown.
const (
	OutcomeTold      Outcome = "told"       // a report was told
	OutcomeCallsBack Outcome = "calls_back" // hung up to read the mail
	OutcomeLetter    Outcome = "letter"     // a letter was asked for
	OutcomeTicket    Outcome = "ticket"     // the shop will decide
	OutcomeFacts     Outcome = "facts"      // public facts were enough
	OutcomeRefused   Outcome = "refused"    // nothing was accepted
	OutcomeDropped   Outcome = "dropped"
)

// Outcomes returns all of them in the order in which they are shown.
func Outcomes() []Outcome {
	return []Outcome{OutcomeTold, OutcomeCallsBack, OutcomeLetter, OutcomeTicket, OutcomeFacts, OutcomeRefused, OutcomeDropped}
}

const (
	// Shown is how long a report is shown after the proof, and after each extension.
	Shown = 10 * time.Minute
	// Extensions is how often that can be extended.
	Extensions = 2
)

// Call is one call as it stands.
type Call struct {
	ID          string
	Reason      Reason
	Training    bool
	Opened      time.Time
	Ends        time.Time     // if nothing is done before
	Address     email.Address // as the caller spelled it, folded; the zero address until then
	CodeSent    bool          // a phone code was asked for in this call
	Proven      bool          // and its time is not over
	ByLetter    bool          // proven by the number of a letter
	ProvenUntil time.Time     // zero until proven; stays when it is over
	Extended    int           // how often, 0 to Extensions
	nonce       [16]byte      // random; what audit rows know the call by, never its ID
}

// Told is what an agent is shown of a caller who has proven who they are.
type Told struct {
	Call   Call
	Report breach.Report
	Script []wording.Line // what to say, part by part
}

// Caller is who calls in a training call: somebody invented, to be played.
type Caller struct {
	Story        breach.Text // who it is and what they want
	Address      string      // as they spell it; empty: they have none
	PhoneCode    string      // what stands in the mail that nobody sent; empty until one was asked for
	LetterNumber string      // what stands on their letter; empty: they have none
}
