package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/config"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type resetCmds struct {
	Plan     resetPlanCmd     `cmd:"" help:"Plan the resets of the published version's members. Nothing changes in the shop."`
	Order    resetOrderCmd    `cmd:"" help:"Order the planned resets, of some members first, then of all. It cannot be undone."`
	Hold     resetHoldCmd     `cmd:"" help:"Stop ordering and making passwords worthless, or go on (--release)."`
	Status   resetStatusCmd   `cmd:"" help:"How the resets stand."`
	Accept   resetAcceptCmd   `cmd:"" help:"Accept a password that was changed without a ticket, after asking the member."`
	Retry    resetRetryCmd    `cmd:"" help:"Send again what was given up, and try again at once what failed in the shop."`
	Baseline resetBaselineCmd `cmd:"" help:"Read what passwords were in a backup from before the breach: who changed theirs since is exempt."`
	Grants   resetGrantsCmd   `cmd:"" help:"Print the SQL that makes the role with which an EC-CUBE shop's database is reached."`
}

// office is what commands about resets work with.
type office struct {
	*program
	in      *breach.Incident
	db      *sqlstore.DB
	keys    *vault.Server
	roster  *sqlstore.Roster
	resets  *sqlstore.Resets
	version int64 // the published one; 0 until asked for
}

// office opens the database. The caller closes it.
func (p *program) office() (*office, error) {
	in, _, err := p.incident()
	if err != nil {
		return nil, err
	}
	db, keys, err := p.store()
	if err != nil {
		return nil, err
	}
	return &office{program: p, in: in, db: db, keys: keys, roster: db.Roster(keys, in.Digest), resets: db.Resets(keys)}, nil
}

// published finds the version whose members are reset.
func (d *office) published() error {
	v, err := d.roster.Published(d.ctx)
	if errors.Is(err, sqlstore.ErrNoVersion) {
		return errors.New("no version is published yet: publish a version first, its members are who is reset")
	}
	d.version = v.ID
	return err
}

// shopFlags say how the shop's passwords are reached.
type shopFlags struct {
	Connector     string `name:"connector" env:"EXPOSURE_CONNECTOR" placeholder:"KIND" help:"How the shop's passwords are reset, as for \"exposured serve\": none, plugin, webhook:URL, eccube2:DSN or eccube4:DSN (none)."`
	ConnectorFile string `name:"connector-file" env:"EXPOSURE_CONNECTOR_FILE" placeholder:"FILE" help:"File that holds it."`
}

func (f shopFlags) check() (config.Connector, error) {
	return config.Serve{Connector: f.Connector, ConnectorFile: f.ConnectorFile}.CheckConnector()
}

// forgotPage is the shop's own page for forgotten passwords: the one the incident file
// names, or where EC-CUBE has it.
func forgotPage(in *breach.Incident, kind string) string {
	switch {
	case in.ForgotURL != "":
		return in.ForgotURL
	case slices.Contains([]string{"plugin", "eccube2", "eccube4"}, kind):
		return in.Site.Origin + "/forgot/"
	default:
		return ""
	}
}

// people says how many there are in words.
func people(n int) string {
	if n == 1 {
		return "1 member"
	}
	return fmt.Sprintf("%d members", n)
}

// tellFindings prints what a connector found, what blocks it first.
func (d *office) tellFindings(findings []reset.Finding) {
	for _, blocks := range []bool{true, false} {
		for _, f := range findings {
			if f.Blocks == blocks {
				fmt.Fprintf(d.Err, "%s: %s\n", map[bool]string{true: "The connector cannot work", false: "Note"}[blocks], f.Text)
			}
		}
	}
}

// printIDs prints member ids under a heading, if there are any.
func (d *office) printIDs(heading string, ids []string) {
	if len(ids) > 0 {
		fmt.Fprintf(d.Out, "\n%s:\n  %s\n", heading, strings.Join(ids, "\n  "))
	}
}

// recordNamed writes into the audit log that members are named, before they are.
func (d *office) recordNamed(who string) error {
	entry := d.entry(audit.Explain)
	entry.Version, entry.Detail = d.version, "named: "+who
	if err := d.db.Audit(d.keys).Append(d.ctx, entry); err != nil {
		return fmt.Errorf("recording that this was asked: %w", err)
	}
	return nil
}
