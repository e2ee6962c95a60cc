package sqlstore

import (
	"bytes"
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/client"
)

// ClientStep is one legal change of a client, or an error, with which nothing is changed.
// It gets the zero Client where there is none of that name, or only a revoked one.
type ClientStep = func(client.Client) (client.Client, error)

// Change changes the client of this name, together with its audit row. A step that leaves
// the client as it was writes nothing. What the entry's detail holds is kept behind what
// the store says about the client.
func (c *Clients) Change(ctx context.Context, entry audit.Entry, name string, step ClientStep) (client.Client, error) {
	if err := entry.Validate(); err != nil {
		return client.Client{}, err
	}
	tx, err := c.db.write.BeginTx(ctx, nil)
	if err != nil {
		return client.Client{}, fmt.Errorf("changing a client: %w", err)
	}
	defer tx.Rollback()
	after, err := c.change(ctx, tx, entry, name, step)
	if err != nil {
		return client.Client{}, fmt.Errorf("changing a client: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return client.Client{}, fmt.Errorf("changing a client: %w", err)
	}
	return after, nil
}

func (c *Clients) change(ctx context.Context, tx *sql.Tx, entry audit.Entry, name string, step ClientStep) (client.Client, error) {
	d, err := c.prove(ctx, tx)
	if err != nil {
		return client.Client{}, unread(err)
	}
	before := d.newest[name].Client
	if before.Revoked() {
		before = client.Client{}
	}
	after, err := step(before)
	if err != nil || sameClient(before, after) {
		return after, err
	}
	return after, c.write(ctx, tx, entry, d.mark.seq, after)
}

func sameClient(a, b client.Client) bool {
	return a.Name == b.Name && slices.Equal(a.Scopes, b.Scopes) && bytes.Equal(packKeys(a.Keys), packKeys(b.Keys)) &&
		a.Suspended.Equal(b.Suspended)
}

// write appends a row and the audit row that binds it.
func (c *Clients) write(ctx context.Context, tx *sql.Tx, entry audit.Entry, last int64, after client.Client) error {
	w, err := c.db.openLog(ctx, tx, c.keys)
	if err != nil {
		return err
	}
	defer w.close()
	s := clientState{Client: after, seq: last + 1, entry: w.state.Tree.Size() + 1}
	s.mac = c.keys.AuditSeal("client", s.parts()...)
	entry.Attempt = [16]byte(s.mac[:16])
	if entry.Detail != "" {
		entry.Detail = "; " + entry.Detail
	}
	entry.Detail = after.String() + entry.Detail
	if err := w.appendEntries(entry); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO client_states (`+stateColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, s.values()...)
	return err
}

// useWithin bounds noting the day of a key's use: it is for people, and nobody waits long.
const useWithin = time.Second

// Used notes that a key was used on that day.
func (c *Clients) Used(ctx context.Context, hash [32]byte, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, useWithin)
	defer cancel()
	day := at.Unix() / secondsOfDay
	mac := c.keys.AuditSeal("client-use", hash[:], num(day))
	_, err := c.db.write.ExecContext(ctx, `INSERT INTO client_uses (hash, day, mac) VALUES (?1, ?2, ?3)
		ON CONFLICT (hash) DO UPDATE SET day = ?2, mac = ?3`, hash[:], day, mac[:])
	if err != nil {
		return fmt.Errorf("noting the use of a key: %w", err)
	}
	return nil
}

const secondsOfDay = 24 * 60 * 60

// uses are the days on which keys were last used, as far as they are proven.
func (c *Clients) uses(ctx context.Context) (map[[32]byte]time.Time, error) {
	rows, err := c.db.read.QueryContext(ctx, `SELECT hash, day, mac FROM client_uses`)
	if err != nil {
		return nil, unread(err)
	}
	defer rows.Close()
	all := map[[32]byte]time.Time{}
	for rows.Next() {
		var hash, mac [32]byte
		var day int64
		if err := rows.Scan(fixed{hash[:]}, &day, fixed{mac[:]}); err != nil {
			return nil, unread(err)
		}
		if c.keys.AuditSealed(mac, "client-use", hash[:], num(day)) {
			all[hash] = time.Unix(day*secondsOfDay, 0).UTC()
		}
	}
	return all, unread(rows.Err())
}

// requestLife is how long an Idempotency-Key is remembered: what is repeated after an
// outage of a night is still known.
const requestLife = 48 * time.Hour

// Claim binds a client's Idempotency-Key to a member. It may be claimed again for the same
// one; for another one it is client.ErrKeyReused.
func (c *Clients) Claim(ctx context.Context, name, key, memberID string, at time.Time) error {
	tx, err := c.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("claiming an idempotency key: %w", err)
	}
	defer tx.Rollback()
	if err := c.claim(ctx, tx, name, key, memberID, at); err != nil {
		return fmt.Errorf("claiming an idempotency key: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("claiming an idempotency key: %w", err)
	}
	return nil
}

func (c *Clients) claim(ctx context.Context, tx *sql.Tx, name, key, memberID string, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM client_requests WHERE at < ?`, at.Add(-requestLife).UnixMilli()); err != nil {
		return err
	}
	for _, k := range c.keys.RosterKeys() { // one of before a new key is known, too
		request := k.MAC("client-request", []byte(name), []byte(key))
		var about [32]byte
		err := tx.QueryRowContext(ctx, `SELECT about FROM client_requests WHERE request = ?`, request[:]).Scan(fixed{about[:]})
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		want := k.MAC("client-request", []byte(name), []byte(key), []byte(memberID))
		if subtle.ConstantTimeCompare(about[:], want[:]) == 0 {
			return client.ErrKeyReused
		}
		return nil
	}
	k := c.keys.RosterKeys()[0]
	request := k.MAC("client-request", []byte(name), []byte(key))
	about := k.MAC("client-request", []byte(name), []byte(key), []byte(memberID))
	_, err := tx.ExecContext(ctx, `INSERT INTO client_requests (request, about, at) VALUES (?, ?, ?)`, request[:], about[:], at.UnixMilli())
	return err
}
