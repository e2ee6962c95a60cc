package main

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
)

// exports are the flags of every command that reads a shop's files.
type exports struct {
	Shop        string `enum:"eccube2,eccube3,eccube4,shopify,colorme,magento2,generic," default:"" placeholder:"SHOP" help:"Shop system the exports come from: eccube2, eccube3, eccube4, shopify, colorme, magento2, or generic with --mapping."`
	Mapping     string `type:"existingfile" placeholder:"F" help:"Mapping file for --shop generic (\"export-guide generic\" explains it)."`
	Members     string `type:"existingfile" placeholder:"F" help:"Member export."`
	Orders      string `type:"existingfile" placeholder:"F" help:"Order export."`
	Items       string `type:"existingfile" placeholder:"F" help:"Order item export, if the order export does not hold the items."`
	Deliveries  string `type:"existingfile" placeholder:"F" help:"Delivery export, if the order export does not hold the deliveries."`
	Settlements string `type:"existingfile" placeholder:"F" help:"What the payment company sends: the only evidence of a card payment."`
	FirstNotice string `type:"existingfile" placeholder:"F" help:"Addresses or order numbers that got the first notice."`

	Zone          string   `placeholder:"ZONE" help:"The shop's clock, for times without a zone, e.g. Asia/Tokyo."`
	Encoding      string   `enum:"auto,cp932,utf-8" default:"auto" help:"Encoding of the files (${enum})."`
	AcceptMissing []string `placeholder:"COLUMN" help:"Read on although this column, or this whole file, is missing. What depends on it is then unknown, not \"no\"."`
	NotCard       []string `placeholder:"COLUMN" help:"You vouch that this column holds no card numbers, e.g. a column of JAN codes."`
}

func (e *exports) files() roster.Files {
	return roster.Files{Members: e.Members, Orders: e.Orders, Items: e.Items, Deliveries: e.Deliveries,
		Settlements: e.Settlements, FirstNotice: e.FirstNotice}
}

// options is how the files are to be read.
func (e *exports) options(p *program, in *breach.Incident, words *incident.Vocabulary) (roster.Options, error) {
	o := roster.Options{
		Incident: in, Vocabulary: words, Profile: e.Shop, Mapping: e.Mapping, Files: e.files(), Encoding: e.Encoding,
		AcceptMissing: e.AcceptMissing, NotCard: e.NotCard, Progress: p.reading(),
	}
	if (e.Shop == "generic") != (e.Mapping != "") {
		return o, usagef("--shop generic and --mapping FILE go together")
	}
	if e.Zone != "" {
		zone, err := time.LoadLocation(e.Zone)
		if err != nil {
			return o, usagef("--zone %q is no time zone; use a name such as Asia/Tokyo", e.Zone)
		}
		o.Zone = zone
	}
	return o, nil
}

// decided looks decisions up by the record's id. Without a key file or a database there
// are none: a dry run on a fresh machine must not need either. A database that cannot be read as
// it is may hold decisions, without which the people they are about would be listed otherwise.
func (p *program) decided() (func(string) breach.Decision, error) {
	if p.KeyFile == "" {
		return nil, nil
	}
	if _, err := os.Stat(p.KeyFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	db, keys, err := p.store()
	if errors.Is(err, sqlstore.ErrNoDatabase) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer db.Close()
	decided, err := db.Roster(keys, [32]byte{}).DecisionOf(p.ctx)
	if err != nil {
		return nil, err
	}
	return func(id string) breach.Decision { return decided(keys.RecordHandles(id)) }, nil
}
