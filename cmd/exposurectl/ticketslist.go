package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type ticketsListCmd struct {
	State   string `placeholder:"STATE" help:"Only those: waiting, answered or closed."`
	Letters bool   `help:"Only letters that were asked for."`
	JSON    bool   `name:"json" help:"Print as JSON."`
}

func (ticketsListCmd) Help() string {
	return `Example:
  exposurectl --operator-key-file exposure.key.operator tickets list --state waiting --letters

Oldest first. Without the operator's key the notes stay shut; the server can never open one. That the list was read is in the
audit log. Exit code 1 when a note does not open.`
}

// ticketLine is a ticket as scripts read it. Note is null when it was not opened.
type ticketLine struct {
	Number  string            `json:"number"`
	Letter  bool              `json:"letter"`
	Topic   agent.Topic       `json:"topic,omitempty"`
	State   agent.TicketState `json:"state"`
	Opened  time.Time         `json:"opened_at"`
	Settled *time.Time        `json:"settled_at"`
	Answer  string            `json:"answer,omitempty"`
	By      string            `json:"by,omitempty"`
	Agent   string            `json:"agent"`
	Call    string            `json:"call"`
	Note    json.RawMessage   `json:"note"`
}

// ticketList prints tickets.
type ticketList struct {
	p        *program
	operator *vault.Operator // nil: notes stay shut
	json     bool
	all      []ticketLine
	seen     int
	shut     []string // numbers of tickets whose note does not open
}

func (c ticketsListCmd) Run(p *program) error {
	switch agent.TicketState(c.State) {
	case "", agent.TicketWaiting, agent.TicketAnswered, agent.TicketClosed:
	default:
		return usagef("--state is waiting, answered or closed")
	}
	list := &ticketList{p: p, json: c.JSON, all: []ticketLine{}}
	if p.Operator != "" {
		operator, err := p.operator()
		if err != nil {
			return err
		}
		list.operator = operator
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	err = list.print(db, keys, c)
	return errors.Join(err, db.Close())
}

// print leaves its audit row before it shows anything.
func (l *ticketList) print(db *sqlstore.DB, keys *vault.Server, c ticketsListCmd) error {
	entry := l.p.entry(audit.TicketRead)
	entry.Detail = fmt.Sprintf("list state=%s letters=%t notes=%t", c.State, c.Letters, l.operator != nil)
	if err := db.Audit(keys).Append(l.p.ctx, entry); err != nil {
		return err
	}
	query := sqlstore.TicketQuery{State: agent.TicketState(c.State), Letters: c.Letters}
	if err := db.Tickets(keys).Each(l.p.ctx, query, l.add); err != nil {
		return err
	}
	return l.end()
}

func (l *ticketList) add(k agent.KeptTicket) error {
	l.seen++
	line := ticketLine{
		Number: k.Number, Letter: k.Letter, Topic: k.Topic, State: k.State, Opened: k.Opened, Answer: k.Answer, By: k.By, Agent: k.Agent,
		Call: hex.EncodeToString(k.Call[:]), Note: l.open(k),
	}
	if !k.Settled.IsZero() {
		line.Settled = &k.Settled
	}
	if l.json {
		l.all = append(l.all, line)
		return nil
	}
	return l.write(line)
}

// open is the note, nil when it stays shut.
func (l *ticketList) open(k agent.KeptTicket) json.RawMessage {
	if l.operator == nil {
		return nil
	}
	label := agent.TicketNoteLabel
	if k.Letter {
		label = agent.LetterRequestLabel
	}
	note, err := l.operator.OpenForOperator(label, k.Note)
	if err != nil || !json.Valid(note) {
		l.shut = append(l.shut, k.Number)
		return nil
	}
	return note
}

func (l *ticketList) write(line ticketLine) error {
	kind := "letter request"
	if !line.Letter {
		kind = "ticket: " + string(line.Topic)
	}
	says := fmt.Sprintf("%s  %s  %s  opened %s by %s", line.Number, kind, line.State, stamp(line.Opened, time.UTC), line.Agent)
	if line.Settled != nil {
		says += fmt.Sprintf("  %s %s by %s", line.Answer, stamp(*line.Settled, time.UTC), line.By)
	}
	if _, err := fmt.Fprintln(l.p.Out, printing(says)); err != nil {
		return err
	}
	if line.Note == nil {
		return nil
	}
	return l.writeNote(line)
}

// writeNote prints what of a note says something.
func (l *ticketList) writeNote(line ticketLine) error {
	var n agent.LetterNote // a ticket's note has one of its fields
	if err := json.Unmarshal(line.Note, &n); err != nil {
		l.shut = append(l.shut, line.Number)
		return nil
	}
	for _, f := range []struct{ name, says string }{
		{"name", n.Name}, {"postal code", n.PostalCode}, {"address", n.Address}, {"about", n.For}, {"note", n.Note},
	} {
		if f.says == "" {
			continue
		}
		if _, err := fmt.Fprintf(l.p.Out, "  %s: %s\n", f.name, printing(f.says)); err != nil {
			return err
		}
	}
	return nil
}

// printing is a text without what could move the cursor: whoever has the server's key may
// have sealed anything.
func printing(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

func (l *ticketList) end() error {
	if l.json {
		shut := l.shut
		if shut == nil {
			shut = []string{}
		}
		err := json.NewEncoder(l.p.Out).Encode(map[string]any{"version": 1, "tickets": l.all, "notes_that_do_not_open": shut})
		if err != nil {
			return err
		}
	}
	if l.seen == 0 && !l.json {
		fmt.Fprintln(l.p.Out, "There is none.")
	}
	if l.operator == nil && l.seen > 0 {
		fmt.Fprintln(l.p.Err, "The notes are shut: they open with --operator-key-file.")
	}
	if len(l.shut) > 0 {
		fmt.Fprintf(l.p.Err, "%d notes do not open with this operator key file: %s. They were sealed to another installation's, or to a key that was retired: try the file in the safe.\n", len(l.shut), strings.Join(l.shut, ", "))
		return errRefused
	}
	return nil
}
