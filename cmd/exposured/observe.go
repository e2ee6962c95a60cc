package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/alarm"
	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
	"exposure/internal/redisdial"
)

const (
	// lookEvery is how long trouble that no request ran into may go unnoticed: well below
	// the time in which people come, and each look costs less than one of their requests.
	lookEvery = 2 * time.Second
	// lookWithin bounds one look.
	lookWithin = 5 * time.Second
	// scarceBelow is the part of the mail budget, one in so many, below which it is nearly
	// spent: at 50,000 mails a day the last 20 % are hours of an ordinary day, enough to
	// have the budget raised.
	scarceBelow = 5
	// waitedTooLong: a sixth of the hour after which a request is dropped. Nobody waits
	// longer for a mail, and there is time to act before the first is lost.
	waitedTooLong = mailer.MaxAge / 6
)

// observe looks around again and again until ctx ends: for what no request tells, and for
// the end of what a request told.
func (b *product) observe(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		b.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (b *product) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	b.lookAtRoster(ctx)
	b.lookAtOutbox(ctx)
	b.lookAtLimits(ctx)
	b.link.lookAtResets(ctx)
	b.link.lookAtWebhook(ctx)
	b.link.lookAtKits(ctx)
	b.canaries.look(ctx)
}

func (b *product) lookAtRoster(ctx context.Context) {
	err := b.roster.Ready(ctx)
	if err == nil {
		err = b.lookAtDigits(ctx)
	}
	if err == nil || ours(ctx, err) {
		b.alarms.Set(alarm.RosterUnproven, err != nil || b.doubt.Load() != nil)
		b.alarms.altered(err) // the log says which publication and which pause is the newest
	}
}

func (b *product) lookAtOutbox(ctx context.Context) {
	refused := b.alarms.full.Swap(false)
	s, err := b.worker.Stats(ctx)
	if err != nil {
		b.unavailable(ctx, err)
		return
	}
	b.alarms.Set(alarm.OutboxFull, refused || s.Full())
	b.alarms.Set(alarm.OutboxOld, s.Oldest > waitedTooLong)
}

func (b *product) lookAtLimits(ctx context.Context) {
	if b.redis != nil {
		b.unavailable(ctx, redisdial.Ready(ctx, b.redis, b.prefix))
	}
	mails, err := b.limits.Look(ctx, ratelimit.SendGlobal, "")
	if err == nil {
		b.alarms.scarce.Store(scarce(mails))
		b.alarms.Set(alarm.MailBudgetLow, scarce(mails))
		b.alarms.Set(alarm.MailBudgetSpent, mails.Remaining == 0)
	}
	b.unavailable(ctx, err)
}

// scarce tells whether less than the last part of a budget is left.
func scarce(u ratelimit.Usage) bool { return u.Remaining <= u.Limit/scarceBelow }

// unavailable notes that the short-lived stores cannot be used, if so.
func (b *product) unavailable(ctx context.Context, err error) {
	if ours(ctx, err) {
		b.alarms.Note(alarm.Limits)
	}
}

// alarmMetrics reads the board when it is scraped.
type alarmMetrics struct {
	alarms           *alarms
	begun, on, posts *prometheus.Desc
}

func newAlarmMetrics(a *alarms) alarmMetrics {
	return alarmMetrics{
		alarms: a,
		begun:  prometheus.NewDesc("exposure_alarms_total", "How often an alarm began.", []string{"alarm"}, nil),
		on:     prometheus.NewDesc("exposure_alarm_on", "1 while an alarm is on.", []string{"alarm"}, nil),
		posts:  prometheus.NewDesc("exposure_alarm_posts_total", "Messages to the webhook that were delivered or dropped, and attempts that failed.", []string{"outcome"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m alarmMetrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.begun, m.on, m.posts} {
		c <- d
	}
}

// Collect implements prometheus.Collector.
func (m alarmMetrics) Collect(c chan<- prometheus.Metric) {
	for _, s := range m.alarms.States() {
		on := 0.0
		if s.On {
			on = 1
		}
		c <- prometheus.MustNewConstMetric(m.begun, prometheus.CounterValue, float64(s.Begun), string(s.Kind))
		c <- prometheus.MustNewConstMetric(m.on, prometheus.GaugeValue, on, string(s.Kind))
	}
	if m.alarms.hook == nil {
		return
	}
	n := m.alarms.hook.Counts()
	for outcome, count := range map[string]uint64{"delivered": n.Delivered, "failed": n.Failed, "dropped": n.Dropped} {
		c <- prometheus.MustNewConstMetric(m.posts, prometheus.CounterValue, float64(count), outcome)
	}
}
