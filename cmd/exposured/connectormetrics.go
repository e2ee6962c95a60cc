package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/breach"
)

// resetMetrics reads the resets, and how they get through to the shop, when it is scraped.
type resetMetrics struct {
	link *connector

	resets, oldest                       *prometheus.Desc
	sweeping, seen, behind               *prometheus.Desc
	waiting, waitingOldest, dead, halted *prometheus.Desc
}

func newResetMetrics(l *connector) resetMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return resetMetrics{
		link:          l,
		resets:        desc("exposure_resets", "Forced password resets by state.", "state"),
		oldest:        desc("exposure_resets_oldest_required_seconds", "How long the longest is required of those whose owner asked for no ticket yet."),
		sweeping:      desc("exposure_connector_sweeping", "Members whose password is worthless and whose sessions are ended once more, soon."),
		seen:          desc("exposure_connector_members_total", "Members that the direct connector barred, or found otherwise than before.", "outcome"),
		behind:        desc("exposure_connector_last_read_seconds", "How long ago something was last read from the shop's database."),
		waiting:       desc("exposure_webhook_waiting", "Members of whom the shop has to be told something."),
		waitingOldest: desc("exposure_webhook_oldest_seconds", "How long the longest of them waits."),
		dead:          desc("exposure_webhook_dead", "Members of whom the shop is told nothing any more, because it did not take it for a day."),
		halted:        desc("exposure_webhook_stopped", "1 after the shop's receiver said that it is gone for good."),
	}
}

// Describe implements prometheus.Collector.
func (m resetMetrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.resets, m.oldest, m.sweeping, m.seen, m.behind, m.waiting, m.waitingOldest, m.dead, m.halted} {
		c <- d
	}
}

// Collect implements prometheus.Collector. What cannot be measured is left out.
func (m resetMetrics) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := m.link.now()
	if counts, err := m.link.resets.Count(ctx, now); err == nil {
		for _, n := range counts {
			gauge(m.resets, float64(n.Total()), string(n.State))
		}
	}
	if age, err := m.link.resets.Oldest(ctx, breach.ResetRequired, now); err == nil {
		gauge(m.oldest, age.Seconds())
	}
	m.direct(c, gauge)
	if m.link.queue == nil {
		return
	}
	if s, err := m.link.queue.Stats(ctx, now); err == nil {
		stopped := 0.0
		if s.Stopped {
			stopped = 1
		}
		gauge(m.waiting, float64(s.Waiting))
		gauge(m.waitingOldest, s.Oldest.Seconds())
		gauge(m.dead, float64(s.Dead))
		gauge(m.halted, stopped)
	}
}

func (m resetMetrics) direct(c chan<- prometheus.Metric, gauge func(*prometheus.Desc, float64, ...string)) {
	if m.link.enforcer == nil {
		return
	}
	p := m.link.enforcer.Progress()
	for outcome, n := range map[string]int{"barred": p.Barred, "unverified": p.Unverified, "completed": p.Completed, "gone": p.Gone} {
		c <- prometheus.MustNewConstMetric(m.seen, prometheus.CounterValue, float64(n), outcome)
	}
	gauge(m.sweeping, float64(p.Sweeping))
	if !p.LastRead.IsZero() { // 0 would say that it was read just now
		gauge(m.behind, max(0, m.link.now().Sub(p.LastRead)).Seconds())
	}
}
