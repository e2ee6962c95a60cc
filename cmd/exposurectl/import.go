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
	"exposure/internal/vault"
)

type importCmd struct {
	Shop        string `enum:"eccube2," default:"" placeholder:"eccube2" help:"Shop system the exports come from."`
	Members     string `type:"existingfile" placeholder:"F" help:"Member export."`
	Orders      string `type:"existingfile" placeholder:"F" help:"Order export."`
	Items       string `type:"existingfile" placeholder:"F" help:"Order item export."`
	Deliveries  string `type:"existingfile" placeholder:"F" help:"Delivery export."`
	Settlements string `type:"existingfile" placeholder:"F" help:"What the payment company sends: the only evidence of a card payment."`
	FirstNotice string `type:"existingfile" placeholder:"F" help:"Addresses or order numbers that got the first notice."`
	Roster      string `type:"existingfile" placeholder:"F" help:"An approved list, instead of exports."`
	Template    bool   `help:"Print an example of an approved list and stop."`

	Zone          string   `placeholder:"ZONE" help:"The shop's clock, for times without a zone, e.g. Asia/Tokyo."`
	Encoding      string   `enum:"auto,cp932,utf-8" default:"auto" help:"Encoding of the files (${enum})."`
	AcceptRejects int      `placeholder:"N" help:"Commit although exactly N rows could not be read."`
	AcceptMissing []string `placeholder:"COLUMN" help:"Import although this column is missing."`
	JSON          bool     `name:"json" help:"Print the result as JSON."`
	Commit        bool     `help:"Store it as a new version; without this nothing is changed."`
}

func (importCmd) Help() string {
	return `Example:
  exposurectl import --shop eccube2 --members all_members.csv --orders all_orders.csv --items order_items.csv \
      --deliveries deliveries.csv --settlements card_settlements.csv
  exposurectl import --roster approved.csv --commit

The exports stay on this machine. What is stored is keyed hashes of addresses and what each may have lost.`
}

// memoryLimit keeps the collector of a large import within what an office machine has to
// spare: 1 M members and 3 M orders need about 1.3 GiB. GOMEMLIMIT overrides it.
const memoryLimit = 1300 << 20

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
	o := roster.Options{
		Incident: in, Vocabulary: words, Profile: c.Shop, Encoding: c.Encoding,
		AcceptRejects: c.AcceptRejects, AcceptMissing: c.AcceptMissing,
	}
	if c.Zone != "" {
		zone, err := time.LoadLocation(c.Zone)
		if err != nil {
			return nil, usagef("--zone %q is no time zone; use a name such as Asia/Tokyo", c.Zone)
		}
		o.Zone = zone
	}
	switch {
	case c.Roster != "" && c.Shop != "":
		return nil, usagef("--shop and --roster exclude each other: import either exports or an approved list")
	case c.Roster != "":
		return roster.ImportList(p.ctx, c.Roster, o)
	case c.Shop != "":
		o.Files = roster.Files{Members: c.Members, Orders: c.Orders, Items: c.Items, Deliveries: c.Deliveries,
			Settlements: c.Settlements, FirstNotice: c.FirstNotice}
		return roster.ImportShop(p.ctx, o)
	default:
		return nil, usagef("say what to import: --shop eccube2 with its files, or --roster FILE")
	}
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
	login, host := whoAmI()
	entry := audit.Entry{
		At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: login + "@" + host},
		Action: audit.Import, Outcome: audit.Done,
	}
	operator, err := vault.LoadOperator(p.KeyFile + ".operator")
	if err != nil {
		return nil, err
	}
	id, err := roster.Save(p.ctx, db.Roster(keys, in.Digest), keys, operator, result, entry, nil)
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
