package sqlstore

import (
	"fmt"
	"slices"
	"time"

	"exposure/internal/breach"
)

const resetColumns = `handle, key_check, member_id_sealed, state, since, ordered, barred, ticket, ticket_ends, spent, redeemed, unverified, fingerprint, baseline, notify, change, mac`

// resetRow is a reset as stored.
type resetRow struct {
	bound
	memberID                              []byte // sealed
	state                                 string
	since, ordered, barred                int64
	ticket                                []byte
	ticketEnds, spent, redeemed, observed int64
	fingerprint, baseline, notify         []byte
}

func (r *resetRow) label() string { return "reset" }

func (r *resetRow) targets() []any {
	return []any{
		optional{r.handle[:]}, optional{r.keyCheck[:]}, optional{&r.memberID}, optional{&r.state}, optional{&r.since}, optional{&r.ordered},
		optional{&r.barred}, optional{&r.ticket}, optional{&r.ticketEnds}, optional{&r.spent}, optional{&r.redeemed}, optional{&r.observed},
		optional{&r.fingerprint}, optional{&r.baseline}, optional{&r.notify}, optional{&r.change}, optional{r.mac[:]},
	}
}

func (r *resetRow) values() []any {
	var ticket any
	if len(r.ticket) > 0 {
		ticket = r.ticket
	}
	return []any{
		r.handle[:], r.keyCheck[:], r.memberID, r.state, r.since, r.ordered, r.barred, ticket, r.ticketEnds, r.spent, r.redeemed, r.observed,
		r.fingerprint, r.baseline, r.notify, r.change, r.mac[:],
	}
}

func (r *resetRow) parts() [][]byte {
	return [][]byte{
		r.memberID, []byte(r.state), num(r.since), num(r.ordered), num(r.barred), r.ticket, num(r.ticketEnds), num(r.spent), num(r.redeemed),
		num(r.observed), r.fingerprint, r.baseline, r.notify,
	}
}

// says tells whether both rows say the same about a member.
func (r *resetRow) says(o *resetRow) bool {
	return slices.EqualFunc(r.parts()[1:], o.parts()[1:], slices.Equal[[]byte])
}

// set takes over what a reset says, but not who it is about.
func (r *resetRow) set(x breach.Reset) {
	r.state, r.since, r.ordered, r.barred = string(x.State), millis(x.Since), millis(x.Ordered), millis(x.Barred)
	r.ticket, r.ticketEnds, r.spent = []byte{}, millis(x.TicketEnds), 0
	if x.Ticket != [32]byte{} {
		r.ticket = slices.Clone(x.Ticket[:])
	}
	if x.Spent {
		r.spent = 1
	}
	r.redeemed, r.observed = millis(x.Redeemed), millis(x.Unverified)
	r.fingerprint, r.baseline, r.notify = bytesOf(x.Fingerprint), bytesOf(x.Baseline), bytesOf(x.Notify)
}

// reset is what a proven row says.
func (r *resetRow) reset(keys ResetKeys) (breach.Reset, error) {
	id, err := keys.OpenMemberID(r.memberID)
	if err != nil {
		return breach.Reset{}, fmt.Errorf("%w: a member's number does not open", ErrKeysDiffer)
	}
	x := breach.Reset{
		Handle: r.handle, MemberID: id, State: breach.ResetState(r.state), Since: instantOf(r.since), Ordered: instantOf(r.ordered),
		Barred: instantOf(r.barred), TicketEnds: instantOf(r.ticketEnds), Spent: r.spent == 1, Redeemed: instantOf(r.redeemed),
		Unverified: instantOf(r.observed), Fingerprint: bytesIn(r.fingerprint), Baseline: bytesIn(r.baseline), Notify: bytesIn(r.notify),
	}
	copy(x.Ticket[:], r.ticket)
	return x, nil
}

// millis is a time as stored, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instantOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// bytesOf is a column that may not be NULL.
func bytesOf(b []byte) []byte { return append([]byte{}, b...) }

func bytesIn(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
