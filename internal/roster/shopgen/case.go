package shopgen

import "time"

// The instants of every invented incident. They are Japanese time whatever the clock of
// the shop's exports shows; Japan has had no other since 1951.
func instant(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.FixedZone("JST", 9*60*60))
}

func opened() time.Time   { return instant(2016, 4, 1) }
func newName() time.Time  { return instant(2022, 8, 1) }  // the card method is renamed
func settled() time.Time  { return instant(2023, 2, 15) } // the payment company's file begins
func cardFrom() time.Time { return instant(2023, 3, 1) }
func cardTo() time.Time   { return instant(2023, 3, 15) }
func cutOff() time.Time   { return instant(2023, 3, 17) }
func covered() time.Time  { return instant(2023, 3, 20) } // the payment company's file ends
func exported() time.Time { return instant(2023, 7, 24) }

// The lists of every invented incident.
const (
	card      = "card"
	member    = "member"
	purchaser = "purchaser"
	recipient = "recipient"
)

// Why a record waits for a decision.
const (
	abandonedAttempt = "abandoned_card_attempt"
	staffKeyed       = "staff_keyed_order"
	otherAddress     = "buyer_at_other_address"
	nearBuyer        = "near_buyer"
	unclearRecord    = "unclear_record"
)

// What else a person's answer may say.
const (
	gender   = "gender"
	birth    = "birth"
	engraved = "engraved"
)

// Person is the right answer about one person who is on a list or whose record waits
// for a decision.
type Person struct {
	Key       string   // M:<member id>, G:<address>, G: or R:<name>|<postal code>|<address>
	Kind      string   // member, guest or recipient
	MemberID  string   // of members only
	Emails    []string // folded
	Login     string   // the one of them that logs in; empty: none
	Cohorts   []string // card, member, purchaser, recipient; sorted
	Flags     []string // birth, engraved, gender; sorted. A ? at the end: the exports do not say
	Cards     int      // distinct cards
	Withdrawn bool
	Review    string // the reason why a record waits; empty: none does
}
