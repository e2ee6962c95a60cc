package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"exposure/internal/agent"
)

// agentLine is an account as scripts read it.
type agentLine struct {
	Name       string     `json:"name"`
	Role       agent.Role `json:"role"`
	State      string     `json:"state"` // live, disabled
	MustChange bool       `json:"must_change_password"`
	Trained    bool       `json:"trained"`
	Papers     int        `json:"paper_codes_left"`
	LastSignIn *string    `json:"last_sign_in"` // a day
}

func agentLineOf(a agent.Account) agentLine {
	l := agentLine{Name: a.Name, Role: a.Role, State: "live", MustChange: a.MustChange, Trained: a.Trained, Papers: a.PapersLeft()}
	if a.Disabled {
		l.State = "disabled"
	}
	if !a.SignedIn.IsZero() {
		day := a.SignedIn.Format(time.DateOnly)
		l.LastSignIn = &day
	}
	return l
}

type agentListCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

func (agentListCmd) Help() string {
	return `Example:
  exposurectl agent list

Each account is proven against the audit log, and that none is missing. Days are those of UTC.

JSON: [{"name","role","state","must_change_password","trained","paper_codes_left","last_sign_in"}].`
}

func (c agentListCmd) Run(p *program) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Agents(keys).All(p.ctx)
	if err != nil {
		return err
	}
	lines := make([]agentLine, len(all))
	for i, a := range all {
		lines[i] = agentLineOf(a)
	}
	if c.JSON {
		return json.NewEncoder(p.Out).Encode(lines)
	}
	if len(lines) == 0 {
		fmt.Fprintln(p.Err, "There is no account: nobody can sign in to the call centre's desk.")
		return nil
	}
	return p.writeAgents(lines)
}

func (p *program) writeAgents(lines []agentLine) error {
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tSTATE\tPAPER CODES\tLAST SIGN-IN\tTRAINED")
	for _, l := range lines {
		last, trained, state := "never", "no", l.State
		if l.LastSignIn != nil {
			last = *l.LastSignIn
		}
		if l.Trained {
			trained = "yes"
		}
		if l.MustChange && state == "live" {
			state += ", first password"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", l.Name, l.Role, state, l.Papers, last, trained)
	}
	return w.Flush()
}
