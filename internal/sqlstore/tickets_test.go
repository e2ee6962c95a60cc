package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

// deskEntry is what an agent does in a call at a time.
func deskEntry(a audit.Action, at time.Time) audit.Entry {
	return audit.Entry{At: at, Actor: audit.Actor{Kind: audit.Agent, ID: "sato/0a"}, Action: a, Outcome: audit.Done}
}

func ticketNumber(t testing.TB, s string) agent.TicketNumber {
	t.Helper()
	n, err := agent.ParseTicketNumber(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// opened is a ticket that waits since that time.
func opened(t testing.TB, s *sqlstore.Tickets, letter bool, at time.Time) agent.TicketNumber {
	t.Helper()
	k := agent.KeptTicket{
		Ticket: agent.Ticket{Letter: letter, State: agent.TicketWaiting, Opened: at},
		Agent:  "sato", Call: [16]byte{7}, Note: []byte("sealed"),
	}
	e := deskEntry(audit.LetterRequest, at)
	if !letter {
		k.Topic, e.Action, e.Detail = agent.TopicDate, audit.TicketOpen, string(agent.TopicDate)
	}
	n, err := s.Open(t.Context(), k, e)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func answered(id, before string) sqlstore.TicketStep {
	return func(t agent.Ticket) (agent.Ticket, error) { return t.WithAnswer(id, before) }
}

func closed(t agent.Ticket) (agent.Ticket, error) { return t.Close(), nil }

func settle(t testing.TB, s *sqlstore.Tickets, n agent.TicketNumber, at time.Time, a audit.Action, step sqlstore.TicketStep) agent.KeptTicket {
	t.Helper()
	k, err := s.Settle(t.Context(), n, "Ito", resetEntry(a, at), step)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestTicketsAreKept: what was left is what is read, by its number and in the list, and
// what became of it.
func TestTicketsAreKept(t *testing.T) {
	s := newStore(t)
	tickets := s.Tickets(s.keys)
	letter := opened(t, tickets, true, start)
	ticket := opened(t, tickets, false, start.Add(time.Minute))
	got, err := tickets.ByNumber(t.Context(), ticket)
	want := agent.KeptTicket{
		Ticket: agent.Ticket{Number: ticket.String(), State: agent.TicketWaiting, Opened: start.Add(time.Minute)},
		Topic:  agent.TopicDate, Agent: "sato", Call: [16]byte{7}, Note: []byte("sealed"),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	w, err := tickets.Waiting(t.Context())
	if err != nil || w.Letters != 1 || w.Tickets != 1 || !w.Oldest.Equal(start) {
		t.Errorf("waiting: %+v, %v", w, err)
	}
	settle(t, tickets, ticket, start.Add(time.Hour), audit.TicketAnswer, answered("dates_confirmed", ""))
	want.State, want.Answer, want.Settled, want.By = agent.TicketAnswered, "dates_confirmed", start.Add(time.Hour), "Ito"
	if got, err = tickets.ByNumber(t.Context(), ticket); err != nil || !cmp.Equal(want, got) {
		t.Error(err, cmp.Diff(want, got))
	}
	if k := settle(t, tickets, letter, start.Add(time.Hour), audit.TicketClose, closed); k.State != agent.TicketClosed || k.Answer != "" {
		t.Errorf("%+v", k)
	}
	if w, err := tickets.Waiting(t.Context()); err != nil || w != (agent.WaitingTickets{}) {
		t.Errorf("waiting: %+v, %v", w, err)
	}
	for _, q := range []struct {
		q    sqlstore.TicketQuery
		want []agent.TicketNumber
	}{
		{sqlstore.TicketQuery{}, []agent.TicketNumber{letter, ticket}}, {sqlstore.TicketQuery{Letters: true}, []agent.TicketNumber{letter}},
		{sqlstore.TicketQuery{State: agent.TicketAnswered}, []agent.TicketNumber{ticket}}, {sqlstore.TicketQuery{State: agent.TicketWaiting}, nil},
	} {
		var listed []agent.TicketNumber
		err := tickets.Each(t.Context(), q.q, func(k agent.KeptTicket) error {
			listed = append(listed, ticketNumber(t, k.Number))
			return nil
		})
		if err != nil || !cmp.Equal(q.want, listed, cmp.Comparer(func(a, b agent.TicketNumber) bool { return a == b })) {
			t.Errorf("%+v lists %v, %v", q.q, listed, err)
		}
	}
	if _, err := tickets.ByNumber(t.Context(), agent.DrawTicketNumber()); !errors.Is(err, agent.ErrNoTicket) {
		t.Errorf("a number nobody was told = %v, want ErrNoTicket", err)
	}
	if err := tickets.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Resets(s.keys).Check(t.Context()); err != nil {
		t.Errorf("the resets are in doubt for a ticket: %v", err)
	}
}
