package reset

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
)

// tellEvery is how often is looked for completed resets: a change by somebody else should
// be in the owner's mailbox within seconds.
const tellEvery = 2 * time.Second

// Outbox takes mails. Enqueue returns nil once the mail is safely queued.
type Outbox interface {
	Enqueue(ctx context.Context, m otp.MailRequest) error
}

// TellerConfig is all a Teller depends on. Log and Now may be missing.
type TellerConfig struct {
	Store  Store
	Outbox Outbox
	Keys   Sealer
	Log    *slog.Logger
	Now    func() time.Time
}

// Teller tells members at their login address that their password was changed, once, when
// their reset is completed, by whoever. Several may work at once: one of them takes the
// address out of the reset, and only that one mails it. One that is killed between the two
// tells nobody; one that cannot queue the mail puts the address back.
type Teller struct {
	c     TellerConfig
	after int64 // what is told up to this change
}

// NewTeller returns a teller.
func NewTeller(c TellerConfig) *Teller {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Teller{c: c}
}

// Run tells until ctx ends.
func (t *Teller) Run(ctx context.Context) error {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	troubled := false
	for {
		err := t.Turn(ctx)
		if err != nil && !troubled && ctx.Err() == nil {
			t.c.Log.Error("completed resets cannot be told to their members", "error", err)
		}
		troubled = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Turn tells of all that was completed since the last turn that went well.
func (t *Teller) Turn(ctx context.Context) error {
	for {
		page, err := t.c.Store.List(ctx, Query{States: []breach.ResetState{breach.ResetCompleted}, After: t.after, Limit: 1000})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			if l.Notify != nil {
				if err := t.tell(ctx, l.MemberID); err != nil {
					return err
				}
			}
			t.after = l.Change
		}
	}
}

func (t *Teller) tell(ctx context.Context, memberID string) error {
	var taken breach.Reset
	err := t.change(ctx, memberID, "told", func(r breach.Reset) breach.Reset {
		taken = r
		r.Notify = nil
		return r
	})
	if err != nil || taken.Notify == nil { // another one was faster
		return err
	}
	address, err := openNotice(t.c.Keys, memberID, taken.Notify)
	if err != nil {
		t.c.Log.Warn("a completed reset cannot be told: its address does not open", "error", err)
		return nil
	}
	err = t.c.Outbox.Enqueue(ctx, otp.MailRequest{Address: address, Purpose: otp.PasswordChanged, RequestedAt: taken.Since})
	if err == nil {
		return nil
	}
	// What was taken must not be lost because the program is told to stop.
	back := t.change(context.WithoutCancel(ctx), memberID, "not told yet", func(r breach.Reset) breach.Reset {
		r.Notify = taken.Notify
		return r
	})
	return fmt.Errorf("queueing that a password was changed: %w", errors.Join(err, back))
}

func (t *Teller) change(ctx context.Context, memberID, detail string, do func(breach.Reset) breach.Reset) error {
	entry := audit.Entry{At: t.c.Now(), Actor: audit.Actor{Kind: audit.System}, Action: audit.ResetComplete, Outcome: audit.Done, Detail: detail}
	_, err := t.c.Store.Change(ctx, entry, []string{memberID}, func(r breach.Reset) (breach.Reset, error) {
		if r.State != breach.ResetCompleted {
			return r, nil
		}
		return do(r), nil
	})
	return err
}
