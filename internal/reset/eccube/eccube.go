package eccube

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset"
)

const (
	// connections is how many of the shop's connections are used at once.
	connections = 2
	// batch is how many members or sessions are read by one statement.
	batch = 500
	// defaultTimeout is the longest that a statement may take, with everything it waits for.
	defaultTimeout = 10 * time.Second
)

// Config says which shop is reached.
type Config struct {
	// DSN is what EXPOSURE_CONNECTOR says: eccube2: or eccube4:, then postgres://… or mysql://….
	DSN         string
	Fingerprint reset.Fingerprint
	Timeout     time.Duration // of one statement; 0: 10 s
}

// Connector is a reset.Connector. It is safe for concurrent use, also by several programs
// at once.
type Connector struct {
	target
	db          *sql.DB
	fingerprint reset.Fingerprint
	timeout     time.Duration

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
	seed  maphash.Seed
	newer map[int64]uint64 // members seen blank, or with a hash of EC-CUBE 4.3: 0, or what stands for the first of these
}

var _ reset.Connector = (*Connector)(nil)

// New makes a connector. It does not connect yet: Check does.
func New(cfg Config) (*Connector, error) {
	if cfg.Fingerprint == nil {
		return nil, errors.New("a shop connector needs Fingerprint")
	}
	t, err := parse(cfg.DSN)
	if err != nil {
		return nil, err
	}
	c := &Connector{
		target: t, fingerprint: cfg.Fingerprint, timeout: cfg.Timeout,
		stmts: map[string]*sql.Stmt{}, seed: maphash.MakeSeed(), newer: map[int64]uint64{},
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	driver, err := t.dialect.open(t, c.timeout)
	if err != nil {
		return nil, err
	}
	c.db = sql.OpenDB(driver)
	c.db.SetMaxOpenConns(connections)
	c.db.SetMaxIdleConns(1)
	c.db.SetConnMaxIdleTime(30 * time.Second)
	c.db.SetConnMaxLifetime(5 * time.Minute)
	return c, nil
}

// Close ends the connections to the shop.
func (c *Connector) Close() error { return c.db.Close() }

// member is what is read of one.
type member struct {
	live bool
	hash []byte // nil or empty: blank
}

// Read returns what the shop holds of these members, in their order.
func (c *Connector) Read(ctx context.Context, memberIDs []string) ([]reset.Held, error) {
	held := make([]reset.Held, 0, len(memberIDs))
	for part := range slices.Chunk(memberIDs, batch) {
		var ids []int64
		for _, text := range part {
			if id, ok := number(text); ok {
				ids = append(ids, id)
			}
		}
		found, err := c.members(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, text := range part {
			held = append(held, c.held(text, found))
		}
	}
	return held, nil
}

func (c *Connector) held(text string, found map[int64]member) reset.Held {
	h := reset.Held{MemberID: text}
	id, ok := number(text)
	m, known := found[id]
	if !ok || !known {
		return h
	}
	h.Found, h.Live, h.Blank = true, m.live, len(m.hash) == 0
	if !h.Blank {
		h.Fingerprint = c.fingerprint(text, m.hash)
	}
	h.Rehashed = c.rehashed(id, m.hash)
	return h
}

// rehashed tells whether a hash may be what EC-CUBE 4.3 has put in the place of a legacy one,
// as it does at a login with the old password. The first newer hash of a member is taken for
// one: the legacy hash may have been seen by another program, before this one started. It
// is worth the same as the old one then, so that a password set before anybody was barred
// may have to be set again; the reverse would let an old one pass for new. After a blank one
// no hash is a rehash: nobody can log in with a blank password.
func (c *Connector) rehashed(id int64, hash []byte) bool {
	if !c.shop.rehashes {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(hash) == 0:
		c.newer[id] = 0
		return false
	case hash[0] != '$':
		delete(c.newer, id)
		return false
	}
	now := maphash.Bytes(c.seed, hash) | 1 // never 0, and no hash is kept
	first, known := c.newer[id]
	if !known {
		c.newer[id] = now
		return true
	}
	return first == now
}

// Blank makes a password worthless if it is still the one of the fingerprint. A member whom
// the shop does not know has not that password.
func (c *Connector) Blank(ctx context.Context, memberID string, was []byte) error {
	id, ok := number(memberID)
	if !ok {
		return reset.ErrPasswordMoved
	}
	// Once more when it changed between reading and writing: somebody may have blanked it.
	for range 2 {
		found, err := c.members(ctx, []int64{id})
		if err != nil {
			return err
		}
		m, known := found[id]
		if known && len(m.hash) == 0 {
			c.rehashed(id, nil)
			return nil
		}
		if !known || len(was) == 0 || !breach.SamePassword(c.fingerprint(memberID, m.hash), was) {
			return reset.ErrPasswordMoved
		}
		n, err := c.exec(ctx, "blanking a password", c.blankSQL(), id, string(m.hash))
		if err != nil {
			return err
		}
		if n > 0 {
			c.rehashed(id, nil)
			return nil
		}
	}
	return reset.ErrPasswordMoved
}

// members reads up to a batch of members.
func (c *Connector) members(ctx context.Context, ids []int64) (map[int64]member, error) {
	found := map[int64]member{}
	if len(ids) == 0 {
		return found, nil
	}
	const doing = "reading members"
	err := c.query(ctx, doing, c.membersSQL(width(len(ids))), padded(ids), func(rows *sql.Rows) error {
		var id int64
		var m member
		if err := rows.Scan(&id, &m.live, &m.hash); err != nil {
			return err
		}
		found[id] = m
		return nil
	})
	return found, err
}

// number reads a member's id as the shop writes it. Guests have 0.
func number(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// width is how many values a statement takes for so many: one or a whole batch, so that two
// statements are prepared and not five hundred.
func width(n int) int {
	if n == 1 {
		return 1
	}
	return batch
}

// padded are the values for a statement of their width, the last repeated.
func padded[T any](values []T) []any {
	args := make([]any, width(len(values)))
	for i := range args {
		args[i] = values[min(i, len(values)-1)]
	}
	return args
}
