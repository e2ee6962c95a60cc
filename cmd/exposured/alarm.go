package main

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	"exposure/internal/alarm"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/sqlstore"
)

// alarms are the board and where its messages go, and what requests saw since somebody
// last looked around.
type alarms struct {
	*alarm.Board
	hook *alarm.Webhook // nil: none

	full   atomic.Bool // the outbox refused a mail
	scarce atomic.Bool // little of the mail budget is left
}

func openAlarms(p parts) (*alarms, error) {
	a := &alarms{}
	c := alarm.Config{Log: p.Log}
	if p.Alarm.URL != "" {
		node, err := os.Hostname()
		if err != nil {
			node = "unknown"
		}
		p.Alarm.Incident, p.Alarm.Node, p.Alarm.Log = p.Incident.ID, node, p.Log
		if a.hook, err = alarm.NewWebhook(p.Alarm); err != nil {
			return nil, err
		}
		c.Tell = a.hook.Tell
	}
	a.Board = alarm.New(c)
	return a, nil
}

// run tells of alarms until ctx ends; what is left then is posted for a short while.
func (a *alarms) run(ctx context.Context) error {
	if a.hook == nil {
		return a.Board.Run(ctx)
	}
	posting, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	done := make(chan error, 1)
	go func() { done <- a.hook.Run(posting) }()
	err := a.Board.Run(ctx)
	stop() // after the board has told its last
	return errors.Join(err, <-done)
}

// ours tells whether an error is trouble of ours, and not a client that hung up.
func ours(ctx context.Context, err error) bool {
	return err != nil && !errors.Is(ctx.Err(), context.Canceled)
}

// appended says how writing to the audit log went.
func (a *alarms) appended(ctx context.Context, err error) {
	switch {
	case err == nil:
		a.Set(alarm.AuditAppend, false)
	case errors.Is(err, sqlstore.ErrPublicationGone): // not so the log: it takes other rows
		a.Note(alarm.AnswerUnproven)
	case errors.Is(err, sqlstore.ErrOutdated): // a version was published meanwhile
	case ours(ctx, err):
		a.Set(alarm.AuditAppend, true)
		a.altered(err)
	}
}

// altered looks for the one error that no later success takes back.
func (a *alarms) altered(err error) {
	if errors.Is(err, sqlstore.ErrLogAltered) || errors.Is(err, sqlstore.ErrRolledBack) {
		a.Note(alarm.AuditAltered)
	}
}

// unproven says that somebody's answer, or their guesses, could not be proven. A session of
// before a new key is no trouble.
func (a *alarms) unproven(ctx context.Context, err error) {
	if ours(ctx, err) && !errors.Is(err, breach.ErrNoTag) {
		a.Note(alarm.AnswerUnproven)
		a.altered(err)
	}
}

// watchedRoster sees answers that are refused.
type watchedRoster struct {
	lookup.Roster
	alarms *alarms
}

// Standing implements lookup.Roster.
func (w watchedRoster) Standing(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error) {
	past, err := w.Roster.Standing(ctx, tags, purpose)
	w.alarms.unproven(ctx, err)
	return past, err
}

// Answer implements lookup.Roster.
func (w watchedRoster) Answer(ctx context.Context, tags breach.Tags) (breach.Version, breach.Answer, error) {
	version, answer, err := w.Roster.Answer(ctx, tags)
	w.alarms.unproven(ctx, err)
	return version, answer, err
}

// watchedLetters sees letter numbers of which nobody can tell whose they are.
type watchedLetters struct {
	letters *sqlstore.Letters
	alarms  *alarms
}

// Holder implements lookup.Letters.
func (w watchedLetters) Holder(ctx context.Context, tags breach.Tags) (breach.Version, breach.LetterHolder, error) {
	version, holder, err := w.letters.Holder(ctx, tags)
	if !errors.Is(err, breach.ErrNoLetter) { // that is proven
		w.alarms.unproven(ctx, err)
	}
	return version, holder, err
}

// watchedMembers sees resets that cannot be proven.
type watchedMembers struct {
	*sqlstore.Resets
	alarms *alarms
}

var _ lookup.Resets = watchedMembers{}

// ContactsOf implements lookup.Resets.
func (w watchedMembers) ContactsOf(ctx context.Context, tags breach.Tags) ([]string, error) {
	all, err := w.Resets.ContactsOf(ctx, tags)
	w.alarms.unproven(ctx, err)
	return all, err
}

// ByRef implements lookup.Resets.
func (w watchedMembers) ByRef(ctx context.Context, version int64, refs []int64) (map[int64]breach.Reset, error) {
	all, err := w.Resets.ByRef(ctx, version, refs)
	w.alarms.unproven(ctx, err)
	return all, err
}

// past is the history that the mail worker reads.
func (a *alarms) past(history mailer.History) mailer.History {
	return func(ctx context.Context, tags breach.Tags, purpose otp.Purpose) ([]otp.Past, error) {
		past, err := history(ctx, tags, purpose)
		a.unproven(ctx, err)
		return past, err
	}
}

// watchedLog sees whether the audit log takes rows.
type watchedLog struct {
	lookup.Recorder
	alarms *alarms
}

// Append implements lookup.Recorder.
func (w watchedLog) Append(ctx context.Context, entries ...audit.Entry) error {
	err := w.Recorder.Append(ctx, entries...)
	w.alarms.appended(ctx, err)
	return err
}

// watchedLimits sees limits that cannot be checked, and that one of everybody or of an agent
// is over.
type watchedLimits struct {
	*ratelimit.Limiter
	alarms *alarms
}

func (w watchedLimits) see(ctx context.Context, err error) {
	var over *ratelimit.Exceeded
	switch {
	case errors.As(err, &over):
		switch over.Name {
		case ratelimit.LetterGlobal:
			w.alarms.Note(alarm.LetterGlobal)
		case ratelimit.AgentCode, ratelimit.AgentGuess, ratelimit.AgentLetter, ratelimit.AgentNote:
			w.alarms.Note(alarm.AgentRate)
		}
	case ours(ctx, err):
		w.alarms.Note(alarm.Limits)
	}
}

// Take implements lookup.Limits.
func (w watchedLimits) Take(ctx context.Context, name ratelimit.Name, key string) (ratelimit.Usage, error) {
	u, err := w.Limiter.Take(ctx, name, key)
	w.see(ctx, err)
	return u, err
}

// TakeAll implements lookup.Limits.
func (w watchedLimits) TakeAll(ctx context.Context, counters ...ratelimit.Counter) ([]ratelimit.Usage, error) {
	usages, err := w.Limiter.TakeAll(ctx, counters...)
	w.see(ctx, err)
	return usages, err
}

// Borrow implements lookup.Limits.
func (w watchedLimits) Borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error) {
	loan, usages, err := w.Limiter.Borrow(ctx, counters...)
	w.see(ctx, err)
	return loan, usages, err
}

// TakeFirst implements lookup.MailLimits.
func (w watchedLimits) TakeFirst(ctx context.Context, r ratelimit.Receipt, ways ...[]ratelimit.Counter) (int, error) {
	way, err := w.Limiter.TakeFirst(ctx, r, ways...)
	w.see(ctx, err)
	return way, err
}

// watchedOutbox sees that the outbox is full.
type watchedOutbox struct {
	lookup.Outbox
	alarms *alarms
}

// Room implements lookup.Outbox.
func (w watchedOutbox) Room(ctx context.Context) error { return w.see(w.Outbox.Room(ctx)) }

// Enqueue implements lookup.Outbox.
func (w watchedOutbox) Enqueue(ctx context.Context, m otp.MailRequest) error {
	return w.see(w.Outbox.Enqueue(ctx, m))
}

func (w watchedOutbox) see(err error) error {
	if errors.Is(err, otp.ErrOutboxFull) {
		w.alarms.full.Store(true)
	}
	return err
}
