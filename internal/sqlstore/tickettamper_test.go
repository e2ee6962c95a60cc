package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

// leftAt is a store with a letter request that waits, a ticket that was answered and one that
// waits; and how it was before the answer.
func leftAt(t *testing.T) (s *store, numbers [3]agent.TicketNumber, path, earlier string) {
	t.Helper()
	s = newStore(t)
	tickets := s.Tickets(s.keys)
	for i := range numbers {
		numbers[i] = opened(t, tickets, i == 0, start.Add(time.Duration(i)*time.Minute))
	}
	earlier = s.copyStore(t)
	settle(t, tickets, numbers[1], start.Add(time.Hour), audit.TicketAnswer, answered("dates_confirmed", ""))
	return s, numbers, s.copyStore(t), earlier
}

// TestTamperedTickets: whatever is done to the rows of tickets by somebody who may write the
// database, no number tells what was not so or is unknown, none is settled upon it, and a
// check of all finds it.
func TestTamperedTickets(t *testing.T) {
	base, numbers, path, earlier := leftAt(t)
	columns, _ := columnsOf(t, base.raw(t), "tickets")
	find := ` WHERE number = '` + numbers[1].String() + `'`
	harms := map[string][]string{
		"deleted":  {`DELETE FROM tickets` + find},
		"put back": {`ATTACH '` + earlier + `' AS old`, `DELETE FROM tickets` + find, `INSERT INTO tickets SELECT * FROM old.tickets` + find},
		"of another": {`UPDATE tickets SET ` + strings.Join(each(columns[1:], func(c string) string {
			return c + ` = (SELECT o.` + c + ` FROM tickets AS o WHERE o.number = '` + numbers[2].String() + `')`
		}), ", ") + find},
	}
	for _, c := range columns {
		harms[c] = []string{`UPDATE tickets SET ` + c + ` = ` + another(c) + find}
		harms[c+" mistyped"] = mistyped("tickets", c, otherType, find)
		if c != "handle" { // a primary key is never NULL
			harms[c+" NULL"] = mistyped("tickets", c, "NULL", find)
		}
	}
	for name, do := range harms {
		t.Run(name, func(t *testing.T) {
			s := base.harmed(t, path, do)
			tickets := s.Tickets(s.keys)
			_, read := tickets.ByNumber(t.Context(), numbers[1])
			_, settled := tickets.Settle(t.Context(), numbers[1], "Ito", resetEntry(audit.TicketClose, start), closed)
			for what, err := range map[string]error{"reading it": read, "closing it": settled, "Check": tickets.Check(t.Context())} {
				if !errors.Is(err, breach.ErrUnproven) || errors.Is(err, agent.ErrNoTicket) {
					t.Errorf("%s: %v, want ErrUnproven", what, err)
				}
			}
			if got, err := tickets.ByNumber(t.Context(), numbers[2]); err != nil || got.State != agent.TicketWaiting {
				t.Errorf("another ticket: %+v, %v", got, err)
			}
			if name == "deleted" {
				return // what is not there is listed by nobody; Check names it
			}
			if err := tickets.Each(t.Context(), sqlstore.TicketQuery{}, func(agent.KeptTicket) error { return nil }); !errors.Is(err, breach.ErrUnproven) {
				t.Errorf("listing: %v", err)
			}
		})
	}
}

// harmed opens a copy of the store at path after somebody wrote into it.
func (s *store) harmed(t *testing.T, path string, do []string) *store {
	t.Helper()
	to := filepath.Join(t.TempDir(), "harmed.db")
	copyFile(t, path, to)
	other := s.in(t, to)
	other.damage(t, do)
	return other
}

func each(all []string, do func(string) string) (out []string) {
	for _, s := range all {
		out = append(out, do(s))
	}
	return out
}

// TestPlantedTickets: a row for a number that was never given out, copied from one that was,
// is no ticket, and one under a handle that belongs to no number neither.
func TestPlantedTickets(t *testing.T) {
	base, numbers, path, _ := leftAt(t)
	columns, _ := columnsOf(t, base.raw(t), "tickets")
	rest := strings.Join(columns[1:], ", ")
	never := agent.DrawTicketNumber()
	handle := base.keys.PersonHandle("T:" + never.String())
	for name, with := range map[string]any{"for a number": handle[:], "for none": make([]byte, 32)} {
		s := base.harmed(t, path, nil)
		err := run(s.raw(t), `INSERT INTO tickets (handle, `+rest+`) SELECT ?, `+rest+` FROM tickets WHERE number = ?`, with, numbers[1].String())
		if err != nil {
			t.Fatal(err)
		}
		tickets := s.Tickets(s.keys)
		if _, err := tickets.ByNumber(t.Context(), never); name == "for a number" && !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("planted %s, it reads: %v", name, err)
		}
		if err := tickets.Check(t.Context()); !errors.Is(err, breach.ErrUnproven) {
			t.Errorf("planted %s: Check = %v", name, err)
		}
	}
}

// TestTwoAnswerATicketAtOnce: of many operators who answer a ticket at the same time, over
// two connections, one wins, and every other hears of it and changes nothing.
func TestTwoAnswerATicketAtOnce(t *testing.T) {
	s := newStore(t)
	n := opened(t, s.Tickets(s.keys), false, start)
	answers := []string{"dates_confirmed", "letter_again"}
	errs := make(chan error, 20)
	for i := range cap(errs) {
		at := s.Tickets(s.keys)
		if i%2 == 1 {
			at = s.in(t, s.path).Tickets(s.keys)
		}
		go func() {
			_, err := at.Settle(t.Context(), n, "Ito", resetEntry(audit.TicketAnswer, start), func(k agent.Ticket) (agent.Ticket, error) {
				if k.State == agent.TicketAnswered { // even who says the same must not write twice
					return k, agent.ErrSettled
				}
				return k.WithAnswer(answers[i%2], "")
			})
			errs <- err
		}()
	}
	won := 0
	for range cap(errs) {
		if err := <-errs; err == nil {
			won++
		} else if !errors.Is(err, agent.ErrSettled) {
			t.Errorf("who came later: %v, want ErrSettled", err)
		}
	}
	if rows := len(valuesOf(t, s.raw(t), `SELECT seq FROM audit_entries WHERE action = 'ticket_answer'`, 1)); won != 1 || rows != 1 {
		t.Errorf("%d won, and %d rows are about it", won, rows)
	}
	if err := s.Tickets(s.keys).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTicketsOutliveKeys: tickets of an older tag key are found under both, are written anew
// by LeaveKey, and read as before once it is gone; what is done again changes nothing.
func TestTicketsOutliveKeys(t *testing.T) {
	s, files := newRotatedStore(t)
	before := s.Tickets(files.before)
	letter, ticket := opened(t, before, true, start), opened(t, before, false, start)
	settle(t, before, ticket, start, audit.TicketAnswer, answered("dates_confirmed", ""))
	both := s.under(t, files.both).Tickets(files.both)
	want, err := both.ByNumber(t.Context(), ticket)
	if err != nil || want.State != agent.TicketAnswered {
		t.Fatalf("under both keys: %+v, %v", want, err)
	}
	later := opened(t, both, false, start.Add(time.Hour))
	after := s.under(t, files.after).Tickets(files.after)
	if _, err := after.ByNumber(t.Context(), ticket); err == nil {
		t.Error("a key that went without LeaveKey is not missed")
	}
	for range 2 {
		if err := both.LeaveKey(t.Context(), firstKey, resetEntry(audit.KeyRetired, start)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(valuesOf(t, s.raw(t), `SELECT number FROM tickets`, 1)); n != 3 {
		t.Errorf("%d rows are kept, want 3", n)
	}
	for name, keys := range map[string]*sqlstore.Tickets{"both": s.under(t, files.both).Tickets(files.both), "the newest": s.under(t, files.after).Tickets(files.after)} {
		got, err := keys.ByNumber(t.Context(), ticket)
		if err != nil || got.Ticket != want.Ticket || got.By != want.By || string(got.Note) != string(want.Note) {
			t.Errorf("under %s: %+v, %v, want %+v", name, got, err, want)
		}
		for _, n := range []agent.TicketNumber{letter, later} {
			if got, err := keys.ByNumber(t.Context(), n); err != nil || got.State != agent.TicketWaiting {
				t.Errorf("under %s: %+v, %v", name, got, err)
			}
		}
		if err := keys.Check(t.Context()); err != nil {
			t.Errorf("under %s: Check = %v", name, err)
		}
	}
}
