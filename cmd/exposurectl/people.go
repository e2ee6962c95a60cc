package main

import (
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// twoPeople answer for what a command does. Each command that embeds them says by its tag
// who the first one is. They are recorded, not verified.
type twoPeople struct {
	By         string `required:"" placeholder:"NAME" help:"${who}"`
	ApprovedBy string `required:"" placeholder:"OTHER" help:"Who approved it: another person."`
}

// approve is what is recorded of a decision about somebody, or how it was called wrongly.
func (t twoPeople) approve(reason string) (breach.Approval, error) {
	a := breach.Approval{By: t.By, ApprovedBy: t.ApprovedBy, Reason: reason}
	if err := a.Check(); err != nil {
		return a, usagef("%v", err)
	}
	return a, nil
}

// onePerson answers for what a command does. Each command that embeds it says by its tag
// what they did. They are recorded, not verified.
type onePerson struct {
	By string `required:"" placeholder:"NAME" help:"${who}"`
}

// entry is what is recorded of it, "WHAT by NAME", or how the command was called wrongly:
// nobody was named, or by what may be an address.
func (o onePerson) entry(p *program, action audit.Action, what string) (audit.Entry, error) {
	if strings.TrimSpace(o.By) == "" {
		return audit.Entry{}, usagef("--by: say who decided it")
	}
	entry := p.entry(action)
	entry.Detail = strings.TrimSpace(what + " by " + o.By)
	if err := entry.Validate(); err != nil {
		return audit.Entry{}, usagef("--by: %v", err)
	}
	return entry, nil
}
