package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/alarm"
	"exposure/internal/client"
	"exposure/internal/mypage"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// newMyPage makes the door of the shop's own programs.
func newMyPage(p parts, s stores, clients *sqlstore.Clients, resets mypage.Resets, kits mypage.Kits, a *alarms, r *prometheus.Registry) (*mypage.MyPage, error) {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "exposure_mypage_events_total", Help: "What the shop's own programs asked and were told, by event.",
	}, []string{"event"})
	r.MustRegister(events)
	guard, err := client.NewGuard(client.Config{
		Directory: clients, Limits: s.limits, Hash: p.Keys.NetworkTag, Now: p.Now,
		Tell: func(e client.Event) {
			events.WithLabelValues(string(e)).Inc()
			switch e {
			case client.Suspended:
				a.Note(alarm.ClientSuspended)
			case client.TicketsTried:
				a.Note(alarm.ClientTickets)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return mypage.New(mypage.Config{
		Resets: watchedResets{resets, a}, Kits: kits, Claims: clients, Guard: guard, Zone: p.Incident.Zone, Now: p.Now,
		Count: func(e mypage.Event) { events.WithLabelValues(string(e)).Inc() },
	})
}

// watchedResets sees logins that could not be answered.
type watchedResets struct {
	mypage.Resets
	alarms *alarms
}

// Gate implements mypage.Resets.
func (w watchedResets) Gate(ctx context.Context, memberID string) (reset.Gate, error) {
	g, err := w.Resets.Gate(ctx, memberID)
	w.alarms.unproven(ctx, err)
	return g, err
}
