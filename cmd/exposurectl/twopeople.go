package main

import "exposure/internal/breach"

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
