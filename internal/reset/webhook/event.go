package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/post"
)

// The events.
const (
	Required   = "password_reset.required"
	Unverified = "password_reset.unverified"
	Completed  = "password_reset.completed"
)

// Event is what a shop is told about one member.
type Event struct {
	Type     string
	MemberID string
	State    breach.ResetState
	Since    time.Time
}

// EventOf is what is to be told of a member who stands there; false: nothing. A ticket is
// not told: until the password is changed the member stays what they were.
func EventOf(r breach.Reset) (Event, bool) {
	e := Event{MemberID: r.MemberID}
	switch {
	case r.State == breach.ResetCompleted:
		e.Type, e.State, e.Since = Completed, breach.ResetCompleted, r.Since
	case !r.State.Barred():
		return Event{}, false
	case r.Unverified.IsZero():
		e.Type, e.State, e.Since = Required, breach.ResetRequired, r.Ordered
	default:
		e.Type, e.State, e.Since = Unverified, breach.ResetChangedUnverified, r.Unverified
	}
	return e, true
}

// Bars tells whether the shop makes a password worthless when it hears of it.
func (e Event) Bars() bool { return e.Type != Completed }

// ID is the same for the same event, also after a restart and under new keys, and another
// for every other event of any member or incident.
func (e Event) ID(incident string) [16]byte {
	h := sha256.New()
	for _, part := range []string{"exposure reset event", incident, e.MemberID, e.Type, stamp(e.Since)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return [16]byte(h.Sum(nil))
}

// stamp is a time as it is told: to the millisecond, which is what is kept.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // of the event; that of the attempt is a header
	Data      data   `json:"data"`
}

type data struct {
	MemberID string            `json:"member_id"`
	State    breach.ResetState `json:"state"`
	Since    string            `json:"since"`
}

// message is the same bytes each time the event is told.
func (e Event) message(incident string) (post.Message, error) {
	since := stamp(e.Since)
	body, err := json.Marshal(envelope{e.Type, since, data{e.MemberID, e.State, since}})
	id := e.ID(incident)
	return post.Message{ID: "msg_" + hex.EncodeToString(id[:]), Body: body}, err
}
