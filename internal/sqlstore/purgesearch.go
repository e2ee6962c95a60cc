package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	// sampleRows is how many rows of a table are remembered, from its beginning and from
	// its middle each.
	sampleRows = 40
	// sampleSize is the least length of a value that cannot stand anywhere by chance.
	sampleSize = 16
	// searchBlock is how much of the file is read at a time.
	searchBlock = 1 << 20
)

// sample remembers values of rows that are about to be destroyed. What the audit log holds
// as well would be found in it, and is left out: with it tables that are not of the schema,
// which may be a copy of the log, and SQLite's samples of the log's indexes.
func (p *purging) sample(ctx context.Context) error {
	kept, err := p.keptTags(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, h := range p.done.Rows {
		if !isAudit(h.Table) && !p.fresh.has("table", h.Table) || strings.HasPrefix(h.Table, "sqlite_") {
			continue
		}
		for _, from := range []int64{0, h.Rows / 2} {
			values, err := p.values(ctx, fmt.Sprintf(`SELECT * FROM %s LIMIT %d OFFSET %d`, quoted(h.Table), sampleRows, from))
			if err != nil && !Edited(err) { // some column cannot be read: there is nothing to look for
				return err
			}
			for _, v := range values {
				if !seen[string(v)] && !kept[string(v)] {
					seen[string(v)] = true
					p.samples = append(p.samples, v)
				}
			}
		}
	}
	p.done.Samples = len(p.samples)
	return nil
}

// keptTags are the tags in the audit log, if it stays.
func (p *purging) keptTags(ctx context.Context) (map[string]bool, error) {
	kept := map[string]bool{}
	if tables, err := purgeable(ctx, p.db, true); err != nil || p.order.AuditToo || !slices.Contains(tables, "audit_entries") {
		return kept, err
	}
	tags, err := column[[]byte](ctx, p.db, `SELECT DISTINCT tag FROM audit_entries WHERE tag IS NOT NULL`)
	for _, t := range tags {
		kept[string(t)] = true
	}
	return kept, err
}

// values are the binary values of rows that are long enough.
func (p *purging) values(ctx context.Context, query string) (all [][]byte, err error) {
	rows, err := p.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for _, v := range row {
			if b, ok := v.([]byte); ok && len(b) <= searchBlock && unmistakable(b) {
				all = append(all, bytes.Clone(b))
			}
		}
	}
	return all, rows.Err()
}

// search reads the database file and counts the samples that it holds.
func (p *purging) search() (int, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	longest := 0
	for _, s := range p.samples {
		longest = max(longest, len(s))
	}
	found := map[int]bool{}
	block, overlap := make([]byte, 0, searchBlock+longest), 0
	for {
		n, err := io.ReadFull(f, block[overlap:overlap+searchBlock])
		p.done.Searched += int64(n)
		window := block[:overlap+n]
		for i, s := range p.samples {
			if bytes.Contains(window, s) {
				found[i] = true
			}
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return len(found), nil
		case err != nil:
			return 0, err
		}
		overlap = copy(block[:longest], window[len(window)-longest:])
	}
}

// unmistakable tells whether a value cannot stand anywhere by chance, as zeros do.
func unmistakable(b []byte) bool {
	different := map[byte]bool{}
	for _, c := range b {
		different[c] = true
	}
	return len(b) >= sampleSize && len(different) >= sampleSize/2
}
