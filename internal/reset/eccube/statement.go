package eccube

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

func (c *Connector) membersSQL(n int) string {
	return fmt.Sprintf("SELECT %s, CASE WHEN %s THEN 1 ELSE 0 END, %s FROM dtb_customer WHERE %s IN (%s)",
		c.shop.id, c.shop.live, c.dialect.hash, c.shop.id, places(c.dialect.number, n))
}

// blankSQL writes only over the hash that was read just before.
func (c *Connector) blankSQL() string {
	return fmt.Sprintf("UPDATE dtb_customer SET password = ''%s WHERE %s = %s AND %s = %s",
		c.dialect.keep, c.shop.id, place(c.dialect.number, 1), c.dialect.hash, place(c.dialect.bytes, 2))
}

// places are where n values stand in a statement.
func places(form string, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = place(form, i+1)
	}
	return strings.Join(all, ", ")
}

// place is where the i-th value stands.
func place(form string, i int) string { return strings.Replace(form, "$n", "$"+strconv.Itoa(i), 1) }

// prepared returns a statement that is prepared anew on each new connection.
func (c *Connector) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	c.mu.Lock()
	s := c.stmts[text]
	c.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := c.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if first := c.stmts[text]; first != nil {
		return first, s.Close()
	}
	c.stmts[text] = s
	return s, nil
}

// query hands on each row. What each returns is the driver's, too.
func (c *Connector) query(ctx context.Context, doing, text string, args []any, each func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.told(ctx, doing, func() error {
		s, err := c.prepared(ctx, text)
		if err != nil {
			return err
		}
		rows, err := s.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}())
}

// exec returns how many rows were changed.
func (c *Connector) exec(ctx context.Context, doing, text string, args ...any) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err = c.told(ctx, doing, func() error {
		s, err := c.prepared(ctx, text)
		if err != nil {
			return err
		}
		done, err := s.ExecContext(ctx, args...)
		if err != nil {
			return err
		}
		n, err = done.RowsAffected()
		return err
	}())
	return n, err
}
