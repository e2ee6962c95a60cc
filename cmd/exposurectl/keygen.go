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
	return nil
}

type migrateCmd struct{}

func (migrateCmd) Help() string {
	return `Example:
  exposurectl migrate --database-url sqlite:/var/lib/exposure/exposure.db

Safe to repeat. The server never migrates by itself: it refuses to start on a schema it was not built for. Where the
audit log has rows of an earlier schema, the server's key file is needed to seal them.`
}

func (migrateCmd) Run(p *program) error {
	if err := sqlstore.Migrate(p.ctx, p.Database); err != nil {
		return err
	}
	fmt.Fprintln(p.Out, "The database has the schema of this program.")
	return p.adopt()
}

// adopt seals what a migration hashed of the audit log, if it did.
func (p *program) adopt() error {
	db, err := sqlstore.Open(p.ctx, p.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	if waits, err := db.Unsealed(p.ctx); err != nil || !waits {
		return err
	}
	keys, err := p.keys()
	if err != nil {
		return fmt.Errorf("%w: %w", sqlstore.ErrUnsealed, err)
	}
	rows, err := db.Adopt(p.ctx, keys, p.entry(audit.Migrated))
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "%d rows of the audit log were hashed and sealed as they are now. From here on every change to them shows.\n", rows)
	return nil
}
