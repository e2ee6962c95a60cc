package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
)

type importCmd struct {
	exports  `embed:""`
	Roster   string `type:"existingfile" placeholder:"F" help:"An approved list, instead of exports."`
	Template bool   `help:"Print an example of an approved list and stop."`

	AcceptRejects int  `placeholder:"N" help:"Commit although exactly N rows could not be read."`
	JSON          bool `name:"json" help:"Print the result as JSON."`
	Commit        bool `help:"Store it as a new version; without this nothing is changed."`
}

func (importCmd) Help() string {
	return `Example:
  exposurectl import --shop eccube2 --members all_members.csv --orders all_orders.csv --items order_items.csv \
      --deliveries deliveries.csv --settlements card_settlements.csv
  exposurectl import --roster approved.csv --commit

The exports stay on this machine. What is stored is keyed hashes of addresses and what each may have lost, and, sealed
to the operator's key, why. What was decided with "review decide" is taken into account.`
}

// memoryLimit keeps the collector of a large import within what an office machine has to
// spare. GOMEMLIMIT overrides it.
const memoryLimit = 1200 << 20

func (c importCmd) Run(p *program) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if c.Template {
		fmt.Fprint(p.Out, roster.ListTemplate())
		return nil
	}
	in, words, err := p.incident()
	if err != nil {
		return err
	}
	result, err := c.read(p, in, words)
	if err != nil {
		return err
	}
	version, err := c.store(p, in, result)
	if err != nil {
		return err
	}
	if err := c.print(p, result, version); err != nil {
		return err
	}
	return c.conclude(p, result, version)
}

// conclude says what a dry run was for, and whether the figures are the announced ones.
func (c importCmd) conclude(p *program, result *roster.Result, version *int64) error {
	if err := result.Committable(); version == nil && err != nil {
		fmt.Fprintf(p.Err, "Dry run: this would not be stored: %v\n", err)
		return errRefused
	}
	if version == nil {
		p.dryRun("this would be stored as a new version of the roster, not yet published")
	}
	if result.Differs() {
		return errRefused
	}
	return nil
}

func (c importCmd) read(p *program, in *breach.Incident, words *incident.Vocabulary) (*roster.Result, error) {
	o, err := c.options(p, in, words)
	if err != nil {
		return nil, err
	}
	o.AcceptRejects = c.AcceptRejects
	switch {
	case c.Roster != "" && c.Shop != "":
		return nil, usagef("--shop and --roster exclude each other: import either exports or an approved list")
	case c.Roster == "" && c.Shop == "":
		return nil, usagef("say what to import: --shop SHOP with its files, or --roster FILE")
	}
	if o.Decided, err = p.decided(); err != nil {
		return nil, err
	}
	if c.Roster != "" {
		return roster.ImportList(p.ctx, c.Roster, o)
	}
	return roster.ImportShop(p.ctx, o)
}

// store commits the version, or does nothing in a dry run.
func (c importCmd) store(p *program, in *breach.Incident, result *roster.Result) (*int64, error) {
	if !c.Commit {
		return nil, nil
	}
	if err := result.Committable(); err != nil {
		_ = c.print(p, result, nil)
		return nil, err
	}
	db, keys, err := p.store()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	operator, err := p.operator()
	if err != nil {
		return nil, err
	}
	id, err := roster.Save(p.ctx, db.Roster(keys, in.Digest), keys, operator, result, p.entry(audit.Import), p.storing())
	if errors.Is(err, sqlstore.ErrSameFiles) {
		return nil, fmt.Errorf("%w: these very files are already stored; publish that version instead", err)
	}
	if err != nil {
		return nil, err
	}
	return &id, nil
}

func (c importCmd) print(p *program, result *roster.Result, version *int64) error {
	if c.JSON {
		_, err := fmt.Fprintf(p.Out, "%s\n", result.JSON(version, version != nil))
		return err
	}
	if version != nil {
		fmt.Fprintf(p.Out, "Stored as version %d. Nothing is published yet.\n\n", *version)
	}
	return result.WriteTable(p.Out)
}

// entry is an audit row of this operator, now.
func (p *program) entry(action audit.Action) audit.Entry {
	login, host := whoAmI()
	return audit.Entry{
		At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: login + "@" + host}, Action: action, Outcome: audit.Done,
	}
}
