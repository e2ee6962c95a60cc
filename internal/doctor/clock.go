package doctor

import (
	"context"
	"errors"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// behind is by how much what was written may be newer than this machine's time.
const behind = time.Minute

// clock compares this machine's with what was written last: nothing is written in the
// future, so that a clock that was put back shows, whatever other machines say.
func (i Installation) clock(ctx context.Context, p *patient, keys *vault.Server, kept []audit.Head) {
	if i.Database == "" {
		return
	}
	db, err := sqlstore.Open(ctx, i.Database)
	if err != nil {
		return // found already
	}
	defer db.Close()
	written, err := db.NewestRow(ctx)
	if err != nil {
		p.trouble(unreadable, "the newest row of the audit log cannot be read: %v", err)
		return
	}
	signed, well := audit.Newest(kept).At, true
	if keys != nil {
		h, _, err := db.NewestHead(ctx, keys)
		switch {
		case errors.Is(err, sqlstore.ErrLogAltered):
			p.trouble("run exposurectl audit verify, which says what to do", "the newest head of the audit log is not as it was written: %v", err)
			well = false // what was kept tells more
		case err != nil:
			p.trouble(unreadable, "the newest head of the audit log cannot be read: %v", err)
			return
		}
		if h.At.After(signed) {
			signed = h.At
		}
	}
	for _, c := range []struct {
		what string
		at   time.Time
	}{{"the newest row of the audit log, which was written", written}, {"the newest head of the audit log, which was signed", signed}} {
		if ahead := c.at.Sub(i.Now()); ahead > behind {
			well = false
			p.trouble("set this machine's clock and keep it set (NTP); if it is right, the clock that wrote this was ahead: set that one",
				"this machine's clock is %v behind %s at %s", ahead.Round(time.Second), c.what, c.at.UTC().Format(time.RFC3339))
		}
	}
	if well && !written.IsZero() {
		p.ok("this machine's clock is not behind what was written last")
	}
}
