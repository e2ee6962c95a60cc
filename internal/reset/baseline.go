package reset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// ErrNoneInPlan: no member of the file has a planned reset.
var ErrNoneInPlan = errors.New("no member of the file is in the plan: run \"exposurectl reset plan\" first, and look whether the file names members as the shop's exports do")

// Hashes calls do with every member of a backup and the hash of their password. An error of
// do ends it and is returned.
type Hashes func(ctx context.Context, do func(memberID, hash string) error) error

// BaselineStore is what a baseline needs of the store.
type BaselineStore interface {
	Reader
	Change(ctx context.Context, entry audit.Entry, memberIDs []string, step Step) ([]breach.Reset, error)
}

// Baseline is what the passwords of planned members were before the breach, by keyed
// fingerprints. It holds no hash.
type Baseline struct {
	prints map[string][]byte
	ids    []string // whose baseline is new or another one

	Read    int // members of the file
	Same    int // have this baseline already
	Ordered int // are ordered already: what they are is settled
	Others  int // of the file, and in no plan
	Missing int // planned or exempt, and not in the file: they are never exempt by it
}

// NewBaseline reads a backup. It changes nothing.
func NewBaseline(ctx context.Context, st BaselineStore, hashes Hashes, print Fingerprint) (*Baseline, error) {
	rows, err := All(ctx, st)
	if err != nil {
		return nil, err
	}
	b := &Baseline{prints: map[string][]byte{}}
	err = hashes(ctx, func(memberID, hash string) error {
		r, planned := rows[memberID]
		b.Read++
		switch {
		case !planned:
			b.Others++
			return nil
		case !r.Planned():
			b.Ordered++
			return nil
		}
		now := print(memberID, []byte(hash))
		b.prints[memberID] = now
		if bytes.Equal(r.Baseline, now) {
			b.Same++
			return nil
		}
		b.ids = append(b.ids, memberID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(b.prints)+b.Ordered == 0 {
		return nil, ErrNoneInPlan
	}
	for id, r := range rows {
		if _, found := b.prints[id]; !found && r.Planned() {
			b.Missing++
		}
	}
	slices.SortFunc(b.ids, compareIDs)
	return b, nil
}

// Size is of how many members it is news.
func (b *Baseline) Size() int { return len(b.ids) }

// Commit keeps the fingerprints. The next plan goes by them. It may be repeated.
func (b *Baseline) Commit(ctx context.Context, st BaselineStore, entry audit.Entry) error {
	for part := range slices.Chunk(b.ids, atOnce) {
		_, err := st.Change(ctx, entry, part, func(r breach.Reset) (breach.Reset, error) {
			if !r.Planned() { // ordered meanwhile
				return r, nil
			}
			return r.SetBaseline(b.prints[r.MemberID])
		})
		if err != nil {
			return fmt.Errorf("keeping the baseline: %w", err)
		}
	}
	return nil
}
