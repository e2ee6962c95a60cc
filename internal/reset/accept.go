package reset

import (
	"context"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Accept ends the reset of a member whose password was changed without a ticket: two
// people answer for it that it was the member. It is breach.ErrNotUnverified when nothing
// waits for that, and when the shop has made that password worthless since.
func Accept(ctx context.Context, st Changer, entry audit.Entry, memberID string, by breach.Approval) error {
	if err := by.Check(); err != nil {
		return err
	}
	entry.Detail = by.String()
	_, err := st.Change(ctx, entry, []string{memberID}, func(r breach.Reset) (breach.Reset, error) { return r.Accept(entry.At) })
	if err != nil {
		return fmt.Errorf("accepting the password of a member: %w", err)
	}
	return nil
}
