package main

import (
	"encoding/json"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/reset"
)

type resetPlanCmd struct {
	shopFlags     `embed:""`
	AcceptChanged int  `placeholder:"N" help:"Plan although exactly N members, more than half, have another password than in the baseline."`
	Members       bool `help:"Print the member ids of whom somebody has to see to. It is recorded."`
	JSON          bool `name:"json" help:"Print as JSON."`
	Commit        bool `help:"Do it; without this nothing is changed."`
}

func (resetPlanCmd) Help() string {
	return `Example:
  exposurectl reset plan
  exposurectl reset plan --connector-file /run/secrets/shop --members
  exposurectl reset plan --commit

Plans the reset of every member of the published version whose list asks for a new password. Nothing changes in the shop
and nobody is told. Who has withdrawn is exempt, and who changed the password since "reset baseline". After another version
was published, plan again: new members are added, members who are not asked any more are exempt, and those whose reset was
ordered stay and are named. With the database of an EC-CUBE shop as the connector it also notes which password each member
has today, by a keyed hash, and says whom the shop does not know.
It plans nobody while members have numbers that the MY page API does not take (1 to 64 of A-Z a-z 0-9 . _ -), and says how many.

JSON: {"version","committed","planned","exempt":{"withdrawn","changed"},"ordered","new","moved","dropped","ordered_but_dropped",
"without_way":{"no_login_address","not_live","total"},"unknown_to_shop","blank"}, numbers of members; "shop" is false when no
shop was asked; with --members also "members":{"no_login_address","not_live","unknown_to_shop","ordered_but_dropped"}, ids.`
}

// planned is what a plan does, as scripts read it.
type planned struct {
	Version   int64 `json:"version"`
	Committed bool  `json:"committed"`
	Shop      bool  `json:"shop"`
	Planned   int   `json:"planned"`
	Exempt    struct {
		Withdrawn int `json:"withdrawn"`
		Changed   int `json:"changed"`
	} `json:"exempt"`
	Ordered    int `json:"ordered"`
	New        int `json:"new"`
	Moved      int `json:"moved"`
	Dropped    int `json:"dropped"`
	Stays      int `json:"ordered_but_dropped"`
	WithoutWay struct {
		NoLogin int `json:"no_login_address"`
		NotLive int `json:"not_live"`
		Total   int `json:"total"`
	} `json:"without_way"`
	Unknown int             `json:"unknown_to_shop"`
	Blank   int             `json:"blank"`
	Members *plannedMembers `json:"members,omitempty"`
}

type plannedMembers struct {
	NoLogin []string `json:"no_login_address"`
	NotLive []string `json:"not_live"`
	Unknown []string `json:"unknown_to_shop"`
	Stays   []string `json:"ordered_but_dropped"`
}

func (c resetPlanCmd) Run(p *program) error {
	return p.atShop(c.shopFlags, c.plan)
}

func (c resetPlanCmd) plan(d *office, shop *shop) error {
	if shop.direct != nil {
		d.tellFindings(shop.direct.Check(d.ctx))
	}
	draft, err := reset.NewDraft(d.ctx, d.resets, shop.direct, d.version, d.in.AsksReset, time.Now())
	if err != nil {
		return err
	}
	if c.Members {
		if err := d.recordNamed("members of the plan who need somebody's attention"); err != nil {
			return err
		}
	}
	implausible := draft.Implausible(c.AcceptChanged)
	if c.Commit && implausible == nil {
		if err := c.commit(d, draft); err != nil {
			return err
		}
	}
	if err := c.print(d, draft, shop.direct != nil, implausible == nil); err != nil {
		return err
	}
	if implausible == nil && !c.Commit {
		d.dryRun("these resets would be planned")
	}
	return implausible
}

func (c resetPlanCmd) commit(d *office, draft *reset.Draft) error {
	add, end := d.counting("planning", draft.Size())
	defer end()
	entry := d.entry(audit.ResetPlan)
	entry.Version = d.version
	return draft.Commit(d.ctx, d.resets, entry, add)
}

func (c resetPlanCmd) print(d *office, draft *reset.Draft, shop, committed bool) error {
	if c.JSON {
		return json.NewEncoder(d.Out).Encode(c.public(draft, shop, committed && c.Commit))
	}
	w := d.Out
	fmt.Fprintf(w, "Resets for version %d\n\n", draft.Version)
	for _, line := range []struct {
		n     int
		what  string
		whens bool
	}{
		{draft.Planned, "planned", true},
		{draft.Withdrawn, "exempt: the membership is closed", true},
		{draft.Changed, "exempt: another password than in the baseline", draft.Compared > 0},
		{draft.Ordered, "ordered before; they stay as they are", true},
		{len(draft.New), "of these are new in the plan", true},
		{len(draft.Moved), "were planned and are exempt now, or the other way round", len(draft.Moved) > 0},
		{len(draft.Dropped), "are not asked by this version any more: exempt now", len(draft.Dropped) > 0},
		{len(draft.Stays), "are not asked by this version any more, but were ordered: nobody can take that back", len(draft.Stays) > 0},
		{len(draft.WithoutWay()), "are planned and cannot have a ticket by themselves", true},
		{len(draft.NoLogin), "  because no login address of theirs is known", len(draft.NoLogin) > 0},
		{len(draft.NotLive), "  because the shop does not let them log in: withdrawn or provisional there", len(draft.NotLive) > 0},
		{len(draft.Unknown), "are planned, and the shop does not know them: is it the right database?", len(draft.Unknown) > 0},
		{draft.Blank, "are planned, and no password opens their account already", draft.Blank > 0},
	} {
		if line.whens {
			fmt.Fprintf(w, "  %6d  %s\n", line.n, line.what)
		}
	}
	c.printMembers(d, draft)
	switch {
	case !committed || !c.Commit:
	case draft.Changes():
		fmt.Fprintln(w, "\nPlanned. Nothing changed in the shop; \"exposurectl reset order\" does that.")
	default:
		fmt.Fprintln(w, "\nEverybody was planned so already: nothing was changed.")
	}
	return nil
}

// printMembers names members only where the operator asks for them.
func (c resetPlanCmd) printMembers(d *office, draft *reset.Draft) {
	if !c.Members {
		if len(draft.WithoutWay())+len(draft.Unknown)+len(draft.Stays) > 0 {
			fmt.Fprintln(d.Out, "\n--members names those who cannot have a ticket, whom the shop does not know, and who were ordered before.")
		}
		return
	}
	d.printIDs("No login address is known of", draft.NoLogin)
	d.printIDs("The shop does not let log in", draft.NotLive)
	d.printIDs("The shop does not know", draft.Unknown)
	d.printIDs("Ordered, and not asked by this version any more", draft.Stays)
}

func (c resetPlanCmd) public(draft *reset.Draft, shop, committed bool) planned {
	out := planned{Version: draft.Version, Committed: committed, Shop: shop, Planned: draft.Planned, Ordered: draft.Ordered,
		New: len(draft.New), Moved: len(draft.Moved), Dropped: len(draft.Dropped), Stays: len(draft.Stays),
		Unknown: len(draft.Unknown), Blank: draft.Blank}
	out.Exempt.Withdrawn, out.Exempt.Changed = draft.Withdrawn, draft.Changed
	out.WithoutWay.NoLogin, out.WithoutWay.NotLive, out.WithoutWay.Total = len(draft.NoLogin), len(draft.NotLive), len(draft.WithoutWay())
	if c.Members {
		out.Members = &plannedMembers{list(draft.NoLogin), list(draft.NotLive), list(draft.Unknown), list(draft.Stays)}
	}
	return out
}

// list is never null in JSON.
func list(ids []string) []string { return append([]string{}, ids...) }
