package agent

import (
	"errors"
	"slices"
	"time"

	"exposure/internal/breach"
)

// Errors about changes of a ticket.
var (
	// ErrSettled: somebody else answered the ticket otherwise, or closed it.
	ErrSettled = errors.New("the ticket is not as it was")
	// ErrTicketAnswer: an answer without the id of an approved text.
	ErrTicketAnswer = errors.New("a ticket is answered by the id of an approved text")
)

// Topic is what a ticket is about: what only the shop can decide. The set is closed.
type Topic string

// The topics, in the order in which they are shown.
const (
	TopicCardTyped   Topic = "card_typed"   // typed a card, bought nothing; or just outside the dates
	TopicDate        Topic = "date"         // disputes a date
	TopicFirstNotice Topic = "first_notice" // had the first notice, and is on no list
	TopicMailboxGone Topic = "mailbox_gone" // cannot get mail any more: the procedure on paper
	TopicDeceased    Topic = "deceased"     // for somebody who has died, or a ward
	TopicNoLetter    Topic = "no_letter"    // the letter has not come
	TopicComplaint   Topic = "complaint"    // or compensation
	TopicMedia       Topic = "media"
	TopicThreat      Topic = "threat"
	TopicOther       Topic = "other"
)

// Topics returns all of them in the order in which they are shown.
func Topics() []Topic {
	return []Topic{TopicCardTyped, TopicDate, TopicFirstNotice, TopicMailboxGone, TopicDeceased, TopicNoLetter, TopicComplaint, TopicMedia, TopicThreat, TopicOther}
}

func (t Topic) known() bool { return slices.Contains(Topics(), t) }

// LetterRequest is what a caller says for a letter. It is sealed to the operator; nobody
// here compares it with anything.
type LetterRequest struct {
	Name       string
	PostalCode string
	Address    string
	For        string // who the letter is about, when not the caller; may be empty
	Note       string // may be empty
}

// TicketState is how far a ticket is.
type TicketState string

// The states. A letter request is a ticket, too.
const (
	TicketWaiting  TicketState = "waiting"
	TicketAnswered TicketState = "answered"
	TicketClosed   TicketState = "closed"
)

// Ticket is what an agent may tell a caller who reads its number (受付番号). Nothing in it
// says who it is about.
type Ticket struct {
	Number string
	Letter bool // a letter was asked for
	State  TicketState
	Opened time.Time
	Answer string // id of the approved text; empty while waiting, and when closed without one
}

// AnsweredWithin is how many days of business a ticket waits at most, as callers are told.
const AnsweredWithin = 3

// Due is by when a caller was told that there is an answer: nil for a line that stays shut.
func (t Ticket) Due(h breach.OfficeHours) *time.Time { return h.DueAfter(t.Opened, AnsweredWithin) }

// WithAnswer gives a ticket its answer, the id of an approved text. The answer it had, empty
// for none, must be named: of two who answer at the same time the second one hears of the
// first (ErrSettled). Saying the same again changes nothing.
func (t Ticket) WithAnswer(id, before string) (Ticket, error) {
	switch {
	case id == "":
		return t, ErrTicketAnswer
	case t.State == TicketAnswered && t.Answer == id:
		return t, nil
	case t.State == TicketClosed || t.Answer != before:
		return t, ErrSettled
	}
	t.State, t.Answer = TicketAnswered, id
	return t, nil
}

// Close ends a ticket, answered or not. Closing it again changes nothing.
func (t Ticket) Close() Ticket {
	t.State = TicketClosed
	return t
}

// KeptTicket is a ticket as it is kept, for the shop.
type KeptTicket struct {
	Ticket
	Topic   Topic     // empty for letter requests
	Settled time.Time // of the last answer, or when it was closed; zero while it waits
	By      string    // who did that
	Agent   string
	Call    [16]byte
	Note    []byte // sealed to the operator
}

// WaitingTickets are the tickets and letter requests nobody has answered.
type WaitingTickets struct {
	Letters, Tickets int
	Oldest           *time.Time // of both; nil: none waits
}

// Counts are what a supervisor sees of a day: how much, never who.
type Counts struct {
	Day            time.Time         // its beginning, in the incident's zone
	Calls          map[Reason]int    // opened; training calls are not counted anywhere
	Outcomes       map[Outcome]int   // of calls that were ended
	Open           int               // opened and not ended, and not over by themselves
	CodesSent      int               // phone codes asked for
	CodesRefused   int               // phone codes not accepted
	Proven         int               // callers who proved a mailbox
	LettersProven  int               // callers who proved a letter
	LettersRefused int               // letter numbers not accepted
	SignInsRefused int               // failed sign-ins
	Agents         map[string]Effort // by account
	LettersWaiting int               // letter requests nobody has answered, of any day
	TicketsWaiting int               // tickets nobody has answered, of any day
	Oldest         *time.Time        // of those that wait; nil: none
	Canaries       int               // canaries touched
	Foreign        int               // attempts at another agent's call
}

// Effort is what one account did in a day.
type Effort struct {
	Calls, CodesSent, CodesRefused, Proven int
}
