package reset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// ErrMostChanged: more than half of the passwords that can be compared are others than in
// the baseline. That is rather the wrong backup, or the wrong column, than what members
// did, and whoever is exempt keeps a stolen password.
var ErrMostChanged = errors.New("most passwords are others than in the baseline")

// ErrMemberIDs: members would be planned whom the shop's programs cannot name, so that no
// login could ask for them and no completion be told.
var ErrMemberIDs = errors.New("members have numbers that the MY page API does not take")

// fewestCompared is how many members it takes to say that most have changed.
const fewestCompared = 20

// atOnce is how many members are changed in one transaction, or asked about in one
// question to the shop: others wait that long.
const atOnce = 500

// PlanStore is what planning needs of the store. Members are all of a version for whom asks
// is true, in any order; Plan plans them, again if need be, in short transactions of which
// a kill leaves some done.
type PlanStore interface {
	Reader
	Members(ctx context.Context, version int64, asks func(breach.Person) bool) ([]Member, error)
	Plan(ctx context.Context, entry audit.Entry, members []Planned) ([]Replanned, error)
}

// Draft is what a plan does, and what it leaves open. Member ids are in order.
type Draft struct {
	Version int64
	members []Planned
	unnamed int // would be planned, and their numbers are not such that the API takes

	Planned   int // planned, after it
	Withdrawn int // exempt: the membership is closed
	Changed   int // exempt: another password than in the baseline
	Ordered   int // ordered before; the plan leaves them alone
	Compared  int // whose password could be compared with the baseline

	New     []string // planned or exempt, and not in the plan yet
	Moved   []string // planned before and exempt now, or the other way round
	Dropped []string // not asked for by the version any more: exempt now
	Stays   []string // the same, but ordered already: nobody can take that back
	NoLogin []string // planned, and no login address of theirs is known
	NotLive []string // planned, and the shop does not let them log in
	Unknown []string // planned, and the shop does not know them
	Blank   int      // planned, and no password opens their account already
}

// Changes tells whether anything would be planned otherwise than it is.
func (d *Draft) Changes() bool { return len(d.New)+len(d.Moved)+len(d.Dropped) > 0 }

// WithoutWay are the planned members who cannot have a ticket by themselves.
func (d *Draft) WithoutWay() []string {
	all := slices.Concat(d.NoLogin, d.NotLive)
	slices.SortFunc(all, compareIDs)
	return slices.Compact(all)
}

// Implausible is ErrMostChanged for a draft that exempts more than half of those who could
// be compared, unless exactly that number was accepted.
func (d *Draft) Implausible(accepted int) error {
	if d.Compared < fewestCompared || 2*d.Changed <= d.Compared || d.Changed == accepted {
		return nil
	}
	return fmt.Errorf("%w: %d of %d. If that is right, say --accept-changed %d; if not, give another \"reset baseline\"",
		ErrMostChanged, d.Changed, d.Compared, d.Changed)
}

// NewDraft drafts the plan for a version; ErrMemberIDs when that cannot be carried out. The shop is asked for what it holds of each
// member, unless connector is nil.
func NewDraft(ctx context.Context, st PlanStore, connector Connector, version int64, asks func(breach.Person) bool, now time.Time) (*Draft, error) {
	members, err := st.Members(ctx, version, asks)
	if err != nil {
		return nil, fmt.Errorf("reading the members of version %d: %w", version, err)
	}
	slices.SortFunc(members, func(a, b Member) int { return compareIDs(a.ID, b.ID) })
	before, err := All(ctx, st)
	if err != nil {
		return nil, err
	}
	d := &Draft{Version: version}
	for part := range slices.Chunk(members, atOnce) {
		held, err := askAbout(ctx, connector, part)
		if err != nil {
			return nil, err
		}
		for i, m := range part {
			was := before[m.ID]
			delete(before, m.ID)
			d.member(m, was, held[i], now)
		}
	}
	if d.unnamed > 0 {
		return nil, fmt.Errorf("%w: %d of them. They are 1 to %d characters of A-Z a-z 0-9 . _ -; give these members such numbers in the shop and import again, or leave their list without a forced reset. Nothing is planned",
			ErrMemberIDs, d.unnamed, breach.MaxMemberID)
	}
	d.dropped(before)
	return d, nil
}

// All are all resets, by member.
func All(ctx context.Context, st Reader, states ...breach.ResetState) (map[string]breach.Reset, error) {
	all := map[string]breach.Reset{}
	for after := int64(0); ; {
		page, err := st.List(ctx, Query{States: states, After: after, Limit: atOnce})
		if err != nil {
			return nil, fmt.Errorf("reading the resets: %w", err)
		}
		if len(page) == 0 {
			return all, nil
		}
		for _, r := range page { // one that changes meanwhile comes again, as it is then
			all[r.MemberID], after = r.Reset, r.Change
		}
	}
}

// askAbout asks the shop. Without a connector nothing is known of anybody.
func askAbout(ctx context.Context, connector Connector, members []Member) ([]*Held, error) {
	all := make([]*Held, len(members))
	if connector == nil {
		return all, nil
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	held, err := read(ctx, connector, ids)
	for i := range held {
		all[i] = &held[i]
	}
	return all, err
}

func (d *Draft) member(m Member, was breach.Reset, held *Held, now time.Time) {
	p := Planned{MemberID: m.ID, Withdrawn: m.Withdrawn}
	if held != nil {
		p.Fingerprint = held.Fingerprint
	}
	is := was.Plan(p.Withdrawn, p.Fingerprint, now)
	d.members = append(d.members, p)
	if !is.Planned() {
		d.Ordered++
		return
	}
	if was.State == "" {
		d.New = append(d.New, m.ID)
	} else if was.State != is.State {
		d.Moved = append(d.Moved, m.ID)
	}
	if !m.Withdrawn && is.Baseline != nil && is.Fingerprint != nil {
		d.Compared++
	}
	switch {
	case m.Withdrawn:
		d.Withdrawn++
	case is.State == breach.ResetExempt:
		d.Changed++
	default:
		d.Planned++
		if !breach.IsMemberID(m.ID) {
			d.unnamed++
		}
		d.ways(m, held)
	}
}

// ways notes who is planned and cannot have a ticket by themselves.
func (d *Draft) ways(m Member, held *Held) {
	if !m.Login {
		d.NoLogin = append(d.NoLogin, m.ID)
	}
	switch {
	case held == nil:
	case !held.Found:
		d.Unknown = append(d.Unknown, m.ID)
	case !held.Live:
		d.NotLive = append(d.NotLive, m.ID)
	case held.Blank:
		d.Blank++
	}
}

// dropped takes back what was only planned of members whom the version does not ask.
func (d *Draft) dropped(before map[string]breach.Reset) {
	for id, was := range before {
		switch {
		case !was.Planned():
			d.Stays = append(d.Stays, id)
		case was.State == breach.ResetPlanned:
			d.Dropped = append(d.Dropped, id)
		}
	}
	slices.SortFunc(d.Stays, compareIDs)
	slices.SortFunc(d.Dropped, compareIDs)
	// Their rows are written anew as well when keys have changed, so that an old key can go.
	for _, id := range slices.SortedFunc(maps.Keys(before), compareIDs) {
		d.members = append(d.members, Planned{MemberID: id, Withdrawn: true})
	}
}

// Commit plans as drafted and calls done with how many members are planned. What was
// changed by others since the draft is planned as it is then. It may be repeated.
func (d *Draft) Commit(ctx context.Context, st PlanStore, entry audit.Entry, done func(members int)) error {
	for part := range slices.Chunk(d.members, atOnce) {
		if _, err := st.Plan(ctx, entry, part); err != nil {
			return fmt.Errorf("planning: %w", err)
		}
		done(len(part))
	}
	return nil
}

// Size is how many members a commit goes through.
func (d *Draft) Size() int { return len(d.members) }

// compareIDs orders member ids as people do: 9 before 10.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
