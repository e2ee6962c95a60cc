package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"exposure/internal/audit"
)

// LeaveKey prepares letter numbers for the end of an older tag key: they are found and
// proven under the newest from then on, as those of the people of the published version.
// Safe to repeat.
func (l *Letters) LeaveKey(ctx context.Context, id string, entry audit.Entry) error {
	published, err := l.roster.Published(ctx)
	if err != nil && !errors.Is(err, ErrNoVersion) {
		return fmt.Errorf("leaving a tag key: %w", err)
	}
	entry.Action = audit.LetterIssue
	return leaveKey(ctx, l.bindings, l.db, id, lettersBegin, entry, func(w *memberWriter, r *letterRow) error {
		from := r.handle
		p, err := l.personIn(ctx, published.ID, r.person)
		switch {
		case err == nil:
			r.person = p.handle
		case !errors.Is(err, ErrUnknownPerson) && !errors.Is(err, ErrUnknownVersion):
			return err
		}
		r.handle, r.keyCheck = l.keys.PersonHandles(letterName(r.person))[0], l.keys.RosterKeys()[0].Check
		if err := w.rename(true, "letters", from, r.handle); err != nil {
			return err
		}
		if err := w.bind(r, r.state); err != nil {
			return err
		}
		return l.put(w, r)
	})
}
