package sqlstore

import (
	"bytes"
	"context"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// Plan plans resets: who is new gets a row, who was planned before is planned again, what
// is ordered stays. Rows of older keys are written anew under the newest. It takes any
// number, in transactions of a thousand; it may be repeated after a kill.
func (s *Resets) Plan(ctx context.Context, entry audit.Entry, planned []reset.Planned) ([]reset.Replanned, error) {
	var all []reset.Replanned
	for len(planned) > 0 {
		now := planned[:min(len(planned), maxChange)]
		var some []reset.Replanned
		err := s.change(ctx, entry, func(w *memberWriter) error {
			for _, p := range now {
				r, err := w.plan(p)
				if err != nil {
					return err
				}
				some = append(some, r)
			}
			return nil
		})
		if err != nil {
			return all, err
		}
		all, planned = append(all, some...), planned[len(now):]
	}
	return all, nil
}

func (w *memberWriter) plan(p reset.Planned) (reset.Replanned, error) {
	row, found, err := w.reset(p.MemberID)
	if err != nil {
		return reset.Replanned{}, err
	}
	var before breach.Reset
	if found {
		if before, err = row.reset(w.keys); err != nil {
			return reset.Replanned{}, err
		}
	}
	next := row
	next.set(before.Plan(p.Withdrawn, p.Fingerprint, w.entry.At))
	next.keyCheck, next.handle = w.keys.RosterKeys()[0].Check, w.keys.PersonHandles(memberKey(p.MemberID))[0]
	if sealed := w.keys.SealMemberID(p.MemberID); !bytes.HasPrefix(row.memberID, sealed[:4]) { // the key's id
		next.memberID = sealed
	}
	if err := w.rename(found, "resets", row.handle, next.handle); err != nil {
		return reset.Replanned{}, err
	}
	if !found || next.keyCheck != row.keyCheck || !bytes.Equal(next.memberID, row.memberID) || !next.says(&row) {
		if err := w.put(&next); err != nil {
			return reset.Replanned{}, err
		}
	}
	after, err := next.reset(w.keys)
	return reset.Replanned{Reset: after, Was: before.State}, err
}
