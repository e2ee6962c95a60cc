package sqlstore

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"exposure/internal/client"
)

// Clients are the MY page clients of the database. Safe for concurrent use.
//
// Every doubt about them, and every failure to read, wraps breach.ErrUnproven: a client
// that was revoked is never accepted because the row that says so is gone.
type Clients struct {
	db    *DB
	keys  Keys
	known atomic.Pointer[directory]
	marks shared[clientMark]
	mark  lazyStmt
}

// Clients returns the clients under these keys.
func (db *DB) Clients(keys Keys) *Clients { return &Clients{db: db, keys: keys} }

// clientActions is the condition of the index audit_clients, word for word.
const clientActions = `action IN ('client_add', 'client_rotate', 'client_revoke', 'client_suspend')`

// clientMark is what changes whenever anything about clients does.
type clientMark struct {
	entry, given, seq int64
	mac               [32]byte
}

// clientMarkSQL reads the mark: the newest audit row about a client, the last number given,
// and the newest row.
const clientMarkSQL = `SELECT
	max(coalesce((SELECT max(seq) FROM audit_entries WHERE ` + clientActions + ` AND action = 'client_add'), 0),
	    coalesce((SELECT max(seq) FROM audit_entries WHERE ` + clientActions + ` AND action = 'client_rotate'), 0),
	    coalesce((SELECT max(seq) FROM audit_entries WHERE ` + clientActions + ` AND action = 'client_revoke'), 0),
	    coalesce((SELECT max(seq) FROM audit_entries WHERE ` + clientActions + ` AND action = 'client_suspend'), 0)),
	coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'client_states'), 0),
	coalesce(s.seq, 0), coalesce(s.mac, zeroblob(32))
	FROM (SELECT 1) LEFT JOIN client_states AS s ON s.seq = (SELECT max(seq) FROM client_states)`

// directory is every client as of a mark, proven.
type directory struct {
	mark   clientMark
	macs   [][32]byte             // of all rows, by number
	newest map[string]clientState // by name
}

// All are the clients that are not revoked, by name, with the days on which their keys were
// last used.
func (c *Clients) All(ctx context.Context) ([]client.Client, error) {
	d, err := c.directory(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the clients: %w", err)
	}
	used, err := c.uses(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the clients: %w", err)
	}
	var all []client.Client
	for _, name := range slices.Sorted(maps.Keys(d.newest)) {
		one := d.newest[name].Client
		if one.Revoked() {
			continue
		}
		one.Keys = slices.Clone(one.Keys)
		for i := range one.Keys {
			one.Keys[i].Used = used[one.Keys[i].Hash]
		}
		all = append(all, one)
	}
	return all, nil
}

// ByKey finds the client with this key, suspended or not, or returns client.ErrUnknown. It
// is cheap enough for every call: one statement, shared by those who ask at the same time.
// It takes as long for any key.
func (c *Clients) ByKey(ctx context.Context, hash [32]byte) (client.Client, error) {
	d, err := c.directory(ctx)
	if err != nil {
		return client.Client{}, fmt.Errorf("reading the clients: %w", err)
	}
	var found client.Client
	hit := 0
	for _, s := range d.newest {
		for _, k := range s.Keys {
			if subtle.ConstantTimeCompare(k.Hash[:], hash[:]) == 1 {
				found, hit = s.Client, 1
			}
		}
	}
	if hit == 0 {
		return client.Client{}, client.ErrUnknown
	}
	return found, nil
}

// Check proves every row about clients against the audit log.
func (c *Clients) Check(ctx context.Context) error {
	if err := c.db.inPlace(); err != nil {
		return unread(err)
	}
	d, err := c.readDirectory(ctx)
	if err == nil {
		err = c.learn(d)
	}
	if err != nil {
		return fmt.Errorf("checking the clients: %w", unread(err))
	}
	return nil
}

// directory returns the clients as they are now.
func (c *Clients) directory(ctx context.Context) (*directory, error) {
	mark, err := c.marks.get(ctx, c.readMark)
	if err != nil {
		return nil, unread(err)
	}
	if d := c.known.Load(); d != nil && d.mark == mark {
		return d, nil
	}
	d, err := c.readDirectory(ctx)
	if err != nil {
		return nil, unread(err)
	}
	return d, c.learn(d)
}

func (c *Clients) readMark(ctx context.Context) (m clientMark, err error) {
	if err := c.db.inPlace(); err != nil {
		return m, err
	}
	stmt, err := c.mark.prepare(ctx, c.db.read, clientMarkSQL)
	if err != nil {
		return m, err
	}
	err = stmt.QueryRowContext(ctx).Scan(&m.entry, &m.given, &m.seq, fixed{m.mac[:]})
	return m, err
}

// learn keeps the newest directory. What this process has proven cannot be undone but by
// newer rows.
func (c *Clients) learn(d *directory) error {
	for {
		old := c.known.Load()
		if old != nil {
			shorter, longer := old, d
			if len(longer.macs) < len(shorter.macs) {
				shorter, longer = longer, shorter
			}
			if !slices.Equal(longer.macs[:len(shorter.macs)], shorter.macs) || d.mark.entry < old.mark.entry {
				return fmt.Errorf("%w: an earlier state of the clients was put back", ErrAltered)
			}
		}
		if c.known.CompareAndSwap(old, d) {
			return nil
		}
	}
}

// readDirectory reads and proves all rows in one snapshot.
func (c *Clients) readDirectory(ctx context.Context) (*directory, error) {
	tx, err := c.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	return c.prove(ctx, tx)
}

// prove reads all rows and holds each against the audit row that was written with it.
func (c *Clients) prove(ctx context.Context, q querier) (*directory, error) {
	states, err := readStates(ctx, q)
	if err != nil {
		return nil, err
	}
	entries, err := c.readEntries(ctx, q)
	if err != nil {
		return nil, err
	}
	last, err := lastOf(ctx, q, "client_states")
	if err != nil {
		return nil, err
	}
	if last != int64(len(states)) || len(entries) != len(states) {
		return nil, fmt.Errorf("%w: the clients are not those of the audit log", ErrAltered)
	}
	d := &directory{newest: map[string]clientState{}}
	for i, s := range states {
		e := entries[i]
		if s.seq != int64(i+1) || s.entry != e.seq || [16]byte(s.mac[:16]) != e.attempt || !c.keys.AuditSealed(s.mac, "client", s.parts()...) {
			return nil, fmt.Errorf("%w: row %d of the clients", ErrAltered, i+1)
		}
		d.macs = append(d.macs, s.mac)
		d.mark = clientMark{e.seq, s.seq, s.seq, s.mac}
		d.newest[s.Name] = s
	}
	return d, nil
}

// clientEntry is what of an audit row binds a client's row.
type clientEntry struct {
	seq     int64
	attempt [16]byte
}

// readEntries reads the audit rows about clients. Rows that were cut off the end of the log
// would take what they say with them.
func (c *Clients) readEntries(ctx context.Context, q querier) (all []clientEntry, err error) {
	if err := logEnds(ctx, q); err != nil {
		return nil, err
	}
	const entries = `SELECT ` + logRowColumns + ` FROM audit_entries INDEXED BY audit_clients WHERE ` + clientActions + ` ORDER BY seq`
	err = eachLogRow(ctx, q, entries, nil, func(r logRow) error {
		e, proven := r.entry(c.keys)
		if !proven {
			return fmt.Errorf("%w: row %d of the audit log", ErrAltered, r.seq)
		}
		all = append(all, clientEntry{r.seq, e.Attempt})
		return nil
	})
	return all, err
}
