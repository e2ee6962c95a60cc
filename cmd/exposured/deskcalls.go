package main

import (
	"exposure/internal/agent"
	"exposure/internal/alarm"
)

// newCalls is what agents do while somebody is on the telephone.
func (b *product) newCalls(p parts, log agent.Recorder, limits agent.Limits, trainees agent.Trainees) (*agent.Calls, error) {
	return agent.NewCalls(agent.CallsConfig{
		Incident: p.Incident, Journey: b.service, Sessions: b.sessions, Recorder: log, Limits: limits, Keys: p.Keys, Trainees: trainees,
		Foreign: func() { b.alarms.Note(alarm.AgentForeign) }, Now: p.Now,
	})
}
