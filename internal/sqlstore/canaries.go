package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// CanaryKind says by what a canary is looked up.
type CanaryKind string

// The kinds.
const (
	CanaryAddress CanaryKind = "address"
	CanaryLetter  CanaryKind = "letter"
)

// maxCanaries bounds what every server keeps in memory.
const maxCanaries = 1000

var (
	// ErrCanaries: there are as many canaries as may be.
	ErrCanaries = fmt.Errorf("at most %d canaries", maxCanaries)
	// ErrCanaryThere: it is a canary already.
	ErrCanaryThere = errors.New("it is a canary already")
	errCanaryKind  = errors.New("no such kind of canary")
)

// Canary is a person who does not exist, as kept: nobody can read from it who that is.
type Canary struct {
	Kind CanaryKind
	At   time.Time
	By   string
}

// Canaries knows the people who do not exist. Rows are proven when they are read, and
// asked about in memory: [Canaries.Holds] reads nothing. Safe for concurrent use.
type Canaries struct {
	bindings
	db    *DB
	known atomic.Pointer[canarySet]
}

// canarySet is every canary as of an epoch. Zero: of none that is known.
type canarySet struct {
	epoch epoch
	tags  map[breach.Tag]bool
}

// Canaries returns the canaries of the database under these keys. It holds none before the
// first Refresh.
func (db *DB) Canaries(keys ResetKeys) *Canaries {
	c := &Canaries{bindings: bindings{keys}, db: db}
	c.known.Store(&canarySet{})
	return c
}

const canaryColumns = `handle, key_check, kind, tag, at, by_name, change, mac`

type canaryRow struct {
	bound
	kind string
	tag  breach.Tag
	at   int64
	by   string
}

func (c *canaryRow) label() string { return "canary" }

func (c *canaryRow) targets() []any {
	return []any{optional{c.handle[:]}, optional{c.keyCheck[:]}, optional{&c.kind}, optional{c.tag[:]}, optional{&c.at}, optional{&c.by},
		optional{&c.change}, optional{c.mac[:]}}
}

func (c *canaryRow) parts() [][]byte {
	return [][]byte{[]byte(c.kind), c.tag[:], num(c.at), []byte(c.by)}
}

// canaryKey is the name by which handles are made of a canary.
func canaryKey(t breach.Tag) string { return "K:" + hex.EncodeToString(t[:]) }

var (
	canaryByHandle = byHandle("canaries", prefixed("r", canaryColumns))
	canariesBegin  = rowsOf("canaries", prefixed("h", canaryColumns))
)

// Holds tells whether somebody with one of these tags is a canary, as of the last Refresh.
// It reads no store, and takes as long whoever it is.
func (c *Canaries) Holds(tags breach.Tags) bool {
	set, found := c.known.Load(), false
	for i := range tags.Len() {
		found = set.tags[tags.At(i).Tag] || found
	}
	return found
}

// Refresh reads the canaries anew if anything but audit rows of this process was committed
// since. What cannot be proven changes nothing: those known before stay.
func (c *Canaries) Refresh(ctx context.Context) error {
	if err := c.db.inPlaceUnread(); err != nil {
		return err
	}
	if now, ok := c.db.epoch(); ok && now == c.known.Load().epoch {
		return nil
	}
	set := &canarySet{tags: map[breach.Tag]bool{}}
	n, err := c.db.during(func() error {
		return c.each(ctx, func(r *canaryRow) error {
			set.tags[r.tag] = true
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("reading the canaries: %w", err)
	}
	set.epoch = n
	c.known.Store(set)
	return nil
}

// List are all canaries, in the order in which they were added.
func (c *Canaries) List(ctx context.Context) (all []Canary, err error) {
	err = c.each(ctx, func(r *canaryRow) error {
		all = append(all, Canary{Kind: CanaryKind(r.kind), At: instantOf(r.at), By: r.by})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the canaries: %w", err)
	}
	return all, nil
}

// Check proves every canary, and that none is missing that the log tells of.
func (c *Canaries) Check(ctx context.Context) error {
	return c.each(ctx, func(*canaryRow) error { return nil })
}

// each proves and visits all canaries in one snapshot, and that none is missing. Its cost
// grows with the canaries alone.
func (c *Canaries) each(ctx context.Context, visit func(*canaryRow) error) error {
	return c.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, canariesBegin+` ORDER BY h.at, h.change`)
		if err != nil {
			return unread(err)
		}
		there := map[breach.Tag]bool{}
		err = eachBound(c.bindings, rows, func(r *canaryRow) error {
			there[breach.Tag(r.handle)] = true
			if err := c.checkName(&r.bound, canaryKey(r.tag)); err != nil {
				return err
			}
			return visit(r)
		})
		if err != nil {
			return err
		}
		return c.none(ctx, tx, there)
	})
}

// none proves that the log tells of no canary but those that are there.
func (c *Canaries) none(ctx context.Context, tx *sql.Tx, there map[breach.Tag]bool) error {
	left := map[breach.Tag]bool{}
	const added = `SELECT ` + logRowColumns + ` FROM audit_entries INDEXED BY audit_canaries WHERE action = 'canary_add' ORDER BY seq`
	err := eachLogRow(ctx, tx, added, nil, func(r logRow) error {
		e, proven := r.entry(c.keys)
		if !proven || e.Action != audit.CanaryAdd || e.Tag == nil {
			return fmt.Errorf("%w: row %d of the audit log", ErrAltered, r.seq)
		}
		left[*e.Tag] = e.Detail != moved
		return nil
	})
	for handle, stands := range left {
		if stands && !there[handle] && err == nil {
			err = fmt.Errorf("%w: a canary is missing", ErrAltered)
		}
	}
	return unread(err)
}

// Add makes a canary of an address or of the number of a letter, by its tag under the
// newest key. ErrCanaryThere if it is one.
func (c *Canaries) Add(ctx context.Context, kind CanaryKind, tag breach.Tag, by string, entry audit.Entry) error {
	if kind != CanaryAddress && kind != CanaryLetter {
		return errCanaryKind
	}
	err := c.bindings.change(ctx, c.db, entry, func(w *memberWriter) error {
		var n int
		if err := w.tx.QueryRowContext(ctx, `SELECT count(*) FROM canaries`).Scan(&n); err != nil {
			return err
		}
		if n >= maxCanaries {
			return ErrCanaries
		}
		stmt, err := w.tx.PrepareContext(ctx, canaryByHandle)
		if err != nil {
			return err
		}
		defer stmt.Close()
		var row canaryRow
		if found, err := c.find(ctx, stmt, canaryKey(tag), &row); err != nil {
			return err
		} else if found {
			return ErrCanaryThere
		}
		row = canaryRow{kind: string(kind), tag: tag, at: entry.At.UnixMilli(), by: by}
		return c.put(w, &row)
	})
	if err != nil {
		return fmt.Errorf("adding a canary: %w", err)
	}
	return nil
}

// put writes a row under the newest key.
func (c *Canaries) put(w *memberWriter, r *canaryRow) error {
	from := r.handle
	r.handle, r.keyCheck = c.keys.PersonHandles(canaryKey(r.tag))[0], c.keys.RosterKeys()[0].Check
	if err := w.rename(from != [32]byte{}, "canaries", from, r.handle); err != nil {
		return err
	}
	if err := w.bind(r, r.kind); err != nil {
		return err
	}
	_, err := w.tx.ExecContext(w.ctx, `INSERT OR REPLACE INTO canaries (`+canaryColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.handle[:], r.keyCheck[:], r.kind, r.tag[:], r.at, r.by, r.change, r.mac[:])
	return err
}
