package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/alarm"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// lookAtKits looks whether a kit in the shop carries out what was ordered. While this server
// was not there none could report, so silence counts from its start.
func (l *connector) lookAtKits(ctx context.Context) {
	if l.kits == nil {
		return
	}
	down, err := l.kitDown(ctx)
	if err != nil {
		if ours(ctx, err) {
			l.log.Warn("the kit in the shop could not be looked for", "error", err)
		}
		return
	}
	l.alarms.Set(alarm.ConnectorDown, down)
}

func (l *connector) kitDown(ctx context.Context) (bool, error) {
	now := l.now()
	counts, err := l.resets.Count(ctx, now)
	if err != nil {
		return false, err
	}
	if !reset.AnyBarred(counts) {
		return false, nil
	}
	kits, err := l.kits.Kits(ctx)
	if err != nil {
		return false, err
	}
	switch _, standing := reset.Standing(kits, now); standing {
	case reset.KitWorks:
		return false, nil
	case reset.KitWatches:
		return true, nil
	}
	return now.Sub(l.began) > reset.KitSilence, nil
}

// kitMetrics reads the last reports of kits when it is scraped.
type kitMetrics struct {
	clients *sqlstore.Clients
	now     func() time.Time
	age, on *prometheus.Desc
}

func newKitMetrics(clients *sqlstore.Clients, now func() time.Time) kitMetrics {
	return kitMetrics{
		clients: clients, now: now,
		age: prometheus.NewDesc("exposure_kit_last_report_seconds", "How long ago a kit in the shop last reported, by the client whose key it uses.", []string{"client"}, nil),
		on:  prometheus.NewDesc("exposure_kit_on", "1 when it reported that it bars members, 0 that it only watches.", []string{"client"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m kitMetrics) Describe(c chan<- *prometheus.Desc) { c <- m.age; c <- m.on }

// Collect implements prometheus.Collector. What cannot be measured is left out.
func (m kitMetrics) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	kits, err := m.clients.Kits(ctx)
	if err != nil {
		return
	}
	for _, k := range kits {
		on := 0.0
		if k.On {
			on = 1
		}
		c <- prometheus.MustNewConstMetric(m.age, prometheus.GaugeValue, max(0, m.now().Sub(k.At)).Seconds(), k.Client)
		c <- prometheus.MustNewConstMetric(m.on, prometheus.GaugeValue, on, k.Client)
	}
}
