package main

import (
	"exposure/internal/agent"
	"exposure/internal/alarm"
	"exposure/internal/session"
)

// newCalls is what agents do while somebody is on the telephone. The call each of them is in
// lives as long as a session of a customer.
func (b *product) newCalls(p parts, s stores, trainees agent.Trainees) (*agent.Calls, error) {
	sessions, err := session.New(session.Config{Backend: s.sessions, Sealer: p.Keys, Now: p.Now})
	if err != nil {
		return nil, err
	}
	return agent.NewCalls(agent.CallsConfig{
		Incident: p.Incident, Journey: b.service, Sessions: sessions, Recorder: watchedLog{b.audit, b.alarms},
		Limits: watchedLimits{s.limits, b.alarms}, Keys: p.Keys, Trainees: trainees, Foreign: func() { b.alarms.Note(alarm.AgentForeign) }, Now: p.Now,
	})
}
