package main

import (
	"encoding/json"
	"fmt"

	"exposure/internal/agent"
	"exposure/internal/audit"
)

type agentCmds struct {
	Add     agentAddCmd     `cmd:"" help:"Make an account for somebody of the call centre, and print once what they sign in with."`
	Disable agentDisableCmd `cmd:"" help:"End an account and its sessions at once."`
	Reset   agentResetCmd   `cmd:"" help:"Give an account a new first password, authenticator secret and paper codes."`
	List    agentListCmd    `cmd:"" help:"The accounts: role, state, paper codes left, last sign-in, training."`
}

// agentChange is the outcome of a change as scripts read it. What follows the account is
// told once, and null when nothing was made or when it is on the sheet.
type agentChange struct {
	Version   int       `json:"version"`
	Committed bool      `json:"committed"`
	Account   agentLine `json:"account"`
	Password  *string   `json:"first_password"`
	TOTP      *string   `json:"totp_secret"`
	URI       *string   `json:"otpauth_uri"`
	Papers    []string  `json:"paper_codes"`
	Sheet     *string   `json:"sheet"`
}

// given is what somebody is given with an account, and how.
type given struct {
	onePerson `embed:"" set:"who=Who decided it; recorded, not verified."`
	Sheet     string `placeholder:"FILE" help:"Write it to this new file instead, an HTML page to print and then destroy; nobody else may read it."`
	Commit    bool   `help:"Do it; without this nothing is changed."`
	JSON      bool   `name:"json" help:"Print as JSON, the secrets too unless there is a sheet."`
}

// issue takes a step that makes secrets.
func (g given) issue(p *program, name string, action audit.Action, step func(before agent.Account, keys agent.AccountSecrets) (agent.Account, agent.Credentials, error)) error {
	if err := agent.CheckName(name); err != nil {
		return usagef("%v", err)
	}
	entry, err := g.entry(p, action, name)
	if err != nil {
		return err
	}
	issuer, err := p.issuer()
	if err != nil {
		return err
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	var credentials agent.Credentials
	sheet := sheetFile{path: g.Sheet}
	defer sheet.discard()
	take := func(before agent.Account) (after agent.Account, err error) {
		after, credentials, err = step(before, keys)
		if err == nil && g.Commit && g.Sheet != "" { // before it is committed: what nobody can read would be lost
			err = sheet.write(credentials, issuer)
		}
		return after, err
	}
	after, err := p.changeAgent(db.Agents(keys), g.Commit, entry, name, take)
	if err != nil {
		return err
	}
	sheet.keep()
	return g.tell(p, after, credentials, issuer)
}

// issuer is what authenticator apps show above the code.
func (p *program) issuer() (string, error) {
	if p.Incident == "" {
		return "Call centre", nil
	}
	in, _, err := p.incident()
	if err != nil {
		return "", err
	}
	return in.Site.Name.In("en"), nil
}

// changeAgent takes a step, or with a dry run only tells what would become of it.
func (p *program) changeAgent(roll agent.Roll, commit bool, entry audit.Entry, name string, step agent.Step) (agent.Account, error) {
	if commit {
		return roll.Change(p.ctx, entry, name, step)
	}
	before, err := roll.Account(p.ctx, name)
	if err != nil && before.Name == "" && !isNoAccount(err) {
		return agent.Account{}, err
	}
	return step(before)
}

func (g given) tell(p *program, after agent.Account, c agent.Credentials, issuer string) error {
	uri := c.URI(issuer)
	if g.JSON {
		out := agentChange{Version: 1, Committed: g.Commit, Account: agentLineOf(after)}
		switch {
		case g.Commit && g.Sheet == "":
			out.Password, out.TOTP, out.URI, out.Papers = &c.Password, &c.TOTP, &uri, c.Papers
		case g.Commit:
			out.Sheet = &g.Sheet
		}
		return json.NewEncoder(p.Out).Encode(out)
	}
	if !g.Commit {
		p.dryRun(fmt.Sprintf("%s would be an account for %s, with a new password, authenticator secret and paper codes", after.Name, roleOf(after.Role)))
		return nil
	}
	fmt.Fprintf(p.Err, "%s is an account for %s. Its sessions, if there were any, are over.\n", after.Name, roleOf(after.Role))
	if g.Sheet != "" {
		fmt.Fprintf(p.Err, "What it signs in with is in %s and nowhere else: print it, hand it over, and destroy the file and what the printer keeps.\n", g.Sheet)
		return nil
	}
	fmt.Fprintln(p.Err, "What follows is shown once and kept nowhere: hand it over in person.")
	return writeCredentials(p.Out, c, uri)
}

func roleOf(r agent.Role) string {
	if r == agent.RoleSupervisor {
		return "a supervisor"
	}
	return "an agent"
}

type agentAddCmd struct {
	Name  string     `arg:"" help:"Name of the account, e.g. sato.hana: 1 to 32 of a-z 0-9 . - and a letter first."`
	Role  agent.Role `required:"" enum:"agent,supervisor" placeholder:"ROLE" help:"agent (takes calls) or supervisor (takes calls and sees counts, never people)."`
	given `embed:""`
}

func (agentAddCmd) Help() string {
	return `Example:
  exposurectl agent add sato.hana --role agent --by "Ito Ken" --sheet sato.hana.html --commit

Prints once: the first password (which must be changed at the first sign-in), the secret of an authenticator app as text, as
otpauth address and as a QR code, and ten paper codes for who has no phone at the desk. Nothing of it is kept in a form that
can be shown again. Of an account that was disabled this makes a new one. A running server knows the account at once.

JSON: {"version","committed","account","first_password","totp_secret","otpauth_uri","paper_codes","sheet"}. The secrets are in it
once, unless there is a sheet: whoever keeps the output keeps them.`
}

func (c agentAddCmd) Run(p *program) error {
	return c.issue(p, c.Name, audit.AgentAdd, func(before agent.Account, keys agent.AccountSecrets) (agent.Account, agent.Credentials, error) {
		return agent.Enrol(keys, before, c.Name, c.Role)
	})
}

type agentResetCmd struct {
	Name  string `arg:"" help:"Name of the account."`
	given `embed:""`
}

func (agentResetCmd) Help() string {
	return `Example:
  exposurectl agent reset sato.hana --by "Ito Ken" --sheet sato.hana.html --commit

For a phone or paper codes that are lost or used up, a password that is forgotten, or one that somebody else may know. What the
account signed in with so far is worth nothing from then on, and its sessions are over. Prints what "agent add" prints, once.
An account that is disabled is not brought back: "agent add" makes it anew.

JSON: as "agent add --json".`
}

func (c agentResetCmd) Run(p *program) error {
	return c.issue(p, c.Name, audit.AgentReset, func(before agent.Account, keys agent.AccountSecrets) (agent.Account, agent.Credentials, error) {
		return before.Reset(keys)
	})
}

type agentDisableCmd struct {
	onePerson `embed:"" set:"who=Who decided it; recorded, not verified."`
	Name      string `arg:"" help:"Name of the account."`
	Commit    bool   `help:"Do it; without this nothing is changed."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

func (agentDisableCmd) Help() string {
	return `Example:
  exposurectl agent disable sato.hana --by "Ito Ken" --commit

The account is refused from then on, and its sessions are over with their next step. It stays in the list, so that its name in
the audit log is still explained.

JSON: {"version","committed","account",...}, the secrets null.`
}

func (c agentDisableCmd) Run(p *program) error {
	if err := agent.CheckName(c.Name); err != nil {
		return usagef("%v", err)
	}
	entry, err := c.entry(p, audit.AgentDisable, c.Name)
	if err != nil {
		return err
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	after, err := p.changeAgent(db.Agents(keys), c.Commit, entry, c.Name, agent.Account.Disable)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		return json.NewEncoder(p.Out).Encode(agentChange{Version: 1, Committed: c.Commit, Account: agentLineOf(after)})
	case !c.Commit:
		p.dryRun(after.Name + " would be disabled")
	default:
		fmt.Fprintf(p.Err, "%s is disabled, and its sessions are over.\n", after.Name)
	}
	return nil
}
