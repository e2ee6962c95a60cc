package agent

import "errors"

// What an agent can be told went wrong. Each is a sentinel so that one table can turn it
// into a problem document; none carries an address, code, number, note or password. Besides
// these, the errors of package lookup and *ratelimit.Exceeded come through.
var (
	// ErrSignIn: the sign-in is not accepted. Unknown account, wrong password, wrong, used
	// or missing second factor, disabled and locked are one error.
	ErrSignIn = errors.New("the sign-in is not accepted")
	// ErrSignedOut: there is no session, it is over, or the account was disabled, reset or
	// given another role since.
	ErrSignedOut = errors.New("not signed in")
	// ErrOutsideHours: the help line is closed, so its desk is.
	ErrOutsideHours = errors.New("outside the hours of the help line")
	// ErrMustChange: nothing but a new password is taken before the first one is replaced.
	ErrMustChange = errors.New("the first password must be changed")
	// ErrPassword: the new password is too short, too long, common, the old one, or holds
	// the account's name. Wrapped with which.
	ErrPassword = errors.New("the new password cannot be taken")
	// ErrRole: this is for supervisors.
	ErrRole = errors.New("not for this role")
	// ErrNoCall: no such call, or it is over.
	ErrNoCall = errors.New("no such call")
	// ErrForeignCall: it is another agent's call. The attempt is on record.
	ErrForeignCall = errors.New("another agent's call")
	// ErrNoAddress: no address was spelled in this call yet.
	ErrNoAddress = errors.New("no address in this call")
	// ErrNotProven: the caller has proven nothing in this call, or its ten minutes are over.
	ErrNotProven = errors.New("nothing is proven in this call")
	// ErrExtended: the time of a proof can be extended twice.
	ErrExtended = errors.New("the time was extended twice")
	// ErrText: free text that is empty, too long, does not print, or holds what looks like
	// the number of a card or 13 digits or more. Nothing of it was kept.
	ErrText = errors.New("the text cannot be taken")
	// ErrChoice: a reason, outcome or topic that is none of those there are.
	ErrChoice = errors.New("no such choice")
	// ErrNoTicket: no such ticket.
	ErrNoTicket = errors.New("no such ticket")
	// ErrUnavailable: a store that guards a secret cannot be used now.
	ErrUnavailable = errors.New("temporarily unavailable")
)
