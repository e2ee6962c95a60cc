package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

type resetAcceptCmd struct {
	Member    string `required:"" placeholder:"ID" help:"The member."`
	twoPeople `embed:"" set:"who=Who asked the member."`
	Reason    string `required:"" placeholder:"R" help:"How you know that it was the member. No addresses."`
	JSON      bool   `name:"json" help:"Print as JSON."`
	Commit    bool   `help:"Do it; without this nothing is changed."`
}

func (resetAcceptCmd) Help() string {
	return `Example:
  exposurectl reset accept --member 12 --by "Sato Hana" --approved-by "Ito Ken" --reason "called back, knew the last order" --commit

A password was changed without one of our tickets (changed_unverified): by the member, by staff, or by whoever holds the
stolen data. Ask the member first. Accepting ends the reset with that password. When the shop has made that password
worthless in the meantime there is nothing to accept: the member needs a ticket from the look-up page.
The names are recorded, not verified.

JSON: {"committed","state"}.`
}

// acted is what came of something done to one member, as scripts read it.
type acted struct {
	Committed bool              `json:"committed"`
	State     breach.ResetState `json:"state"`
}

func (c resetAcceptCmd) Run(p *program) error {
	by, err := c.approve(c.Reason)
	if err != nil {
		return err
	}
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	r, err := d.resets.Get(d.ctx, c.Member)
	if err != nil {
		return explainAccept(err)
	}
	entry := d.entry(audit.ResetAccept)
	if r.State != breach.ResetCompleted {
		next, err := r.Accept(entry.At)
		if err != nil {
			return explainAccept(err)
		}
		r = next
		if c.Commit {
			if err := reset.Accept(d.ctx, d.resets, entry, c.Member, by); err != nil {
				return explainAccept(err)
			}
		}
	} else if !c.JSON {
		fmt.Fprintln(d.Out, "This reset is completed already: nothing was changed.")
		return nil
	}
	return c.print(d, acted{Committed: c.Commit, State: r.State})
}

func explainAccept(err error) error {
	switch {
	case errors.Is(err, reset.ErrUnknownMember):
		return fmt.Errorf("%w: look at the id, as the shop has it", err)
	case errors.Is(err, breach.ErrNotUnverified):
		return fmt.Errorf("%w; \"exposurectl reset status --members changed_unverified\" lists who waits for one. A password that the shop "+
			"has made worthless since cannot be accepted: the member needs a ticket", err)
	}
	return err
}

func (c resetAcceptCmd) print(d *office, out acted) error {
	if c.JSON {
		if err := json.NewEncoder(d.Out).Encode(out); err != nil {
			return err
		}
	}
	switch {
	case !c.Commit:
		d.dryRun("the password that was changed without a ticket would be accepted (names are recorded, not verified)")
	case !c.JSON:
		fmt.Fprintln(d.Out, "Accepted: the reset is completed. The names were recorded, not verified.")
	}
	return nil
}
