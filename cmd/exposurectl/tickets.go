package main

import (
	"encoding/json"
	"fmt"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/wording"
)

type ticketsCmds struct {
	List   ticketsListCmd   `cmd:"" help:"What the call centre left: letters that were asked for, and questions. The operator's key opens the notes."`
	Answer ticketsAnswerCmd `cmd:"" help:"Answer one with an approved text."`
	Close  ticketsCloseCmd  `cmd:"" help:"Close one, answered or not."`
	Texts  ticketsTextsCmd  `cmd:"" help:"Print the approved texts."`
}

// ticketChange is the outcome of a change as scripts read it.
type ticketChange struct {
	Version   int               `json:"version"`
	Committed bool              `json:"committed"`
	Number    string            `json:"number"`
	State     agent.TicketState `json:"state"`
	Answer    *string           `json:"answer"`
}

// settling is what answering and closing have in common.
type settling struct {
	onePerson `embed:"" set:"who=Who decided it; recorded, not verified."`
	Number    string `arg:"" help:"The ticket's number, e.g. 7K2M-4."`
	Commit    bool   `help:"Do it; without this nothing is changed."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

func (c settling) settle(p *program, action audit.Action, detail string, step sqlstore.TicketStep) error {
	n, err := agent.ParseTicketNumber(c.Number)
	if err != nil {
		return usagef("this is no ticket's number: look at each character; there is no 0, O, 1, I or L in one")
	}
	entry, err := c.entry(p, action, detail)
	if err != nil {
		return err
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	after, err := c.change(p, db.Tickets(keys), n, entry, step)
	if err != nil {
		return err
	}
	return c.tell(p, after)
}

func (c settling) change(p *program, tickets *sqlstore.Tickets, n agent.TicketNumber, entry audit.Entry, step sqlstore.TicketStep) (agent.Ticket, error) {
	if c.Commit {
		after, err := tickets.Settle(p.ctx, n, c.By, entry, step)
		return after.Ticket, err
	}
	before, err := tickets.ByNumber(p.ctx, n)
	if err != nil {
		return agent.Ticket{}, err
	}
	return step(before.Ticket)
}

func (c settling) tell(p *program, t agent.Ticket) error {
	if c.JSON {
		out := ticketChange{Version: 1, Committed: c.Commit, Number: t.Number, State: t.State}
		if t.Answer != "" {
			out.Answer = &t.Answer
		}
		return json.NewEncoder(p.Out).Encode(out)
	}
	says := fmt.Sprintf("%s %s", t.Number, t.State)
	if text, ok := wording.TicketAnswerByID(t.Answer); ok {
		says += fmt.Sprintf(" (%s): %s", t.Answer, text.Text[breach.Japanese])
	}
	if !c.Commit {
		p.dryRun("it would be " + says)
		return nil
	}
	_, err := fmt.Fprintln(p.Out, says)
	return err
}

type ticketsAnswerCmd struct {
	settling
	Text      string `required:"" placeholder:"ID" help:"Which approved text, as \"tickets texts\" prints them."`
	InsteadOf string `name:"instead-of" placeholder:"ID" help:"The answer that it has, if it has one already."`
}

func (ticketsAnswerCmd) Help() string {
	return `Example:
  exposurectl tickets answer 7K2M-4 --text dates_confirmed --by "Sato Hana" --commit
  exposurectl tickets answer 7K2M-4 --text letter_again --instead-of letter_sent --by "Sato Hana" --commit

An agent reads the text to whoever calls with the number, so there are approved texts and no others: nothing in them is about
a person. Of two people who answer at the same time the second one is refused and sees the first answer in the list. Nobody
is called back.`
}

func (c ticketsAnswerCmd) Run(p *program) error {
	if _, ok := wording.TicketAnswerByID(c.Text); !ok {
		return usagef("--text: no approved text has this id; \"exposurectl tickets texts\" prints them")
	}
	return c.settle(p, audit.TicketAnswer, c.Text, func(t agent.Ticket) (agent.Ticket, error) { return t.WithAnswer(c.Text, c.InsteadOf) })
}

type ticketsCloseCmd struct{ settling }

func (ticketsCloseCmd) Help() string {
	return `Example:
  exposurectl tickets close 7K2M-4 --by "Sato Hana" --commit

A closed ticket is answered no more. Whoever calls with its number hears the answer it had, or that it is closed.`
}

func (c ticketsCloseCmd) Run(p *program) error {
	return c.settle(p, audit.TicketClose, "", func(t agent.Ticket) (agent.Ticket, error) { return t.Close(), nil })
}

type ticketsTextsCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

func (ticketsTextsCmd) Help() string {
	return `Example:
  exposurectl tickets texts

They say nothing about a person: not whether somebody is on a list, nor what a letter to them says.`
}

func (c ticketsTextsCmd) Run(p *program) error {
	if c.JSON {
		type line struct {
			ID string `json:"id"`
			Ja string `json:"ja"`
			En string `json:"en"`
		}
		var all []line
		for _, a := range wording.TicketAnswers() {
			all = append(all, line{a.ID, a.Text[breach.Japanese], a.Text[breach.English]})
		}
		return json.NewEncoder(p.Out).Encode(all)
	}
	for _, a := range wording.TicketAnswers() {
		if _, err := fmt.Fprintf(p.Out, "%s\n  %s\n  %s\n", a.ID, a.Text[breach.Japanese], a.Text[breach.English]); err != nil {
			return err
		}
	}
	return nil
}

// stamp is a time for people, in the incident's zone or UTC.
func stamp(t time.Time, zone *time.Location) string { return t.In(zone).Format("2006-01-02 15:04") }
