package main

import (
	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/wording"
)

// newTickets is what agents leave for the shop. What they ask for counts against them.
func (b *product) newTickets(p parts, calls agent.CallOf) (*agent.Tickets, error) {
	return agent.NewTickets(agent.TicketsConfig{
		Store: p.DB.Tickets(p.Keys), Log: b.audit, Recorder: watchedLog{b.audit, b.alarms}, Calls: calls,
		Limits: watchedLimits{b.limits, b.alarms}, Sealer: p.Keys, Incident: p.Incident, Now: p.Now,
	})
}

// ticketAnswers are the approved texts by their ids.
func ticketAnswers() map[string]breach.Text {
	all := map[string]breach.Text{}
	for _, a := range wording.TicketAnswers() {
		all[a.ID] = a.Text
	}
	return all
}
