package main

import (
	"errors"
	"fmt"

	"exposure/internal/roster"
	"exposure/internal/sqlstore"
)

type reconcileCmd struct {
	Version int64 `placeholder:"N" help:"Version to compare; the published one if left out, else the newest."`
	JSON    bool  `name:"json" help:"Print as JSON."`
}

func (reconcileCmd) Help() string {
	return `Example:
  exposurectl reconcile --version 1

Exits with 1 when any figure differs from the announced one.`
}

func (c reconcileCmd) Run(p *program) error {
	_, db, versions, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	version, err := c.version(p, versions)
	if err != nil {
		return err
	}
	summary, err := roster.ParseSummary(version.Summary)
	if err != nil {
		return err
	}
	if c.JSON {
		fmt.Fprintf(p.Out, "%s\n", summary.JSON(&version.ID, true))
	} else {
		fmt.Fprintf(p.Out, "Version %d\n\n", version.ID)
		if err := summary.WriteTable(p.Out); err != nil {
			return err
		}
	}
	if summary.Differs {
		return errRefused
	}
	return nil
}

func (c reconcileCmd) version(p *program, r *sqlstore.Roster) (sqlstore.Version, error) {
	if c.Version != 0 {
		return r.Version(p.ctx, c.Version)
	}
	v, err := r.Published(p.ctx)
	if errors.Is(err, sqlstore.ErrNoVersion) {
		return newest(p, r, 0)
	}
	return v, err
}
