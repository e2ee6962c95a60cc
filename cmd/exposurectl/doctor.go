package main

import (
	"context"
	"encoding/json"
	"net"

	"github.com/alecthomas/kong"

	"exposure/internal/config"
	"exposure/internal/doctor"
)

// doctorCmd takes the flags of "exposured serve", some of which are named like those of
// this program: they are parsed here.
type doctorCmd struct {
	Flags []string `arg:"" optional:"" help:"The flags of \"exposured serve\", if its variables are not set; --json; --resolver."`
}

type doctorFlags struct {
	config.Serve
	Operator string `name:"operator-key-file" env:"EXPOSURE_OPERATOR_KEY_FILE" placeholder:"FILE" help:"Operator key file, to see whether it is the pair; never on the server."`
	Resolver string `placeholder:"HOST:PORT" help:"DNS server to ask, e.g. that of your domain before caches know a new record."`
	JSON     bool   `name:"json" help:"Print as JSON."`
}

// Help replaces that of serve.
func (doctorFlags) Help() string {
	return `Example:
  exposurectl doctor
  exposurectl doctor --json --resolver ns1.example.jp:53

Run it with the variables of "exposured serve", on the server and before every change: configuration, keys, incident file,
database, Redis, mail server, DNS records, disk, clocks and the public address. Each finding says what to do. It changes
nothing. Exit code 0: all well; 1: findings; 2: usage.`
}

func (c doctorCmd) Run(p *program) error {
	flags, done, err := c.parse(p)
	if err != nil || done {
		return err
	}
	settings, refusals := flags.Look()
	shop, end := lookAtShop(p.ctx, settings)
	defer end()
	report := doctor.Examine(p.ctx, doctor.Installation{
		Refusals: refusals, NoDesk: settings.ConsoleURL == nil, ProxyUnnamed: settings.ProxyUnnamed(),
		Incident: settings.Incident, KeyFile: settings.KeyFile, OperatorKeyFile: flags.Operator,
		Database: settings.Database, Redis: settings.Redis, SMTP: settings.SMTP, MailFrom: settings.MailFrom,
		DKIM: settings.Signing(), PublicURL: settings.PublicURL, PrivateAddr: settings.PrivateAddr,
		Heads: settings.AuditHeads, Alarm: settings.Alarm, Shop: shop,
		Resolver: resolver(flags.Resolver),
	})
	if flags.JSON {
		err = json.NewEncoder(p.Out).Encode(report)
	} else {
		err = report.Write(p.Out)
	}
	if err == nil && !report.Well {
		err = errRefused
	}
	return err
}

// parse reads the command's own flags over what was given before its name.
func (c doctorCmd) parse(p *program) (flags doctorFlags, done bool, err error) {
	parser, err := kong.New(&flags, kong.Name("exposurectl doctor"), kong.Writers(p.Out, p.Err),
		kong.Description("Look for whatever keeps this installation from answering."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(func(int) { done = true }))
	if err != nil {
		return flags, false, err
	}
	if _, err := parser.Parse(c.Flags); err != nil && !done {
		return flags, false, usagef("%v; exposurectl doctor --help lists the flags", err)
	}
	for _, f := range []struct {
		to   *string
		from string
	}{{&flags.Incident, p.Incident}, {&flags.KeyFile, p.KeyFile}, {&flags.Operator, p.Operator}} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	return flags, done, nil
}

// resolver asks one DNS server only, or the system's when none is named.
func resolver(address string) *net.Resolver {
	if address == "" {
		return nil
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
}
