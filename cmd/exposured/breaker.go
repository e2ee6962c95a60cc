package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/alarm"
	"exposure/internal/breaker"
	"exposure/internal/sqlstore"
)

// openBreaker counts the wrong codes of the last day; every change of the level is logged
// and counted from here on.
func openBreaker(ctx context.Context, audit *sqlstore.Audit, r *prometheus.Registry, p parts, alarms *alarms) (*breaker.Breaker, error) {
	changes := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "exposure_breaker_changes_total", Help: "Changes of the breaker's level.",
	})
	b, err := breaker.New(ctx, breaker.Config{Log: audit, Now: p.Now, Changed: func(from, to breaker.Level) {
		changes.Inc()
		alarms.Set(alarm.BreakerLonger, to >= breaker.Longer)
		alarms.Set(alarm.BreakerLongOnly, to >= breaker.LongOnly)
		if to > from {
			p.Log.Error("wrong codes from many networks: the breaker tripped", "level", int(to), "before", int(from))
		} else {
			p.Log.Warn("fewer wrong codes: the breaker is lowered", "level", int(to), "before", int(from))
		}
	}})
	if err != nil {
		return nil, err
	}
	r.MustRegister(changes, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "exposure_breaker_level", Help: "0 calm, 1 longer codes, 2 long codes only.",
	}, func() float64 { return float64(b.Level()) }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "exposure_breaker_failures", Help: "Wrong short codes of the last day, at most 20 of a network.",
	}, func() float64 { return float64(b.Failures()) }))
	return b, nil
}

const (
	// lookForOthersEvery is how long failures that other nodes wrote may go unnoticed. What
	// this node sees counts at once.
	lookForOthersEvery = time.Second
	// recountEvery is how long failures count that are older than a day.
	recountEvery  = 30 * time.Second
	recountWithin = 20 * time.Second
	// recountShare: counting takes one part in so many of the time, however fast others write.
	recountShare = 10
)

// counted is when the breaker's count was last made by the log, how long that took, and
// whether it failed.
type counted struct {
	at     time.Time
	took   time.Duration
	failed bool
}

// recount keeps the breaker's count by the log until ctx ends.
func (b *product) recount(ctx context.Context) error {
	tick := time.NewTicker(lookForOthersEvery)
	defer tick.Stop()
	last := counted{at: time.Now()}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			last = b.recountAfter(ctx, last, time.Now())
		}
	}
}

// recountAfter counts if others wrote rows since the last count, or may have, or it is old. The
// others' rows are those that were there when it was counted last: of a count that failed
// nothing is taken for counted.
func (b *product) recountAfter(ctx context.Context, last counted, now time.Time) counted {
	call, cancel := context.WithTimeout(ctx, recountWithin)
	defer cancel()
	others, err := b.audit.RowsOfOthers(call)
	wrote := err != nil || others != b.others
	if since := now.Sub(last.at); since <= recountEvery && !(wrote && since > recountShare*last.took) {
		return last
	}
	begun := time.Now()
	if err = errors.Join(err, b.breaker.Refresh(call)); err == nil {
		b.others = others
	} else if !last.failed && ctx.Err() == nil {
		b.log.Warn("wrong codes could not be counted anew, the count before holds", "error", err)
	}
	return counted{now, time.Since(begun), err != nil}
}
