package sqlstore

import (
	"fmt"
	"slices"

	"exposure/internal/agent"
)

const ticketColumns = `handle, key_check, number, letter, topic, state, opened, settled, answer, by_name, agent, call, note, change, mac`

// ticketRow is a ticket as stored.
type ticketRow struct {
	bound
	number                string
	letter                int64
	topic, state          string
	opened, settled       int64
	answer, by, agentName string
	call                  [16]byte
	note                  []byte
}

func (t *ticketRow) label() string { return "ticket" }

func (t *ticketRow) targets() []any {
	t.letter = -1 // so that NULL is not taken for a question: lists leave it out
	return []any{optional{t.handle[:]}, optional{t.keyCheck[:]}, optional{&t.number}, optional{&t.letter}, optional{&t.topic}, optional{&t.state},
		optional{&t.opened}, optional{&t.settled}, optional{&t.answer}, optional{&t.by}, optional{&t.agentName}, optional{t.call[:]},
		optional{&t.note}, optional{&t.change}, optional{t.mac[:]}}
}

func (t *ticketRow) parts() [][]byte {
	return [][]byte{[]byte(t.number), num(t.letter), []byte(t.topic), []byte(t.state), num(t.opened), num(t.settled), []byte(t.answer),
		[]byte(t.by), []byte(t.agentName), t.call[:], t.note}
}

func (t *ticketRow) values() []any {
	return []any{t.handle[:], t.keyCheck[:], t.number, t.letter, t.topic, t.state, t.opened, t.settled, t.answer, t.by, t.agentName,
		t.call[:], t.note, t.change, t.mac[:]}
}

// ticketKey is the name by which handles are made of a ticket.
func ticketKey(number string) string { return "T:" + number }

// kept is what the row says.
func (t *ticketRow) kept() (agent.KeptTicket, error) {
	states := []agent.TicketState{agent.TicketWaiting, agent.TicketAnswered, agent.TicketClosed}
	if !slices.Contains(states, agent.TicketState(t.state)) {
		return agent.KeptTicket{}, fmt.Errorf("%w: a ticket in an unknown state", ErrAltered)
	}
	return agent.KeptTicket{
		Ticket: agent.Ticket{Number: t.number, Letter: t.letter == 1, State: agent.TicketState(t.state), Opened: instantOf(t.opened), Answer: t.answer},
		Topic:  agent.Topic(t.topic), Settled: instantOf(t.settled), By: t.by, Agent: t.agentName, Call: t.call, Note: t.note,
	}, nil
}

// rowOf is a new ticket as it is stored, short of what binds it.
func rowOf(k agent.KeptTicket) ticketRow {
	row := ticketRow{
		number: k.Number, topic: string(k.Topic), state: string(k.State), opened: millis(k.Opened), settled: millis(k.Settled),
		answer: k.Answer, by: k.By, agentName: k.Agent, call: k.Call, note: k.Note,
	}
	if k.Letter {
		row.letter = 1
	}
	return row
}
