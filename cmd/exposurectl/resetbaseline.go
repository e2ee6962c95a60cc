package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/reset"
	"exposure/internal/roster"
)

type resetBaselineCmd struct {
	shopFlags    `embed:""`
	File         string `required:"" type:"existingfile" placeholder:"F" help:"CSV file with member ids and password hashes, from a backup of before the breach."`
	MemberColumn string `placeholder:"NAME" help:"Column of the member id, if it is not recognised."`
	HashColumn   string `placeholder:"NAME" help:"Column of the hash, if it is not recognised."`
	Encoding     string `enum:"auto,cp932,utf-8" default:"auto" help:"Encoding of the file (${enum})."`
	NeverRehash  bool   `name:"never-rehashed" help:"This EC-CUBE 4 was never 4.3 or newer since the backup, so that no log-in has put a newer hash in the place of an old one."`
	JSON         bool   `name:"json" help:"Print as JSON."`
	Commit       bool   `help:"Do it; without this nothing is changed."`
}

func (resetBaselineCmd) Help() string {
	return `Example:
  export EXPOSURE_CONNECTOR_FILE=/run/secrets/shop
  exposurectl reset plan --commit
  exposurectl reset baseline --file backup_customers.csv --commit
  exposurectl reset plan --commit

A shop stores no time at which a password was changed. With the hashes of a backup taken before the breach, "reset plan"
exempts who has another one today. Of each hash only a keyed fingerprint is kept; the file is not copied: destroy it when
you are done. The columns are customer_id, member_id or id, and password, password_hash or hash. A file that holds
passwords themselves is refused. EC-CUBE 4.3 puts a newer hash in the place of an old one when a member logs in, with the
old password: such members look as if they had changed it, so of its shops only the newer hashes ($2y$…) are taken. If the
shop changed how it hashes since the backup in any other way, use no baseline.

JSON: {"committed","read","new","same","ordered","not_in_plan","without_baseline","not_comparable"}, numbers of members.`
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
	Left      int  `json:"not_comparable"` // old hashes that a log-in may have replaced
}

func (c resetBaselineCmd) Run(p *program) error {
	shop, err := c.check()
	switch {
	case err != nil:
		return usagef("%v", err)
	case !strings.HasPrefix(shop.Kind, "eccube"):
		return usagef("a baseline is compared with what the shop's database holds: give it with --connector eccube2:DSN or eccube4:DSN")
	}
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	file := roster.HashFile{Path: c.File, Encoding: c.Encoding, MemberColumn: c.MemberColumn, HashColumn: c.HashColumn}
	left := 0
	hashes := func(ctx context.Context, do func(memberID, hash string) error) error {
		return file.Each(ctx, func(memberID, hash string) error {
			if shop.Kind == "eccube4" && !c.NeverRehash && hash[0] != '$' {
				left++
				return nil
			}
			return do(memberID, hash)
		})
	}
	b, err := reset.NewBaseline(d.ctx, d.resets, hashes, d.keys.PasswordFingerprint)
	if errors.Is(err, reset.ErrNoneInPlan) && left > 0 {
		return fmt.Errorf("all hashes that could be compared are old ones, which EC-CUBE 4.3 replaces at a log-in with the old password: " +
			"nobody can be exempt by them. If this shop was never 4.3 or newer since the backup, say --never-rehashed")
	}
	if err != nil {
		return err
	}
	if c.Commit {
		if err := b.Commit(d.ctx, d.resets, d.entry(audit.ResetBaseline)); err != nil {
			return err
		}
	}
	out := baselined{Committed: c.Commit, Read: b.Read, New: b.Size(), Same: b.Same, Ordered: b.Ordered, Others: b.Others, Missing: b.Missing, Left: left}
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
%6d  of the plan have no baseline: they are never exempt by it
%6d  of the file have an old hash, which cannot be compared
`, out.Read, out.New, out.Same, out.Ordered, out.Others, out.Missing, out.Left)
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
