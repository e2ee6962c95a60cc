package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"exposure/internal/client"
	"exposure/internal/reset"
)

// kitRow is the last report of a kit as stored.
type kitRow struct {
	client   string
	at       int64
	version  string
	acts     int64
	listAge  int64
	findings string
	mac      [32]byte
}

const noListAge = -1

func (k *kitRow) parts() [][]byte {
	return [][]byte{[]byte(k.client), num(k.at), []byte(k.version), num(k.acts), num(k.listAge), []byte(k.findings)}
}

func (k *kitRow) kit() reset.Kit {
	kit := reset.Kit{Client: k.client, At: instantOf(k.at), Version: k.version, On: k.acts == 1, Findings: strings.Fields(k.findings)}
	if k.listAge != noListAge {
		age := time.Duration(k.listAge) * time.Second
		kit.ListAge = &age
	}
	return kit
}

// NoteKit keeps the last report of a client's kit, and no earlier one.
func (c *Clients) NoteKit(ctx context.Context, kit reset.Kit) error {
	row := kitRow{client: kit.Client, at: millis(kit.At), version: kit.Version, listAge: noListAge, findings: strings.Join(kit.Findings, " ")}
	if kit.On {
		row.acts = 1
	}
	if kit.ListAge != nil {
		row.listAge = int64(*kit.ListAge / time.Second)
	}
	row.mac = c.keys.AuditSeal("kit", row.parts()...)
	if err := c.db.inPlace(); err != nil {
		return fmt.Errorf("keeping the report of a kit: %w", err)
	}
	_, err := c.db.write.ExecContext(ctx, `INSERT OR REPLACE INTO kit_reports (client, at, version, acts, list_age, findings, mac) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		row.client, row.at, row.version, row.acts, row.listAge, row.findings, row.mac[:])
	if err != nil {
		return fmt.Errorf("keeping the report of a kit: %w", err)
	}
	return nil
}

// Kits are the last reports of the kits whose clients may report now, as far as they are
// proven, newest first.
func (c *Clients) Kits(ctx context.Context) ([]reset.Kit, error) {
	d, err := c.directory(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the reports of kits: %w", err)
	}
	rows, err := c.db.read.QueryContext(ctx, `SELECT client, at, version, acts, list_age, findings, mac FROM kit_reports ORDER BY at DESC, client`)
	if err != nil {
		return nil, fmt.Errorf("reading the reports of kits: %w", unread(err))
	}
	all, err := c.kits(rows, d)
	if err != nil {
		return nil, fmt.Errorf("reading the reports of kits: %w", unread(err))
	}
	return all, nil
}

// kits takes the rows that are proven and count, and closes all.
func (c *Clients) kits(rows *sql.Rows, d *directory) (all []reset.Kit, err error) {
	defer rows.Close()
	for rows.Next() {
		var k kitRow
		if err := rows.Scan(&k.client, &k.at, &k.version, &k.acts, &k.listAge, &k.findings, fixed{k.mac[:]}); err != nil {
			return nil, err
		}
		of := d.newest[k.client].Client
		if !of.Revoked() && of.Suspended.IsZero() && of.May(client.Enforce) && c.keys.AuditSealed(k.mac, "kit", k.parts()...) {
			all = append(all, k.kit())
		}
	}
	return all, rows.Err()
}
