package reset

import (
	"context"
	"crypto/sha256"
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
// their reset is completed, by whoever. The mail is queued first and the address taken out of
// the reset then, so that a kill between the two loses no mail; it has a name, so that the
// next turn, or another teller at the same time, queues no second one.
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
				if err := t.tell(ctx, l.Reset); err != nil {
					return err
				}
			}
			t.after = l.Change
		}
	}
}

func (t *Teller) tell(ctx context.Context, r breach.Reset) error {
	address, err := openNotice(t.c.Keys, r.MemberID, r.Notify)
	if err != nil {
		t.c.Log.Warn("a completed reset cannot be told: its address does not open", "error", err)
		return t.forget(ctx, r)
	}
	mail := otp.MailRequest{Address: address, Purpose: otp.PasswordChanged, RequestedAt: r.Since, Once: mailName(r)}
	if err := t.c.Outbox.Enqueue(ctx, mail); err != nil {
		return fmt.Errorf("queueing that a password was changed: %w", err)
	}
	return t.forget(ctx, r)
}

// mailName names the mail about this completion. It is made of what only the key file tells.
func mailName(r breach.Reset) (name [16]byte) {
	sum := sha256.Sum256(fmt.Appendf(r.Handle[:], "%d", r.Since.UnixMilli()))
	copy(name[:], sum[:])
	return name
}

// forget takes the address out of a reset that is told.
func (t *Teller) forget(ctx context.Context, told breach.Reset) error {
	entry := audit.Entry{At: t.c.Now(), Actor: audit.Actor{Kind: audit.System}, Action: audit.ResetComplete, Outcome: audit.Done, Detail: "told"}
	_, err := t.c.Store.Change(ctx, entry, []string{told.MemberID}, func(r breach.Reset) (breach.Reset, error) {
		if r.State == breach.ResetCompleted && r.Since.Equal(told.Since) {
			r.Notify = nil
		}
		return r, nil
	})
	return err
}
