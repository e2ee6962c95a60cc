package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

type resetHoldCmd struct {
	Reason  string `placeholder:"R" help:"Why; for the audit log, never shown to customers. No names, no addresses."`
	Release bool   `help:"Go on."`
	JSON    bool   `name:"json" help:"Print as JSON."`
	Commit  bool   `help:"Do it; without this nothing is changed."`
}

func (resetHoldCmd) Help() string {
	return `Example:
  exposurectl reset hold --reason "members call that they cannot log in" --commit
  exposurectl reset hold --release --commit

While resets are held nothing is ordered, and no connector makes a password worthless. What was done stays done: members
whose password is worthless already still get tickets and set new ones.

JSON: {"committed","held":{"since","reason","by"}}, "held" null when they are not held.`
}

// heldNow is whether resets are held, as scripts read it.
type heldNow struct {
	Committed bool      `json:"committed"`
	Held      *heldJSON `json:"held"`
}

type heldJSON struct {
	Since  string `json:"since"` // RFC 3339
	Reason string `json:"reason"`
	By     string `json:"by"`
}

func (c resetHoldCmd) Run(p *program) error {
	switch {
	case c.Release && c.Reason != "":
		return usagef("--release takes no --reason")
	case !c.Release && strings.TrimSpace(c.Reason) == "":
		return usagef("say why resets are held: --reason R; or --release to go on")
	case strings.Contains(breach.FoldName(c.Reason), "@"):
		return usagef("--reason must hold no e-mail address: it is recorded for ever")
	}
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	hold, err := d.resets.Held(d.ctx)
	if err != nil {
		return err
	}
	same := (hold == nil) == c.Release && (hold == nil || hold.Reason == c.Reason)
	if c.Commit && !same {
		if err := c.commit(d); err != nil {
			return err
		}
		if hold, err = d.resets.Held(d.ctx); err != nil {
			return err
		}
	}
	return c.print(d, hold, same)
}

func (c resetHoldCmd) commit(d *office) error {
	if !c.Release {
		return d.resets.Hold(d.ctx, c.Reason, d.entry(audit.ResetHold))
	}
	err := d.resets.Release(d.ctx, d.entry(audit.ResetRelease))
	if errors.Is(err, sqlstore.ErrNotHeld) { // somebody else was faster
		return nil
	}
	return err
}

func (c resetHoldCmd) print(d *office, hold *reset.Hold, same bool) error {
	if c.JSON {
		if err := json.NewEncoder(d.Out).Encode(heldNow{Committed: c.Commit, Held: d.heldJSON(hold)}); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(d.Out, d.heldLine(hold))
	}
	switch {
	case same && !c.JSON:
		fmt.Fprintln(d.Out, "It was so already: nothing was changed.")
	case same || c.Commit:
	case c.Release:
		d.dryRun("resets would go on")
	default:
		d.dryRun("resets would be held")
	}
	return nil
}

func (d *office) heldJSON(hold *reset.Hold) *heldJSON {
	if hold == nil {
		return nil
	}
	return &heldJSON{Since: hold.Since.In(d.in.Zone).Format(time.RFC3339), Reason: hold.Reason, By: hold.By}
}

func (d *office) heldLine(hold *reset.Hold) string {
	if hold == nil {
		return "Resets are not held."
	}
	return fmt.Sprintf("RESETS ARE HELD since %s by %s: %s", hold.Since.In(d.in.Zone).Format("2006-01-02 15:04 (MST)"), hold.By, hold.Reason)
}
