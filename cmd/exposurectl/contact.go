package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

type contactCmds struct {
	Add contactAddCmd `cmd:"" help:"Let another address stand for a member's login address, after the shop's check on paper."`
}

type contactAddCmd struct {
	Member    string `required:"" placeholder:"ID" help:"The member."`
	Email     string `required:"" placeholder:"ADDR" help:"An address at which the member gets mail. It is not kept in clear."`
	twoPeople `embed:"" set:"who=Who checked the papers."`
	JSON      bool `name:"json" help:"Print as JSON."`
	Commit    bool `help:"Do it; without this nothing is changed."`
}

func (contactAddCmd) Help() string {
	return `Example:
  exposurectl contact add --member 12 --email hanako@example.jp --by "Sato Hana" --approved-by "Ito Ken" --commit

For a member whose login mailbox is lost. Check on paper first that it is the member who asks. From then on a look-up with
this address gives that member's answer and may set a new password, and the login address in the shop may not any more. An
address added earlier is replaced, and tickets that were issued over it or over the login address are void. Adding the same
address again writes it under the newest keys. In the shop itself nothing changes. The names are recorded, not verified.

JSON: {"committed","replaces"}: whether anything was written, and whether another address stood there.`
}

// contacted is an added address, as scripts read it.
type contacted struct {
	Committed bool `json:"committed"`
	Replaces  bool `json:"replaces"`
}

func (c contactAddCmd) Run(p *program) error {
	address, err := email.Parse(c.Email)
	if err != nil {
		return usagef("--email is no e-mail address")
	}
	by, err := c.approve("checked on paper")
	if err != nil {
		return err
	}
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	if err := d.published(); err != nil {
		return err
	}
	if err := d.live(c.Member); err != nil {
		return err
	}
	tags := d.keys.Tags(address)
	now, err := d.resets.Standing(d.ctx, c.Member, tags)
	if err != nil {
		return err
	}
	if c.Commit && !now.Newest {
		contact := reset.Contact{MemberID: c.Member, Tags: tags, By: c.By, ApprovedBy: c.ApprovedBy}
		entry := d.entry(audit.ContactAdd)
		entry.Version, entry.Detail = d.version, by.String()
		if err := d.resets.AddContact(d.ctx, d.version, contact, entry); err != nil {
			return err
		}
	}
	return c.print(d, contacted{Committed: c.Commit && !now.Newest, Replaces: now.Any && !now.Same}, now)
}

// live refuses a member whom the published version does not hold, or who has withdrawn:
// whoever proves the address could not be answered, or has nothing to log in to. The whole
// version is read: only so is it proven that somebody is not in it.
func (d *office) live(memberID string) error {
	members, err := d.resets.Members(d.ctx, d.version, func(breach.Person) bool { return true })
	if err != nil {
		return err
	}
	at := slices.IndexFunc(members, func(m reset.Member) bool { return m.ID == memberID })
	switch {
	case at < 0:
		return fmt.Errorf("version %d does not hold this member: look at the id, as the shop has it", d.version)
	case members[at].Withdrawn:
		return errors.New("this member has withdrawn: there is no account to log in to")
	}
	return nil
}

func (c contactAddCmd) print(d *office, out contacted, now sqlstore.Standing) error {
	if c.JSON {
		if err := json.NewEncoder(d.Out).Encode(out); err != nil {
			return err
		}
	}
	switch {
	case now.Newest && !c.JSON:
		fmt.Fprintln(d.Out, "This address stands for the member's login address already: nothing was changed.")
	case now.Newest:
	case !c.Commit && now.Same:
		d.dryRun("this address stands for the member's login address already, and would be written anew under the newest keys")
	case now.Same && !c.JSON:
		fmt.Fprintln(d.Out, "This address stood for the member's login address already: it was written anew under the newest keys.")
	case !c.Commit && out.Replaces:
		d.dryRun("this address would stand for the member's login address, instead of the one added earlier (names are recorded, not verified)")
	case !c.Commit:
		d.dryRun("this address would stand for the member's login address (names are recorded, not verified)")
	case !c.JSON:
		fmt.Fprintln(d.Out, "Added. A look-up with it gives this member's answer and may set a new password. The names were recorded, not verified.")
	}
	return nil
}
