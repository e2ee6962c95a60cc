package console

import (
	"maps"
	"slices"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/wire"
	"exposure/internal/wording"
)

func (d *Console) call(c agent.Call) wire.Call {
	w := wire.Call{
		Id: c.ID, Reason: wire.CallReason(c.Reason), Training: c.Training, OpenedAt: d.instant(c.Opened), EndsAt: d.instant(c.Ends),
		CodeSent: c.CodeSent, Proven: c.Proven, ByLetter: c.ByLetter, ProvenUntil: d.instantOrNull(c.ProvenUntil),
		ExtensionsLeft: agent.Extensions - c.Extended,
	}
	w.Email = given(c.Address.Reveal())
	return w
}

func (d *Console) told(t agent.Told) wire.Told {
	w := wire.Told{
		Call: d.call(t.Call), ReportJa: wire.FromReport(t.Report, breach.Japanese), ReportEn: wire.FromReport(t.Report, breach.English),
		Script: make([]wire.ScriptLine, 0, len(t.Script)),
	}
	for _, line := range t.Script {
		w.Script = append(w.Script, wire.ScriptLine{Part: line.Part, Ja: line.Ja, En: line.En})
	}
	return w
}

func trainingCaller(c agent.Caller) wire.TrainingCaller {
	return wire.TrainingCaller{
		StoryJa: c.Story.In(breach.Japanese), StoryEn: c.Story.In(breach.English),
		Email: given(c.Address), PhoneCode: given(c.PhoneCode), LetterNumber: given(c.LetterNumber),
	}
}

// ticket tells what may be said, and no id of a text.
func (d *Console) ticket(t agent.Ticket) wire.Ticket {
	w := wire.Ticket{Number: t.Number, Letter: t.Letter, State: wire.TicketState(t.State), OpenedAt: d.instant(t.Opened)}
	if text, ok := d.answer(t); ok {
		w.AnswerJa, w.AnswerEn = given(text.In(breach.Japanese)), given(text.In(breach.English))
	}
	return w
}

// answer is what may be said to whoever reads a ticket's number: while it waits until when
// there will be an answer, then the approved text.
func (d *Console) answer(t agent.Ticket) (breach.Text, bool) {
	if t.State == agent.TicketWaiting {
		return wording.TicketWaiting(t.Number, t.Due(d.c.Incident.Contact.Hours), d.c.Now()), true
	}
	a, ok := wording.TicketAnswerByID(t.Answer)
	return a.Text, ok
}

func (d *Console) counts(c agent.Counts) wire.Counts {
	w := wire.Counts{
		Day: types.Date{Time: c.Day.In(d.c.Incident.Zone)}, Calls: d.reasons(c), Outcomes: d.outcomes(c), Open: c.Open,
		CodesSent: c.CodesSent, CodesRefused: c.CodesRefused, Proven: c.Proven, LettersProven: c.LettersProven, LettersRefused: c.LettersRefused,
		SignInsRefused: c.SignInsRefused, Agents: make([]wire.AgentCount, 0, len(c.Agents)), LettersWaiting: c.LettersWaiting,
		TicketsWaiting: c.TicketsWaiting, CanariesTouched: c.Canaries, ForeignCalls: c.Foreign,
	}
	for _, name := range slices.Sorted(maps.Keys(c.Agents)) {
		e := c.Agents[name]
		w.Agents = append(w.Agents, wire.AgentCount{Name: name, Calls: e.Calls, CodesSent: e.CodesSent, CodesRefused: e.CodesRefused, Proven: e.Proven})
	}
	if c.Oldest != nil {
		w.OldestWaitingSince = d.instantOrNull(*c.Oldest)
	}
	return w
}

func (d *Console) instant(t time.Time) time.Time { return wire.Instant(t, d.c.Incident.Zone) }

func (d *Console) instantOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	said := d.instant(t)
	return &said
}

// given is a text, or nil for none.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// today is the beginning of the day in the incident's zone.
func (d *Console) today() time.Time { return d.dayOf(d.c.Now().In(d.c.Incident.Zone)) }

// dayOf is the beginning, in the incident's zone, of the day that t names in its own.
func (d *Console) dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, d.c.Incident.Zone)
}

func offered(in *breach.Incident, l wire.Locale) breach.Locale {
	if slices.Contains(in.Locales, breach.Locale(l)) {
		return breach.Locale(l)
	}
	return in.Locales[0]
}
