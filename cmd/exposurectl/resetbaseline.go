package main

import (
	"encoding/json"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/reset"
	"exposure/internal/roster"
)

type resetBaselineCmd struct {
	File         string `required:"" type:"existingfile" placeholder:"F" help:"CSV file with member ids and password hashes, from a backup of before the breach."`
	MemberColumn string `placeholder:"NAME" help:"Column of the member id, if it is not recognised."`
	HashColumn   string `placeholder:"NAME" help:"Column of the hash, if it is not recognised."`
	Encoding     string `enum:"auto,cp932,utf-8" default:"auto" help:"Encoding of the file (${enum})."`
	JSON         bool   `name:"json" help:"Print as JSON."`
	Commit       bool   `help:"Do it; without this nothing is changed."`
}

func (resetBaselineCmd) Help() string {
	return `Example:
  exposurectl reset plan --commit
  exposurectl reset baseline --file backup_customers.csv --commit
  exposurectl reset plan --connector-file /run/secrets/shop --commit

A shop stores no time at which a password was changed. With the hashes of a backup taken before the breach, "reset plan"
exempts who has another one today. Of each hash only a keyed fingerprint is kept; the file is not copied: destroy it when
you are done. The columns are customer_id, member_id or id, and password, password_hash or hash. A file that holds
passwords themselves is refused.

JSON: {"committed","read","new","same","ordered","not_in_plan","without_baseline"}, numbers of members.`
}

// baselined is a baseline, as scripts read it.
type baselined struct {
	Committed bool `json:"committed"`
	Read      int  `json:"read"`
	New       int  `json:"new"`
	Same      int  `json:"same"`
	Ordered   int  `json:"ordered"`
	Others    int  `json:"not_in_plan"`
	Missing   int  `json:"without_baseline"`
}

func (c resetBaselineCmd) Run(p *program) error {
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	file := roster.HashFile{Path: c.File, Encoding: c.Encoding, MemberColumn: c.MemberColumn, HashColumn: c.HashColumn}
	b, err := reset.NewBaseline(d.ctx, d.resets, file.Each, d.keys.PasswordFingerprint)
	if err != nil {
		return err
	}
	if c.Commit {
		if err := b.Commit(d.ctx, d.resets, d.entry(audit.ResetBaseline)); err != nil {
			return err
		}
	}
	out := baselined{Committed: c.Commit, Read: b.Read, New: b.Size(), Same: b.Same, Ordered: b.Ordered, Others: b.Others, Missing: b.Missing}
	return c.print(d, out)
}

func (c resetBaselineCmd) print(d *office, out baselined) error {
	if c.JSON {
		if err := json.NewEncoder(d.Out).Encode(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(d.Out, `%6d  members in the file
%6d  of the plan have a new baseline
%6d  have this baseline already
%6d  are ordered already: too late for a baseline
%6d  are in no plan
%6d  of the plan are not in the file: they are never exempt by it
`, out.Read, out.New, out.Same, out.Ordered, out.Others, out.Missing)
	}
	switch {
	case out.New == 0 && !c.JSON:
		fmt.Fprintln(d.Out, "\nNothing new: nothing was changed.")
	case out.New == 0:
	case !c.Commit:
		d.dryRun(fmt.Sprintf("keyed fingerprints of %s would be kept", people(out.New)))
	case !c.JSON:
		fmt.Fprintln(d.Out, "\nKept, as keyed fingerprints. Run \"exposurectl reset plan\" again: it takes them into account. Destroy the file.")
	}
	return nil
}
