package mailer

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/breaker"
	"exposure/internal/email"
	"exposure/internal/otp"
	"exposure/internal/wording"
)

// phoneDigits is the length of a short phone code, whatever the breaker says: it is read out
// in pairs, and only agents, who are known and limited, can try one.
const phoneDigits = 8

// Why no mail goes.
var (
	// errNoCode: the code store has no room for a code of this address.
	errNoCode = errors.New("no code may be issued")
	// errNotListed: the address is not on the list, and only that would earn it a mail.
	errNotListed = errors.New("the address is not on the list")
	// errNotOwed: the address had the mail that it is owed beyond the budget of everybody.
	errNotOwed = errors.New("the address has had the mail of the day")
)

// pacedError: the domain has had its share of mails for now.
type pacedError struct{ after time.Duration }

func (pacedError) Error() string { return "the domain is being paced" }

// late: a mail that leaves so long after it was asked for carries a long code. A short one
// lives half an hour, and no longer than its verification, which ends an hour after it began.
const late = 30 * time.Minute

// drawn is a pair of codes for one mail. Only the form that Issue chose is mailed; both
// are drawn before, because one call has to decide and to store.
type drawn struct{ short, long string }

// handle works on one entry to its end: done, put back or put on the shelf. The hand is one of
// that crew.
func (w *Worker) handle(ctx context.Context, e Entry, crew lane) {
	in := w.laneOf(e, crew)
	age := w.c.Now().Sub(e.Mail.RequestedAt)
	expired := age > maxAge(e.Mail) || age < -MaxAge // the latter only if a clock was wrong by an hour
	_, settled := w.settled.get(e.ID)
	switch {
	case e.Damaged:
		w.unread(ctx, e)
		return
	case settled, e.StandIn && expired: // a mail that is as old takes no turn either
		w.finish(ctx, e.ID)
		return
	case e.StandIn:
		w.standIn(ctx, e, in)
		return
	case expired:
		w.forgo(ctx, e, &w.counts.expired)
		return
	case in == ahead && e.hasTurn() && w.holdsBack(ctx, e):
		return
	}
	deadline := time.Now().Add(w.c.Deadline)
	if e.Until.Before(deadline) {
		deadline = e.Until
	}
	attempt, cancel := context.WithDeadline(ctx, deadline)
	err := w.mail(attempt, e, in)
	cancel()
	w.settle(ctx, e, in, err)
}

// newsAge is the age at which nobody is told any more that their password was changed: by
// then they have logged in, or have called.
const newsAge = 24 * time.Hour

func maxAge(m CodeMail) time.Duration {
	if m.Purpose == otp.PasswordChanged {
		return newsAge
	}
	return MaxAge
}

// settle does with the entry what the outcome of its mail asks for.
func (w *Worker) settle(ctx context.Context, e Entry, in lane, err error) {
	var permanent *PermanentError
	var paced pacedError
	switch {
	case err == nil:
		w.counts.sent(w.c.Now(), e.Mail.RequestedAt)
		w.waitTimes.turn(w.c.Now(), e, in, true)
		if w.troubled.Swap(false) {
			w.c.Log.Info("code mails are accepted again")
		}
		w.over(ctx, e, in)
	case errors.Is(err, errNoCode):
		w.forgo(ctx, e, &w.counts.withheld)
	case errors.Is(err, errNotListed), errors.Is(err, errNotOwed):
		// What is charged stays so: what an address is owed must not tell who is on the list.
		w.counts.withheld.Add(1)
		w.finish(ctx, e.ID)
	case errors.As(err, &paced):
		w.counts.paced.Add(1)
		w.waitTimes.failure(w.c.Now(), e, in, err)
		w.putBack(ctx, e, paced.after, NotMailed)
	case errors.As(err, &permanent):
		w.counts.refused.Add(1)
		w.waitTimes.turn(w.c.Now(), e, in, false) // as its stand-in's, had it gone ahead
		w.c.Log.Warn("code mail refused for good", "step", string(permanent.Step), "code", permanent.Code, "enhanced", permanent.Enhanced)
		w.over(ctx, e, in)
	default:
		w.counts.retried.Add(1)
		w.waitTimes.failure(w.c.Now(), e, in, err)
		level := slog.LevelWarn
		if w.troubled.Swap(true) {
			level = slog.LevelDebug // a mail server that is down fails them all
		}
		w.c.Log.Log(ctx, level, "code mail waits for another try", "error", err)
		w.putBack(ctx, e, w.backOff(w.c.Now().Sub(e.Mail.RequestedAt)), mailed(err))
	}
}

// mail draws a code, has it stored and sends it. The life of the code counts from
// storing it, which is just before the mail leaves, or waits for a connection.
func (w *Worker) mail(ctx context.Context, e Entry, in lane) error {
	m := e.Mail
	if err := w.c.Shut(ctx); err != nil {
		return err
	}
	tags := w.c.Keys.Tags(m.Address)
	if err := w.mayGo(ctx, m, tags, in); err != nil {
		return err
	}
	if m.Purpose == otp.PasswordChanged {
		text := wording.PasswordChangedMail(w.c.Incident, m.RequestedAt)
		return w.send(ctx, in, compose(w.c.Incident, w.from, w.fromName, m.Address, text, w.c.Now()))
	}
	past, err := w.c.History(ctx, tags, m.Purpose)
	if err != nil {
		return fmt.Errorf("reading past guesses: %w", err)
	}
	codes, err := w.codes(e.ID, m.Purpose)
	if err != nil {
		return fmt.Errorf("drawing a code: %w", err)
	}
	tag := tags.Oldest() // where the journey looks for codes, whatever keys are added
	issued, err := w.c.Issuer.Issue(ctx, otp.Issue{
		Slot: e.ID, Tag: tag, Purpose: m.Purpose, Nonce: m.Nonce,
		ShortMAC: w.shortMAC(m, tag, codes.short),
		LongMAC:  otp.LongMAC(w.c.Keys, m.Purpose, tag, codes.long, w.c.Now()),
		WantLong: m.Long || m.Purpose != otp.Phone && w.longOnly(m), Past: past,
	})
	if err != nil {
		return fmt.Errorf("storing a code: %w", err)
	}
	if issued.None {
		return errNoCode
	}
	code := codes.short
	if issued.Form == otp.Long {
		code = codes.long
	}
	err = w.send(ctx, in, w.message(m, code, issued))
	w.remember(e.ID, codes, err)
	return err
}

// longOnly tells whether a short code would not be accepted, or not as long as its mail says.
func (w *Worker) longOnly(m CodeMail) bool {
	return w.c.Breaker.Level() >= breaker.LongOnly || w.c.Now().Sub(m.RequestedAt) > late
}

// mayGo tells whether a mail may leave now, before a code is drawn for it.
func (w *Worker) mayGo(ctx context.Context, m CodeMail, tags breach.Tags, in lane) error {
	if m.ListedOnly {
		listed, err := w.c.Listed(ctx, tags)
		if err != nil {
			return fmt.Errorf("asking whether an address is listed: %w", err)
		}
		if !listed {
			return errNotListed
		}
	}
	if m.Owed {
		owed, err := w.c.Owed(ctx, m)
		if err != nil {
			return fmt.Errorf("charging what an address is owed: %w", err)
		}
		if !owed {
			return errNotOwed
		}
	}
	if wait := w.c.Pace(ctx, m.Address.Domain(), in == ahead); wait > 0 {
		return pacedError{wait}
	}
	return nil
}

// shortMAC binds a web code to the browser's verification and a phone code to the
// address, which may be read out in a second call.
func (w *Worker) shortMAC(m CodeMail, tag breach.Tag, digits string) [32]byte {
	if m.Purpose == otp.Phone {
		return otp.PhoneMAC(w.c.Keys, tag, digits)
	}
	return otp.ShortMAC(w.c.Keys, m.Purpose, m.Nonce, w.c.Keys.DeriveSecret(otp.SecretLabel, m.Nonce[:]), digits)
}

func (w *Worker) message(m CodeMail, code string, issued otp.Issued) Message {
	words := wording.WebCodeMail
	if m.Purpose == otp.Phone {
		words = wording.PhoneCodeMail
	}
	text := words(w.c.Incident, code, issued.Form == otp.Long, issued.Expires)
	return compose(w.c.Incident, w.from, w.fromName, m.Address, text, w.c.Now())
}

// compose is every mail with a code.
func compose(in *breach.Incident, from email.Address, name string, to email.Address, text wording.CodeMail, now time.Time) Message {
	return Message{
		From: from, FromName: name, To: to, Subject: text.Subject, Body: text.Body, Date: now.In(in.Zone),
		// A new one for every attempt: mailboxes drop what repeats an id, and of two
		// mails with different codes it is the later that has to be read.
		MessageID: messageID(from.Domain()),
	}
}

// codes returns the codes to mail for an entry.
//
// When the connection broke after the whole mail had been sent, nobody knows whether it
// will arrive. The retry uses the same slot, and issuing replaces the MAC in that slot, unless
// the code must be a long one only by now:
// with a new code only the second mail would work, and people who open the first read a
// code that is not accepted. So this worker keeps the codes of such a mail until it is
// settled and sends the same ones again; then whichever mail is opened works. Should
// another worker take over (this process died, or the mail left and the outbox could not
// be told), it draws new codes under the same slot: the earlier mail, if it arrives, is
// void, and the later one counts. A second slot would keep both alive, but would use up
// the person's few slots and mails of the day on our trouble.
func (w *Worker) codes(id string, purpose otp.Purpose) (drawn, error) {
	if kept, ok := w.unsettled.get(id); ok {
		return kept, nil
	}
	digits := w.c.Digits()
	switch {
	case purpose == otp.Phone: // the breaker counts what is typed on the page
		digits = phoneDigits
	case w.c.Breaker.Level() >= breaker.Longer:
		digits = max(digits, breaker.LongerDigits)
	}
	short, err := otp.DrawShort(digits)
	if err != nil {
		return drawn{}, err
	}
	long, err := otp.DrawLong()
	return drawn{short, long}, err
}

// remember keeps the codes of a mail that may arrive although it has to be sent again.
func (w *Worker) remember(id string, codes drawn, err error) {
	if mailed(err) == MaybeMailed {
		w.unsettled.put(id, codes, w.c.Now())
	}
}

// backOff waits longer the older the request is, so that it needs no memory of earlier
// tries and another worker goes on where this one stopped: half the age, at least
// BackOff and at most MaxBackOff, spread by jitter.
func (w *Worker) backOff(age time.Duration) time.Duration {
	return jitter(min(max(age/2, w.c.BackOff), w.c.MaxBackOff))
}

// jitter returns a time between half of d and d.
func jitter(d time.Duration) time.Duration {
	return d/2 + mathrand.N(d/2+1)
}

// unhurried keeps the values of ctx but not its end: an outcome is written down even
// when the worker is told to stop. Outboxes have their own deadline for it.
func unhurried(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func messageID(domain string) string {
	var b [20]byte
	rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:])) + "@" + domain
}
