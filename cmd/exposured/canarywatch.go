package main

import (
	"context"
	"log/slog"
	"time"

	"exposure/internal/alarm"
	"exposure/internal/audit"
	"exposure/internal/lookup"
	"exposure/internal/sqlstore"
)

const (
	// touchedQueue bounds what waits to be written. Whoever asks more often than the log
	// takes rows has set off the alarm already.
	touchedQueue = 1024
	// touchedAgain is how long to wait for a log that takes no rows.
	touchedAgain = time.Second
	// touchedWrite bounds writing one row.
	touchedWrite = 5 * time.Second
)

// canaryWatch sees that somebody asks for a person who does not exist. It implements
// [lookup.Canaries]: who asks waits for nothing, because the row about it is written by
// run. What waits is written before the program ends; a kill -9 loses it, not the alarm's
// line in the log.
type canaryWatch struct {
	canaries *sqlstore.Canaries
	recorder lookup.Recorder
	alarms   *alarms
	log      *slog.Logger
	touched  chan lookup.Question
	doubted  bool // the last look found something wrong; of look only
}

func newCanaryWatch(c *sqlstore.Canaries, r lookup.Recorder, a *alarms, log *slog.Logger) *canaryWatch {
	return &canaryWatch{canaries: c, recorder: r, alarms: a, log: log, touched: make(chan lookup.Question, touchedQueue)}
}

// AskedFor implements lookup.Canaries.
func (w *canaryWatch) AskedFor(q lookup.Question) {
	if !w.canaries.Holds(q.Tags) {
		return
	}
	w.alarms.Note(alarm.Canary)
	select {
	case w.touched <- q:
	default:
		w.log.Error("a canary was looked up, and so many were before that there is no row about it")
	}
}

// look learns which canaries there are now. What cannot be proven changes nothing but the
// alarm.
func (w *canaryWatch) look(ctx context.Context) {
	err := w.canaries.Refresh(ctx)
	if err != nil && !ours(ctx, err) {
		return
	}
	if err != nil && !w.doubted {
		w.log.Error("the canaries cannot be proven", "error", err)
	}
	w.doubted = err != nil
	w.alarms.Set(alarm.CanariesUnproven, w.doubted)
}

// run writes rows until ctx ends, and then what waits.
func (w *canaryWatch) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			w.drain()
			return nil
		case q := <-w.touched:
			w.record(ctx, q)
		}
	}
}

// record writes a row, however often that fails, until ctx ends: then once more.
func (w *canaryWatch) record(ctx context.Context, q lookup.Question) {
	for w.append(ctx, q) != nil {
		again := time.NewTimer(touchedAgain)
		select {
		case <-ctx.Done():
			again.Stop()
			w.last(q)
			return
		case <-again.C:
		}
	}
}

func (w *canaryWatch) drain() {
	for {
		select {
		case q := <-w.touched:
			w.last(q)
		default:
			return
		}
	}
}

func (w *canaryWatch) last(q lookup.Question) {
	if err := w.append(context.Background(), q); err != nil {
		w.log.Error("a canary was looked up, and there is no row about it", "error", err)
	}
}

// append is not broken off when ctx ends: the row may be written all the same, and would
// then be written twice.
func (w *canaryWatch) append(ctx context.Context, q lookup.Question) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchedWrite)
	defer cancel()
	tag := q.Tags.Newest()
	return w.recorder.Append(ctx, audit.Entry{
		At: q.At, Actor: q.Actor, Action: audit.CanaryTouched, Outcome: audit.Done, Tag: &tag, Network: q.Network,
	})
}
