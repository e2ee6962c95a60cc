package reset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// A Kit is a program in the shop that makes passwords worthless and ends sessions itself,
// by the list. This is what its last report said of it, and nothing of any member.
type Kit struct {
	Client   string    // whose key it used
	At       time.Time // when the report came
	Version  string    // its own
	On       bool      // false: it only watches
	ListAge  *time.Duration
	Findings []string // what is not well in the shop, by the names of the API
}

// KitBarred says that a member's password and sessions are worthless, by the list that
// named this time.
type KitBarred struct {
	MemberID string
	Since    time.Time
}

// KitChanged says that a member has a password again. The evidence tells it from others.
type KitChanged struct {
	MemberID string
	Since    time.Time
	Evidence string
}

// KitReport is what a kit sends. No member is named twice in one list.
type KitReport struct {
	Kit
	Barred  []KitBarred
	Changed []KitChanged
}

// KitResets is what a report changes of the resets.
type KitResets interface {
	Get(ctx context.Context, memberID string) (breach.Reset, error)
	Change(ctx context.Context, entry audit.Entry, memberIDs []string, step Step) ([]breach.Reset, error)
}

// KitNotes keeps the last report of each client.
type KitNotes interface {
	NoteKit(ctx context.Context, k Kit) error
}

// Kits takes the reports of kits. Safe for concurrent use.
type Kits struct {
	resets KitResets
	notes  KitNotes
	print  Fingerprint
	now    func() time.Time
}

// NewKits returns what takes reports. resets is nil where the shop's database is reached
// directly: what is seen there counts then, and a kit that says that somebody is barred must
// not keep that from being done. now is the clock, nil for the system's.
func NewKits(resets KitResets, notes KitNotes, print Fingerprint, now func() time.Time) *Kits {
	if now == nil {
		now = time.Now
	}
	return &Kits{resets, notes, print, func() time.Time { return now().UTC().Truncate(time.Millisecond) }}
}

// Report takes note of a report of a client: of the kit first, then of each member of whom
// it is news, with one audit row each. What is stale, and who is not asked for a new
// password, is passed over without a word. No reset ends by it. After an error it may be
// sent again.
func (k *Kits) Report(ctx context.Context, client string, r KitReport) error {
	now := k.now()
	r.Kit.Client, r.Kit.At = client, now
	if err := k.notes.NoteKit(ctx, r.Kit); err != nil {
		return fmt.Errorf("noting the report of a kit: %w", err)
	}
	if k.resets == nil {
		return nil
	}
	barred, changed := map[string]kitNews{}, map[string]kitNews{}
	for _, b := range r.Barred {
		barred[b.MemberID] = func(r breach.Reset) (breach.Reset, bool) { return r.KitBarred(b.Since, now) }
	}
	for _, c := range r.Changed {
		print := k.print(c.MemberID, []byte(c.Evidence))
		changed[c.MemberID] = func(r breach.Reset) (breach.Reset, bool) { return r.KitChanged(c.Since, print, now) }
	}
	if err := k.take(ctx, k.entry(audit.ResetBar, r.Kit), barred); err != nil {
		return fmt.Errorf("noting what a kit barred: %w", err)
	}
	if err := k.take(ctx, k.entry(audit.ResetUnverified, r.Kit), changed); err != nil {
		return fmt.Errorf("noting passwords that a kit found: %w", err)
	}
	return nil
}

func (k *Kits) entry(a audit.Action, by Kit) audit.Entry {
	return audit.Entry{At: by.At, Actor: audit.Actor{Kind: audit.Client, ID: by.Client}, Action: a, Outcome: audit.Done}
}

// kitNews is what a report makes of a reset, and whether that is news.
type kitNews func(breach.Reset) (breach.Reset, bool)

// take changes those of whom there is news. They are read before, so that a report that
// says what is known waits for nobody and lets nobody wait.
func (k *Kits) take(ctx context.Context, entry audit.Entry, all map[string]kitNews) error {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		r, err := k.resets.Get(ctx, id)
		if errors.Is(err, ErrUnknownMember) {
			continue
		}
		if err != nil {
			return err
		}
		if _, news := all[id](r); news {
			ids = append(ids, id)
		}
	}
	for part := range slices.Chunk(ids, atOnce) {
		_, err := k.resets.Change(ctx, entry, part, func(r breach.Reset) (breach.Reset, error) {
			next, _ := all[r.MemberID](r)
			return next, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
