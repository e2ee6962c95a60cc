package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type keygenCmd struct {
	Out string `required:"" type:"path" placeholder:"FILE" help:"Where to write the server's keys; the operator's go to FILE.operator. Neither may exist."`
}

func (keygenCmd) Help() string {
	return `Example:
  exposurectl keygen --out /etc/exposure/exposure.key

Give the server FILE alone. Keep FILE.operator on the office machine and a copy of both in a safe: without FILE the
database answers nobody, without FILE.operator no sealed contact or evidence can be opened.`
}

func (c keygenCmd) Run(p *program) error {
	server, operator, err := vault.Generate(time.Now())
	if err != nil {
		return err
	}
	if err := vault.WriteNew(c.Out, server); err != nil {
		return err
	}
	if err := vault.WriteNew(c.Out+".operator", operator); err != nil {
		return errors.Join(err, os.Remove(c.Out)) // nobody has it yet, and half a pair is of no use
	}
	fmt.Fprintf(p.Out, "%s           server keys: give them to exposured, and to nothing else\n", c.Out)
	fmt.Fprintf(p.Out, "%s.operator  operator keys: never put them on the server\n", c.Out)
	keys, err := vault.ParseServer(server)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "installation %s: note it down, the report of a purge names it\n", audit.Installation(keys.AuditVerifiers()...))
	return nil
}

type migrateCmd struct{}

func (migrateCmd) Help() string {
	return `Example:
  exposurectl migrate --database-url sqlite:/var/lib/exposure/exposure.db

Safe to repeat. The server never migrates by itself: it refuses to start on a schema it was not built for.`
}

func (migrateCmd) Run(p *program) error {
	if err := sqlstore.Migrate(p.ctx, p.Database); err != nil {
		return err
	}
	fmt.Fprintln(p.Out, "The database has the schema of this program.")
	return nil
}
