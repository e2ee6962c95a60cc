package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"exposure/internal/breach"
)

// ErrInvalid means that an entry may not be written as it is.
var ErrInvalid = errors.New("not a valid audit entry")

// ActorKind says in what role somebody acted.
type ActorKind string

// The roles.
const (
	Customer ActorKind = "customer" // known by the entry's tag; an ID is a random number
	Agent    ActorKind = "agent"    // an ID is the account's name, and in a call "/" and the call's number (hex)
	Operator ActorKind = "operator"
	Client   ActorKind = "client" // a MY page client
	System   ActorKind = "system"
)

// Actor is who did it. The ID is a name the shop knows its own people and programs
// by. Of a customer it is the random number (hex) of their verification, or empty.
type Actor struct {
	Kind ActorKind
	ID   string
}

// Action is what was done. The set is closed: budgets count rows by action, and a
// misspelt one would silently not count.
type Action string

// The actions. Only a guess whose code was really compared is a Guess: a refusal
// before the comparison is counted in metrics and never written here.
const (
	Guess        Action = "guess"
	Disclosure   Action = "disclosure" // a report was shown
	SessionEnd   Action = "session_end"
	ResetTicket  Action = "reset_ticket" // a ticket to set a new password was issued
	Import       Action = "import"
	Review       Action = "review"
	Publish      Action = "publish"
	Pause        Action = "pause"
	Resume       Action = "resume"
	Explain      Action = "explain"
	KeyGenerated Action = "key_generated"
	KeyRotated   Action = "key_rotated"
	KeyRetired   Action = "key_retired"
	KeysLoaded   Action = "keys_loaded" // a server started with keys that have changed
	Purge        Action = "purge"       // from here on keys and rows are destroyed
)

// What is done about forced password resets, and about the shop's programs that ask.
const (
	ResetPlan       Action = "reset_plan"
	ResetOrder      Action = "reset_order"
	ResetBar        Action = "reset_bar"    // the shop made the old password and all sessions worthless
	ResetRedeem     Action = "reset_redeem" // a ticket was redeemed
	ResetComplete   Action = "reset_complete"
	ResetUnverified Action = "reset_unverified" // a password was changed without a ticket
	ResetAccept     Action = "reset_accept"     // somebody answers for such a change
	ResetRetry      Action = "reset_retry"      // what was given up is tried again
	ResetHold       Action = "reset_hold"
	ResetRelease    Action = "reset_release"
	ResetBaseline   Action = "reset_baseline"
	ContactAdd      Action = "contact_add" // another address stands for a member's login address
	ClientAdd       Action = "client_add"
	ClientRotate    Action = "client_rotate"
	ClientRevoke    Action = "client_revoke"
	ClientSuspend   Action = "client_suspend"
)

// What is done at the call centre's desk, and about it.
const (
	AgentAdd      Action = "agent_add"
	AgentDisable  Action = "agent_disable"
	AgentReset    Action = "agent_reset" // new password, TOTP secret and paper codes
	AgentSignIn   Action = "agent_sign_in"
	AgentSignOut  Action = "agent_sign_out"
	AgentPassword Action = "agent_password"
	AgentTrained  Action = "agent_trained" // a training call was taken to its end
	CallOpen      Action = "call_open"
	CallAddress   Action = "call_address" // the caller spelled an address
	CallCode      Action = "call_code"    // a phone code was asked for
	CallLetter    Action = "call_letter"  // the caller read the number of a letter
	CallNumber    Action = "call_number"  // the caller read a check number
	CallExtend    Action = "call_extend"
	CallEnd       Action = "call_end"
	CallForeign   Action = "call_foreign" // somebody else's call was tried
	TicketOpen    Action = "ticket_open"
	TicketRead    Action = "ticket_read"
	TicketAnswer  Action = "ticket_answer"
	TicketClose   Action = "ticket_close"
	LetterRequest Action = "letter_request"
	LetterIssue   Action = "letter_issue" // a number was drawn; the person's earlier one is worth nothing
	LetterClose   Action = "letter_close"
	CanaryAdd     Action = "canary_add"
	CanaryTouched Action = "canary_touched"
)

// Outcome is how it ended.
type Outcome string

// The outcomes. Guesses are accepted or refused, everything else is done or refused.
const (
	Accepted Outcome = "accepted"
	Refused  Outcome = "refused"
	Done     Outcome = "done"
)

// Entry is one row of the log. Fields that do not apply are zero.
type Entry struct {
	At      time.Time // kept in milliseconds, UTC
	Actor   Actor
	Action  Action
	Outcome Outcome
	Purpose string      // of a guess or disclosure: web, phone, letter; of a row bound to another table: Member
	Tag     *breach.Tag // whose data; the tag of an address or of a letter number; of Member, the row's handle
	// Attempt is, of a refused guess, its random id; of an accepted one, a keyed hash of the
	// code; of Member, the beginning of what authenticates the other table's row.
	Attempt [16]byte
	Network [16]byte // keyed hash of the client network
	Version int64    // version of the roster it was read from, made or published
	Detail  string   // for people: counts, names of operators; never a person's data
}

// Member is the purpose of rows that say how a row about a member was left in another
// table: the newest one is what that row must agree with.
const Member = "member"

// Letter is the purpose of guesses at letter numbers, and of what was told by one.
const Letter = "letter"

// What the detail of a guess says about the form of its code.
const (
	ShortCode = "short"
	LongCode  = "long"
)

// Weighs tells whether the guess budget of a tag reads this row. Refused long codes do
// not weigh: nobody can guess twenty digits, and if they counted anybody could crowd
// the rows that do count out of the few that are read. Nor do letter numbers, which nobody
// can guess either.
func (e Entry) Weighs() bool {
	return e.Action == Guess && e.Purpose != Letter && (e.Outcome == Accepted || e.Detail != LongCode)
}

// Bounds of the free parts, in bytes.
const (
	maxID      = 200
	maxPurpose = 16
	maxDetail  = 2000
)

// Validate returns an error that wraps ErrInvalid and names the field, never its
// content.
func (e Entry) Validate() error {
	switch {
	case e.At.UnixMilli() <= 0 || e.At.UTC().Year() > 9999:
		return invalid("it has no usable time")
	case !e.Actor.Kind.known():
		return invalid("unknown kind of actor")
	case e.Actor.Kind == Customer && strings.Trim(e.Actor.ID, "0123456789abcdef") != "":
		return invalid("a customer's ID may only be the hex digits of a random number")
	case (e.Actor.Kind == Agent || e.Actor.Kind == Operator || e.Actor.Kind == Client) && e.Actor.ID == "":
		return invalid("the actor has no name")
	case !plain(e.Actor.ID, maxID):
		return invalid("the actor's name is too long or does not print")
	case !e.Action.known():
		return invalid("unknown action")
	case !e.Outcome.known():
		return invalid("unknown outcome")
	case len(e.Purpose) > maxPurpose || strings.Trim(e.Purpose, "abcdefghijklmnopqrstuvwxyz_") != "":
		return invalid("the purpose is no short lower-case word")
	case e.Version < 0:
		return invalid("negative version")
	case !plain(e.Detail, maxDetail):
		return invalid("the detail is too long or does not print")
	case strings.ContainsAny(e.Detail, "@＠"):
		return invalid("the detail may hold an address")
	}
	return e.validateAction()
}

// validateAction checks what single actions need to be of use later.
func (e Entry) validateAction() error {
	switch {
	case e.Action == Guess && (e.Tag == nil || e.Purpose == "" || e.Attempt == [16]byte{}):
		return invalid("a guess needs tag, purpose and attempt")
	case e.Action == Guess && e.Outcome == Done:
		return invalid("a guess is accepted or refused")
	case e.Action != Guess && e.Outcome == Accepted:
		return invalid("only a guess is accepted")
	case (e.Action == Disclosure || e.Action == ResetTicket) && e.Tag == nil:
		return invalid("it does not say whose data")
	case (e.Action == Import || e.Action == Publish) && e.Version == 0:
		return invalid("it does not say which version")
	}
	return nil
}

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }

func (k ActorKind) known() bool {
	switch k {
	case Customer, Agent, Operator, Client, System:
		return true
	}
	return false
}

func (a Action) known() bool {
	switch a {
	case ResetPlan, ResetOrder, ResetBar, ResetRedeem, ResetComplete, ResetUnverified, ResetAccept, ResetRetry, ResetHold, ResetRelease, ResetBaseline,
		ContactAdd, ClientAdd, ClientRotate, ClientRevoke, ClientSuspend:
		return true
	case AgentAdd, AgentDisable, AgentReset, AgentSignIn, AgentSignOut, AgentPassword, AgentTrained, CallOpen, CallAddress, CallCode, CallLetter, CallNumber,
		CallExtend, CallEnd, CallForeign, TicketOpen, TicketRead, TicketAnswer, TicketClose, LetterRequest, LetterIssue, LetterClose, CanaryAdd, CanaryTouched:
		return true
	case Guess, Disclosure, SessionEnd, ResetTicket, Import, Review, Publish, Pause, Resume, Explain, KeyGenerated, KeyRotated, KeyRetired, KeysLoaded, Purge:
		return true
	}
	return false
}

func (o Outcome) known() bool { return o == Accepted || o == Refused || o == Done }

// plain tells whether s is valid UTF-8 of at most max bytes without control or
// format characters, so that no row can forge another one on a screen.
func plain(s string, max int) bool {
	return len(s) <= max && utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool {
		return unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029'
	}) < 0
}
