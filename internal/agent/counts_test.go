package agent_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/lookup"
)

// TestCounts: each figure is that of its rows, of that day in the incident's zone, without
// training, and for supervisors only.
func TestCounts(t *testing.T) {
	d := newTicketDesk(t)
	day := time.Date(2023, 7, 25, 0, 0, 0, 0, time.FixedZone("JST", 9*3600))
	tag := breach.Tag{1}
	row := func(at time.Duration, actor string, a audit.Action, o audit.Outcome, detail string) audit.Entry {
		e := audit.Entry{At: day.Add(at), Actor: audit.Actor{Kind: audit.Agent, ID: actor}, Action: a, Outcome: o, Detail: detail}
		if a == audit.Guess || a == audit.Disclosure {
			e.Tag, e.Purpose, e.Attempt = &tag, "phone", [16]byte{1}
		}
		return e
	}
	const min = time.Minute
	now := opening.Sub(day) // ten o'clock
	if err := d.db.Audit(d.keys).Append(t.Context(),
		row(-min, "sato/0", audit.CallOpen, audit.Done, "card"), // yesterday
		row(0, "sato/1", audit.CallOpen, audit.Done, "card"), row(min, "sato/1", audit.CallCode, audit.Done, ""),
		row(2*min, "sato/1", audit.Guess, audit.Refused, ""), row(3*min, "sato/1", audit.Guess, audit.Accepted, ""),
		row(3*min, "sato/1", audit.Disclosure, audit.Done, ""), row(4*min, "sato/1", audit.CallEnd, audit.Done, "told"),
		row(now-50*min, "ito/2", audit.CallOpen, audit.Done, "family"), row(now-14*min, "ito/2", audit.CallLetter, audit.Refused, ""), // open
		row(now-13*min, "ito/2", audit.CallLetter, audit.Done, ""), row(now-12*min, "ito/2", audit.Disclosure, audit.Refused, "not compared"),
		row(now-16*min, "sato/3", audit.CallOpen, audit.Done, "card"),                                                             // left
		row(now-61*min, "mori/4", audit.CallOpen, audit.Done, "media"), row(now-min, "mori/4", audit.CallAddress, audit.Done, ""), // over
		row(now, "sato/5", audit.CallOpen, audit.Done, "training"), row(now, "sato/5", audit.CallEnd, audit.Done, "training"),
		row(now, "sato/6", audit.CallForeign, audit.Refused, "of ito"), row(now, "sato", audit.AgentSignIn, audit.Refused, ""),
		row(now, "sato", audit.AgentSignIn, audit.Done, ""), row(now, "ito/2", audit.CanaryTouched, audit.Done, ""),
		row(24*time.Hour, "sato/7", audit.CallOpen, audit.Done, "card"), // tomorrow
	); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(t.Context(), sato, "live", agent.TopicDate, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RequestLetter(t.Context(), sato, "live", asked); err != nil {
		t.Fatal(err)
	}
	oldest := opening
	want := agent.Counts{
		Day:      day,
		Calls:    map[agent.Reason]int{agent.ReasonCard: 2, agent.ReasonFamily: 1, agent.ReasonMedia: 1},
		Outcomes: map[agent.Outcome]int{agent.OutcomeTold: 1}, Open: 1, CodesSent: 1, CodesRefused: 2, Proven: 1, LettersProven: 1, LettersRefused: 1,
		SignInsRefused: 1, LettersWaiting: 1, TicketsWaiting: 1, Oldest: &oldest, Canaries: 1, Foreign: 1,
		Agents: map[string]agent.Effort{"sato": {2, 1, 1, 1}, "ito": {1, 0, 1, 1}, "mori": {1, 0, 0, 0}},
	}
	got, err := d.Counts(t.Context(), chief, opening)
	if err != nil {
		t.Fatal(err)
	}
	wanted, _ := json.Marshal(want)
	if have, _ := json.Marshal(got); string(have) != string(wanted) {
		t.Errorf("counted\n%s, want\n%s", have, wanted)
	}
	must := chief
	must.MustChange = true
	for _, no := range []struct {
		who  agent.Agent
		want error
	}{{sato, agent.ErrRole}, {agent.Agent{Name: "x"}, agent.ErrRole}, {must, agent.ErrMustChange}} {
		if c, err := d.Counts(t.Context(), no.who, opening); !errors.Is(err, no.want) || c.Calls != nil {
			t.Errorf("%s: %+v, %v", no.who.Name, c, err)
		}
	}
	if _, err := d.raw(t).Exec(`UPDATE audit_entries SET seal = zeroblob(length(seal)) WHERE action = 'call_code'`); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Counts(t.Context(), chief, opening); !errors.Is(err, lookup.ErrCouldNotCheck) || c.Calls != nil {
		t.Errorf("with an altered row: %+v, %v", c, err)
	}
	if c, err := d.Counts(t.Context(), chief, opening.Add(24*time.Hour)); err != nil || c.Calls[agent.ReasonCard] != 1 {
		t.Errorf("the day after: %+v, %v", c, err)
	}
}
