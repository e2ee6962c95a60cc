package mailer

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"exposure/internal/otp"
)

// finishTries: a mail that left should not leave again from another node, so that it is
// worth a second to take its entry off the outbox.
const finishTries = 3

// forgo takes an entry off the outbox whose mail does not leave any more. Nobody may be kept
// from a code by mails that never came: if it certainly never left, in no try of any worker,
// its code makes room for another, and what it was charged to is given back.
//
// That comes first, and may be done again: who dies in between gives nothing back twice. While
// it cannot be done the entry stays, but not for longer than it waited for its mail.
func (w *Worker) forgo(ctx context.Context, e Entry, count *atomic.Uint64) {
	err := w.giveBack(unhurried(ctx), e)
	if err != nil && w.c.Now().Sub(e.Mail.RequestedAt) < 2*maxAge(e.Mail) {
		w.c.Log.Warn("what an unsent mail was charged to could not be given back yet", "error", err)
		w.putBack(ctx, e, jitter(w.c.MaxBackOff), NotMailed)
		return
	}
	count.Add(1)
	w.finish(ctx, e.ID)
}

// unread leaves an entry that this worker cannot read to others, once: where keys were rotated, a
// server with an old key file takes what another has sealed. Seen again it is damaged.
func (w *Worker) unread(ctx context.Context, e Entry) {
	if _, again := w.strange.get(e.ID); !again {
		w.strange.put(e.ID, struct{}{}, w.c.Now())
		w.stepBack.Store(time.Now().Add(w.c.BackOff / 2).UnixNano())
		w.putBack(ctx, e, w.c.BackOff/4, NotMailed)
		return
	}
	w.strange.drop(e.ID)
	w.counts.damaged.Add(1)
	w.c.Log.Error("outbox entry cannot be read, dropped")
	w.finish(ctx, e.ID)
}

func (w *Worker) giveBack(ctx context.Context, e Entry) error {
	if e.Mail.Purpose == otp.PasswordChanged {
		return nil
	}
	never, err := w.c.Outbox.NeverSent(ctx, e.ID)
	if !never || err != nil {
		return err
	}
	tags := w.c.Keys.Tags(e.Mail.Address)
	if err := w.c.Issuer.Withdraw(ctx, tags.Oldest(), e.Mail.Purpose, e.ID); err != nil {
		return err
	}
	return w.c.Unsent(ctx, e.Mail)
}

// mailed tells whether a try that failed may have sent its mail all the same.
func mailed(err error) Mailed {
	var t *TemporaryError
	if errors.As(err, &t) && t.MaybeAccepted {
		return MaybeMailed
	}
	return NotMailed
}

func (w *Worker) putBack(ctx context.Context, e Entry, after time.Duration, m Mailed) {
	if err := w.c.Outbox.Retry(unhurried(ctx), e.ID, after, m); err != nil {
		// Nothing is lost: the entry comes back when its lease ends.
		w.c.Log.Warn("entry could not be put back", "error", err)
	}
}

// finish takes the entry off the outbox.
func (w *Worker) finish(ctx context.Context, id string) {
	w.unsettled.drop(id)
	w.written(ctx, id, "be taken off the outbox", func() error { return w.c.Outbox.Done(unhurried(ctx), id) })
}

// written has the outbox told that the work on an entry is over. If it cannot be told, the entry
// will be handed out again, and this worker then knows better than to mail it twice.
func (w *Worker) written(ctx context.Context, id, what string, write func() error) {
	var err error
	for try := range finishTries {
		if try > 0 {
			sleep(ctx, time.Duration(try*try)*200*time.Millisecond)
		}
		if err = write(); err == nil {
			break
		}
	}
	if err == nil {
		w.settled.drop(id)
		return
	}
	w.c.Log.Error("entry could not "+what, "error", err)
	w.settled.put(id, struct{}{}, w.c.Now())
}
