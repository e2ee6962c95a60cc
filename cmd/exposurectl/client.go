package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/client"
	"exposure/internal/sqlstore"
)

type clientCmds struct {
	Add    clientAddCmd    `cmd:"" help:"Let a program of the shop call the MY page interface, and print its key."`
	Rotate clientRotateCmd `cmd:"" help:"Print a new key beside the one in use; ends a suspension."`
	Revoke clientRevokeCmd `cmd:"" help:"End a key, or all keys of a client."`
	List   clientListCmd   `cmd:"" help:"The clients, their keys, and when these were last used."`
}

// clientLine is a client as scripts read it.
type clientLine struct {
	Name      string          `json:"name"`
	Scopes    []client.Scope  `json:"scopes"`
	Created   time.Time       `json:"created"`
	Suspended *time.Time      `json:"suspended"`
	Keys      []clientKeyLine `json:"keys"`
}

type clientKeyLine struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	LastUse *string   `json:"last_used"` // a day
}

func clientLineOf(c client.Client) clientLine {
	l := clientLine{Name: c.Name, Scopes: c.Scopes, Created: c.Made.UTC().Truncate(time.Second), Keys: []clientKeyLine{}}
	if !c.Suspended.IsZero() {
		at := c.Suspended.UTC().Truncate(time.Second)
		l.Suspended = &at
	}
	for _, k := range c.Keys {
		key := clientKeyLine{ID: k.ID(), Created: k.Made.UTC().Truncate(time.Second)}
		if !k.Used.IsZero() {
			day := k.Used.UTC().Format(time.DateOnly)
			key.LastUse = &day
		}
		l.Keys = append(l.Keys, key)
	}
	return l
}

// clientChange is the outcome of a change as scripts read it. Key is told once.
type clientChange struct {
	Version   int        `json:"version"`
	Committed bool       `json:"committed"`
	Client    clientLine `json:"client"`
	Key       *string    `json:"key"`
}

// changeClient changes a client, or with a dry run only tells what would become of it. Key
// is the text of a new key, empty when there is none.
func (p *program) changeClient(name string, commit, asJSON bool, action audit.Action, key string, step sqlstore.ClientStep) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	clients := db.Clients(keys)
	var after client.Client
	if commit {
		after, err = clients.Change(p.ctx, p.entry(action), name, step)
	} else {
		after, err = wouldBe(p, clients, name, step)
	}
	if err != nil {
		return err
	}
	if !commit {
		key = "" // a key that nothing accepts must not be copied into a shop
	}
	return p.tellClient(after, commit, asJSON, key)
}

// wouldBe takes a step without keeping it.
func wouldBe(p *program, clients *sqlstore.Clients, name string, step sqlstore.ClientStep) (client.Client, error) {
	all, err := clients.All(p.ctx)
	if err != nil {
		return client.Client{}, err
	}
	var before client.Client
	if i := slices.IndexFunc(all, func(c client.Client) bool { return c.Name == name }); i >= 0 {
		before = all[i]
	}
	return step(before)
}

// tellClient prints a new key alone on standard output, so that it can go into a file
// without passing a screen.
func (p *program) tellClient(after client.Client, commit, asJSON bool, key string) error {
	if asJSON {
		out := clientChange{Version: 1, Committed: commit, Client: clientLineOf(after)}
		if key != "" {
			out.Key = &key
		}
		return json.NewEncoder(p.Out).Encode(out)
	}
	if !commit {
		p.dryRun("it would be " + after.String())
		return nil
	}
	fmt.Fprintf(p.Err, "Now %s.\n", after)
	if key == "" {
		return nil
	}
	fmt.Fprintln(p.Err, "The key below is shown once and kept nowhere: put it where the shop's server keeps its secrets.")
	_, err := fmt.Fprintln(p.Out, key)
	return err
}

type clientAddCmd struct {
	Name   string `arg:"" help:"Name of the program, e.g. kit; for lists and the audit log."`
	Scope  string `required:"" placeholder:"SCOPES" help:"What it may do: gate (ask whether a member must set a new password), complete (redeem tickets, report new passwords), list (read all resets), enforce (report what a kit in the shop made worthless; a kit gets complete,list,enforce); separated by commas."`
	Commit bool   `help:"Do it; without this nothing is changed."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

func (clientAddCmd) Help() string {
	return `Example:
  exposurectl client add kit --scope gate,complete,list --commit > mypage.key

Give each program its own client, with no more than it needs: a shop's login needs gate and complete, only a kit that keeps
its own list needs list. A running server knows the client at once.`
}

func (c clientAddCmd) Run(p *program) error {
	scopes, err := client.ParseScopes(c.Scope)
	if err != nil {
		return usagef("--scope: %v", err)
	}
	text, key := client.NewKey(time.Now())
	if _, err := client.New(c.Name, scopes, key); err != nil {
		return usagef("%v", err)
	}
	return p.changeClient(c.Name, c.Commit, c.JSON, audit.ClientAdd, text, func(before client.Client) (client.Client, error) {
		if !before.Revoked() {
			return before, client.ErrExists
		}
		return client.New(c.Name, scopes, key)
	})
}

type clientRotateCmd struct {
	Name   string `arg:"" help:"Name of the client."`
	Commit bool   `help:"Do it; without this nothing is changed."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

func (clientRotateCmd) Help() string {
	return `Example:
  exposurectl client rotate kit --commit > mypage.key
  exposurectl client revoke kit --key 1a2b3c4d --commit

The old key goes on working until it is revoked: put the new one into the shop, see in "client list" that it is used, then
revoke the old one. A client that was suspended gets a new key instead of all others, and is suspended no more: find out
first who asked for what it was suspended for.`
}

func (c clientRotateCmd) Run(p *program) error {
	text, key := client.NewKey(time.Now())
	return p.changeClient(c.Name, c.Commit, c.JSON, audit.ClientRotate, text, func(before client.Client) (client.Client, error) {
		return before.Rotate(key)
	})
}

type clientRevokeCmd struct {
	Name   string `arg:"" help:"Name of the client."`
	Key    string `placeholder:"ID" help:"Only this key, as \"client list\" names it; without it the client ends."`
	Commit bool   `help:"Do it; without this nothing is changed."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

func (clientRevokeCmd) Help() string {
	return `Example:
  exposurectl client revoke kit --key 1a2b3c4d --commit
  exposurectl client revoke kit --commit

A running server refuses the key from then on. While the shop's login has no key, what it does is what its last list says.`
}

func (c clientRevokeCmd) Run(p *program) error {
	return p.changeClient(c.Name, c.Commit, c.JSON, audit.ClientRevoke, "", func(before client.Client) (client.Client, error) {
		return before.Revoke(c.Key)
	})
}

type clientListCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

func (clientListCmd) Help() string {
	return `Example:
  exposurectl client list

No key is printed: only hashes are kept. Days are those of UTC. Revoked clients are in the audit log.`
}

func (c clientListCmd) Run(p *program) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Clients(keys).All(p.ctx)
	if err != nil {
		return err
	}
	lines := make([]clientLine, len(all))
	for i, one := range all {
		lines[i] = clientLineOf(one)
	}
	if c.JSON {
		return json.NewEncoder(p.Out).Encode(lines)
	}
	if len(lines) == 0 {
		fmt.Fprintln(p.Err, "There is no client: no program of the shop can call the MY page interface.")
	}
	for _, l := range lines {
		if err := p.writeClient(l); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) writeClient(l clientLine) error {
	state := ""
	if l.Suspended != nil {
		state = "  SUSPENDED since " + l.Suspended.Format(time.RFC3339) + ": its keys are refused until \"client rotate " + l.Name + "\""
	}
	if _, err := fmt.Fprintf(p.Out, "%s  may %s%s\n", l.Name, client.FormatScopes(l.Scopes), state); err != nil {
		return err
	}
	for _, k := range l.Keys {
		used := "never used"
		if k.LastUse != nil {
			used = "last used on " + *k.LastUse
		}
		if _, err := fmt.Fprintf(p.Out, "  key %s  made %s  %s\n", k.ID, k.Created.Format(time.DateOnly), used); err != nil {
			return err
		}
	}
	return nil
}
