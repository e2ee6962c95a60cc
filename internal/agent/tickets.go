package agent

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// Labels under which notes are sealed to the operator.
const (
	TicketNoteLabel    = "ticket-note"
	LetterRequestLabel = "letter-request"
)

// TrainingTicket is the number of whatever is asked for in a training call: nothing of it
// is kept.
const TrainingTicket = "訓練"

// TicketNote is what is sealed of a ticket.
type TicketNote struct {
	Note string `json:"note"` // may be empty: the topic says something
}

// LetterNote is what is sealed of a letter request.
type LetterNote struct {
	Name       string `json:"name"`
	PostalCode string `json:"postal_code"`
	Address    string `json:"address"`
	For        string `json:"for,omitempty"`
	Note       string `json:"note,omitempty"`
}

// TicketStore keeps tickets. Whatever is returned is proven; any doubt is an error.
//
// Open draws the number, and returns once the ticket and its audit entry are committed
// together. ByNumber is ErrNoTicket when it is proven that there is none.
type TicketStore interface {
	Open(ctx context.Context, t KeptTicket, entry audit.Entry) (TicketNumber, error)
	ByNumber(ctx context.Context, n TicketNumber) (KeptTicket, error)
	Waiting(ctx context.Context) (WaitingTickets, error)
}

// DayLog reads the audit log. Desk visits what was done at the desk in a span of time, each
// row proven.
type DayLog interface {
	Desk(ctx context.Context, from, to time.Time, visit func(audit.Entry) error) error
}

// Recorder is the audit log. Append returns nil only when every row is committed.
type Recorder interface {
	Append(ctx context.Context, entries ...audit.Entry) error
}

// CallOf finds an agent's own call: ErrNoCall, ErrForeignCall.
type CallOf interface {
	Get(ctx context.Context, who Agent, id string) (Call, error)
}

// taker counts; *ratelimit.Exceeded over the limit.
type taker interface {
	Take(ctx context.Context, name ratelimit.Name, key string) (ratelimit.Usage, error)
}

// TicketSealer seals what only the operator may read.
type TicketSealer interface {
	SealForOperator(label string, plain []byte) []byte
}

// TicketsConfig is all that tickets depend on. Only Now may be missing.
type TicketsConfig struct {
	Store    TicketStore
	Log      DayLog
	Recorder Recorder
	Calls    CallOf
	Limits   taker
	Sealer   TicketSealer
	Incident *breach.Incident // for the zone of its days
	Now      func() time.Time
}

// Tickets is what agents leave for the shop, and what supervisors see. It never reads a
// note that it took.
type Tickets struct{ c TicketsConfig }

// NewTickets checks that nothing is missing.
func NewTickets(c TicketsConfig) (*Tickets, error) {
	for name, missing := range map[string]bool{
		"Store": c.Store == nil, "Log": c.Log == nil, "Recorder": c.Recorder == nil, "Calls": c.Calls == nil,
		"Limits": c.Limits == nil, "Sealer": c.Sealer == nil, "Incident": c.Incident == nil,
	} {
		if missing {
			return nil, fmt.Errorf("agent: tickets: %s is missing", name)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Tickets{c}, nil
}

// RequestLetter keeps what a caller says for a letter and returns the number to tell. It
// compares nothing with anything and asks nothing back; each request is kept, the same one
// said again as well. Nothing of a refused one is.
//
// Errors: ErrMustChange, ErrNoCall, ErrForeignCall, ErrText, *ratelimit.Exceeded,
// ErrUnavailable, lookup.ErrCouldNotCheck.
func (t *Tickets) RequestLetter(ctx context.Context, who Agent, callID string, r LetterRequest) (number string, err error) {
	call, err := t.call(ctx, who, callID)
	if err != nil {
		return "", err
	}
	note, err := r.checked()
	if err != nil {
		return "", err
	}
	return t.keep(ctx, who, call, KeptTicket{Ticket: Ticket{Letter: true}, Note: t.sealed(LetterRequestLabel, note)})
}

// checked is the request as it is kept.
func (r LetterRequest) checked() (n LetterNote, err error) {
	for _, f := range []struct {
		rule textRule
		from string
		into *string
	}{
		{textRule{what: "name", max: 100}, r.Name, &n.Name},
		{textRule{what: "postal code", max: 16}, r.PostalCode, &n.PostalCode},
		{textRule{what: "address", max: 300}, r.Address, &n.Address},
		{textRule{what: "name of whom it is about", max: 100, optional: true}, r.For, &n.For},
		{textRule{what: "note", max: 500, optional: true, address: true}, r.Note, &n.Note},
	} {
		if *f.into, err = f.rule.take(f.from); err != nil {
			return LetterNote{}, err
		}
	}
	return n, nil
}

// Open keeps a question that only the shop can decide, and returns the number to tell.
//
// Errors: ErrChoice, and those of RequestLetter.
func (t *Tickets) Open(ctx context.Context, who Agent, callID string, topic Topic, note string) (number string, err error) {
	call, err := t.call(ctx, who, callID)
	if err != nil {
		return "", err
	}
	if !topic.known() {
		return "", ErrChoice
	}
	text, err := textRule{what: "note", max: 500, optional: true, address: true}.take(note)
	if err != nil {
		return "", err
	}
	return t.keep(ctx, who, call, KeptTicket{Topic: topic, Note: t.sealed(TicketNoteLabel, TicketNote{text})})
}

func (t *Tickets) sealed(label string, note any) []byte {
	plain, err := json.Marshal(note)
	if err != nil {
		panic("agent: encoding a note: " + err.Error()) // strings always encode
	}
	return t.c.Sealer.SealForOperator(label, plain)
}

func (t *Tickets) call(ctx context.Context, who Agent, id string) (Call, error) {
	if who.MustChange {
		return Call{}, ErrMustChange
	}
	return t.c.Calls.Get(ctx, who, id)
}

// keep writes a ticket. A training call's is not written.
func (t *Tickets) keep(ctx context.Context, who Agent, call Call, k KeptTicket) (string, error) {
	if call.Training {
		return TrainingTicket, nil
	}
	if err := t.charge(ctx, who); err != nil {
		return "", err
	}
	k.State, k.Opened, k.Agent, k.Call = TicketWaiting, t.c.Now().UTC().Truncate(time.Millisecond), who.Name, call.nonce
	entry := t.entry(who, call, audit.TicketOpen)
	entry.Detail = string(k.Topic)
	if k.Letter {
		entry.Action = audit.LetterRequest
	}
	number, err := t.c.Store.Open(ctx, k, entry)
	if err != nil {
		return "", doubted("keeping a ticket", err)
	}
	return number.String(), nil
}

// Ask tells how far a ticket is, and its approved answer, to whoever reads its number:
// nothing in that is about a person. Asking counts like leaving a note, so that nobody can
// walk through the numbers, and is on record whether there is such a ticket or not.
//
// Errors: ErrNoTicket, also ErrTicketSlip for what is no number, for which nothing was
// counted; and those of RequestLetter but ErrText.
func (t *Tickets) Ask(ctx context.Context, who Agent, callID, number string) (Ticket, error) {
	call, err := t.call(ctx, who, callID)
	if err != nil {
		return Ticket{}, err
	}
	if call.Training {
		if number == TrainingTicket {
			return Ticket{Number: TrainingTicket, State: TicketWaiting, Opened: call.Opened}, nil
		}
		return Ticket{}, ErrNoTicket
	}
	n, err := ParseTicketNumber(number)
	if err != nil {
		return Ticket{}, err
	}
	if err := t.charge(ctx, who); err != nil {
		return Ticket{}, err
	}
	found, err := t.c.Store.ByNumber(ctx, n)
	if err != nil && !errors.Is(err, ErrNoTicket) {
		return Ticket{}, doubted("reading a ticket", err)
	}
	entry := t.entry(who, call, audit.TicketRead)
	entry.Detail = string(found.State)
	if err != nil {
		entry.Outcome = audit.Refused
	}
	if err := t.c.Recorder.Append(ctx, entry); err != nil {
		return Ticket{}, doubted("recording that a ticket was read", err)
	}
	return found.Ticket, err
}

// charge counts what an agent leaves or asks for.
func (t *Tickets) charge(ctx context.Context, who Agent) error {
	_, err := t.c.Limits.Take(ctx, ratelimit.AgentNote, who.Name)
	if err != nil && !errors.As(err, new(*ratelimit.Exceeded)) {
		return fmt.Errorf("checking a limit: %w: %w", ErrUnavailable, err)
	}
	return err
}

func (t *Tickets) entry(who Agent, call Call, action audit.Action) audit.Entry {
	return audit.Entry{
		At: t.c.Now(), Action: action, Outcome: audit.Done,
		Actor: audit.Actor{Kind: audit.Agent, ID: who.Name + "/" + hex.EncodeToString(call.nonce[:])},
	}
}

// doubted turns trouble with the database into what an agent may hear.
func doubted(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, lookup.ErrCouldNotCheck, err)
}
