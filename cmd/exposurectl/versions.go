package main

import (
	"errors"
	"fmt"

	"exposure/internal/sqlstore"
)

type versionsCmd struct{}

func (versionsCmd) Help() string {
	return `Example:
  exposurectl versions

Lists what has been imported; "publish --version N" makes any of them the one that answers.`
}

func (versionsCmd) Run(p *program) error {
	in, db, versions, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := versions.Versions(p.ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("no version has been imported yet")
	}
	published, err := versions.Published(p.ctx)
	if err != nil && !errors.Is(err, sqlstore.ErrNoVersion) {
		return err
	}
	fmt.Fprintln(p.Out, "version  imported            people  addresses")
	for _, v := range all {
		note := ""
		switch {
		case v.ID == published.ID:
			note = "  published"
		case v.IncidentDigest != in.Digest:
			note = "  made from another incident file"
		}
		fmt.Fprintf(p.Out, "%7d  %s  %6d  %9d%s\n", v.ID, v.CommittedAt.In(in.Zone).Format("2006-01-02 15:04:05"), v.Persons, v.Tags, note)
	}
	return nil
}

// newest is the asked version, or the one imported last.
func newest(p *program, r *sqlstore.Roster, id int64) (sqlstore.Version, error) {
	if id != 0 {
		return r.Version(p.ctx, id)
	}
	all, err := r.Versions(p.ctx)
	if err != nil {
		return sqlstore.Version{}, err
	}
	if len(all) == 0 {
		return sqlstore.Version{}, errors.New("no version has been imported yet")
	}
	return all[len(all)-1], nil
}
