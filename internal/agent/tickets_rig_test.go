package agent_test

import (
	"context"
	"errors"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/incident"
	"exposure/internal/ratelimit"
	"exposure/internal/vault"
)

// calls are calls that are open, each with whose it is.
type calls map[string]struct {
	of   string
	call agent.Call
}

// Get implements agent.CallOf.
func (c calls) Get(_ context.Context, who agent.Agent, id string) (agent.Call, error) {
	switch found, ok := c[id]; {
	case !ok:
		return agent.Call{}, agent.ErrNoCall
	case found.of != who.Name:
		return agent.Call{}, agent.ErrForeignCall
	default:
		return found.call, nil
	}
}

// failing is a log that takes no rows while it is broken.
type failing struct {
	agent.Recorder
	broken bool
}

func (f *failing) Append(ctx context.Context, entries ...audit.Entry) error {
	if f.broken {
		return errors.New("the disk is full")
	}
	return f.Recorder.Append(ctx, entries...)
}

var (
	sato  = agent.Agent{Name: "sato", Role: agent.RoleAgent}
	ito   = agent.Agent{Name: "ito", Role: agent.RoleAgent}
	chief = agent.Agent{Name: "mori", Role: agent.RoleSupervisor}
	nonce = [16]byte{0xab, 15: 7}
)

// ticketDesk is what agents leave, over a real database and real limits. sato is in the calls
// "live" and "training", ito in "theirs".
type ticketDesk struct {
	*agent.Tickets
	*desk
	operator *vault.Operator
	log      *failing
}

func newTicketDesk(t *testing.T) *ticketDesk {
	t.Helper()
	d := &ticketDesk{desk: newDesk(t, nil)}
	server, operator, err := vault.Generate(opening)
	if err == nil {
		d.operator, err = vault.ParseOperator(operator)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.load(t, server)
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse("incident.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	d.log = &failing{Recorder: d.db.Audit(d.keys)}
	open := calls{}
	for id, of := range map[string]string{"live": "sato", "training": "sato", "theirs": "ito"} {
		at := open[id]
		at.of, at.call = of, agent.Known(agent.Call{ID: id, Training: id == "training", Opened: opening}, nonce)
		open[id] = at
	}
	d.Tickets, err = agent.NewTickets(agent.TicketsConfig{
		Store: d.db.Tickets(d.keys), Log: d.db.Audit(d.keys), Recorder: d.log, Calls: open, Limits: d.limits, Sealer: d.keys, Incident: in, Now: d.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// kept counts what is in the database: tickets, and rows about them.
func (d *ticketDesk) kept(t *testing.T) (tickets, rows int) {
	t.Helper()
	raw := d.raw(t)
	if err := errors.Join(raw.QueryRow(`SELECT count(*) FROM tickets`).Scan(&tickets), raw.QueryRow(`SELECT count(*) FROM audit_entries`).Scan(&rows)); err != nil {
		t.Fatal(err)
	}
	return tickets, rows
}

var asked = agent.LetterRequest{Name: "山田花子", PostalCode: "101-0021", Address: "東京都千代田区外神田1-2-3", For: "山田太郎", Note: "<b>急ぎ</b>"}

// leftFor wants that an agent may leave so many more notes.
func (d *ticketDesk) leftFor(t *testing.T, who agent.Agent, call string, want int) {
	t.Helper()
	over := new(ratelimit.Exceeded)
	for n := range want + 1 {
		_, err := d.Open(t.Context(), who, call, agent.TopicOther, "")
		if n < want && err != nil || n == want && (!errors.As(err, &over) || over.Name != ratelimit.AgentNote) {
			t.Fatalf("note %d of %d: %v", n+1, want, err)
		}
	}
}
