package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/lookup"
	"exposure/internal/mailer"
)

// eventCounter counts what the journey tells of.
func eventCounter(r *prometheus.Registry) func(lookup.Event) {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "exposure_journey_events_total", Help: "What happened on the journeys, by event.",
	}, []string{"event"})
	r.MustRegister(c)
	return func(e lookup.Event) { c.WithLabelValues(string(e)).Inc() }
}

// mailMetrics reads the worker's counters when they are scraped.
type mailMetrics struct {
	worker                                *mailer.Worker
	mails, waiting, oldest, delays, first *prometheus.Desc
}

func newMailMetrics(w *mailer.Worker) mailMetrics {
	return mailMetrics{
		worker:  w,
		mails:   prometheus.NewDesc("exposure_mails_total", "Code mails by how they ended.", []string{"outcome"}, nil),
		waiting: prometheus.NewDesc("exposure_outbox_waiting", "Code mails waiting or in work.", nil, nil),
		oldest:  prometheus.NewDesc("exposure_outbox_oldest_seconds", "How long the oldest waiting code mail has waited.", nil, nil),
		delays:  prometheus.NewDesc("exposure_mail_delay_seconds", "How long people wait for a code now.", nil, nil),
		first:   prometheus.NewDesc("exposure_mail_listed_first", "1 while mail is short and listed people are mailed first.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m mailMetrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.mails, m.waiting, m.oldest, m.delays, m.first} {
		c <- d
	}
}

// scrapeTimeout bounds measuring the outbox: a scrape must not hang on a dead Redis.
const scrapeTimeout = 2 * time.Second

// Collect implements prometheus.Collector. With the outbox out of reach the counters are
// still told, and the measures are left out.
func (m mailMetrics) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	s, err := m.worker.Stats(ctx)
	for outcome, n := range map[string]uint64{
		"mailed": s.Mailed, "refused": s.Refused, "retried": s.Retried,
		"expired": s.Expired, "withheld": s.Withheld, "paced": s.Paced, "damaged": s.Damaged,
	} {
		c <- prometheus.MustNewConstMetric(m.mails, prometheus.CounterValue, float64(n), outcome)
	}
	if err != nil {
		return
	}
	c <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(s.Waiting))
	c <- prometheus.MustNewConstMetric(m.oldest, prometheus.GaugeValue, s.Oldest.Seconds())
	c <- prometheus.MustNewConstMetric(m.delays, prometheus.GaugeValue, s.Delay.Seconds())
	first := 0.0
	if s.ListedFirst {
		first = 1
	}
	c <- prometheus.MustNewConstMetric(m.first, prometheus.GaugeValue, first)
}
