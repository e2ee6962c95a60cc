package main

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/agent"
	"exposure/internal/alarm"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/console"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// callCentre is where and when the call centre works.
type callCentre struct {
	URL  *url.URL // nil: there is none
	Open func(time.Time) bool
}

// deskHours are those of the help line and a margin before and after them.
func deskHours(in *breach.Incident, margin time.Duration, always bool) func(time.Time) bool {
	if always {
		return agent.Always
	}
	return func(t time.Time) bool { return in.Contact.Hours.OpenWithin(t, margin) }
}

// openDesk builds the call centre on what customers are answered by; nil without an address.
func (b *product) openDesk(p parts, s stores) (err error) {
	if p.Desk.URL == nil {
		return nil
	}
	counter := newDeskCounter(b.registry)
	limits := watchedLimits{s.limits, b.alarms}
	b.agents = p.DB.Agents(p.Keys)
	log := deskLog{watchedLog{b.audit, b.alarms}, counter}
	accounts, err := agent.NewAccounts(agent.AccountsConfig{
		Roll: b.agents, Log: log, Limits: limits, Keys: p.Keys, Backend: s.sessions, Open: p.Desk.Open, Words: deskWords(p.Incident), Now: p.Now,
		Over: func(ratelimit.Name) { b.alarms.Note(alarm.AgentSignIn) },
	})
	if err != nil {
		return err
	}
	calls, err := b.newCalls(p, log, limits, accounts)
	if err != nil {
		return err
	}
	tickets, err := agent.NewTickets(agent.TicketsConfig{
		Store: p.DB.Tickets(p.Keys), Log: b.audit, Recorder: log, Calls: calls, Limits: limits, Sealer: p.Keys, Incident: p.Incident, Now: p.Now,
	})
	if err != nil {
		return err
	}
	b.console, err = console.New(console.Config{
		Accounts: countedAccounts{accounts, counter}, Calls: calls, Proofs: calls, Aids: calls, Tickets: countedTickets{tickets, counter},
		Incident: p.Incident, URL: p.Desk.URL, Now: p.Now,
	})
	return err
}

// deskWords are in no agent's password: the shop's and the incident's names.
func deskWords(in *breach.Incident) []string {
	words := []string{in.ID}
	for _, name := range in.Site.Name {
		words = append(words, strings.Fields(name)...)
	}
	return words
}

// deskCounter counts what was done at the desk. Training calls are not counted.
type deskCounter struct{ events *prometheus.CounterVec }

func newDeskCounter(r *prometheus.Registry) deskCounter {
	c := deskCounter{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "exposure_desk_events_total", Help: "Calls, addresses, notes and sign-ins at the call centre's desk, by event; codes and reports are counted with those of customers; without training calls.",
	}, []string{"event"})}
	r.MustRegister(c.events)
	return c
}

func (c deskCounter) count(event string, err error) {
	if err != nil {
		event += "_refused"
	}
	c.events.WithLabelValues(event).Inc()
}

// deskLog counts rows of the desk once they are committed.
type deskLog struct {
	watchedLog
	counter deskCounter
}

// Append implements agent.Recorder.
func (l deskLog) Append(ctx context.Context, entries ...audit.Entry) error {
	if err := l.watchedLog.Append(ctx, entries...); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Actor.Kind != audit.Agent || strings.HasPrefix(e.Detail, "training") {
			continue
		}
		event := string(e.Action)
		if e.Outcome != audit.Done {
			event += "_refused"
		}
		l.counter.count(event, nil)
	}
	return nil
}

// countedAccounts counts sign-ins, whose rows are written with the account.
type countedAccounts struct {
	*agent.Accounts
	counter deskCounter
}

// SignIn implements console.Accounts.
func (a countedAccounts) SignIn(ctx context.Context, from netip.Addr, name, password, second string) (agent.SignedIn, error) {
	in, err := a.Accounts.SignIn(ctx, from, name, password, second)
	a.counter.count("sign_in", err)
	return in, err
}

// countedTickets counts what is left for the shop, whose rows are written with the tickets.
type countedTickets struct {
	*agent.Tickets
	counter deskCounter
}

// RequestLetter implements console.Tickets.
func (t countedTickets) RequestLetter(ctx context.Context, who agent.Agent, callID string, r agent.LetterRequest) (string, error) {
	number, err := t.Tickets.RequestLetter(ctx, who, callID, r)
	if number != agent.TrainingTicket {
		t.counter.count("letter_request", err)
	}
	return number, err
}

// Open implements console.Tickets.
func (t countedTickets) Open(ctx context.Context, who agent.Agent, callID string, topic agent.Topic, note string) (string, error) {
	number, err := t.Tickets.Open(ctx, who, callID, topic, note)
	if number != agent.TrainingTicket {
		t.counter.count("ticket", err)
	}
	return number, err
}

var _ lookup.Recorder = deskLog{}
