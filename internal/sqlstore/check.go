package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/breach"
)

// Check proves the whole published version: the guard, every row's MAC, the chain from
// the first tag to the last, the root over the tags, and the counts. Its cost grows
// with the list; errors are those of Answer.
func (r *Roster) Check(ctx context.Context) error {
	v, err := r.read(ctx, stmtGuard, nil, scanGuard)
	if err != nil {
		return err
	}
	return r.checkVersion(ctx, v.ID)
}

// checkVersion proves a version, published or not, in one snapshot.
func (r *Roster) checkVersion(ctx context.Context, id int64) error {
	tx, err := r.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("%w: reading the roster: %w", breach.ErrUnproven, err)
	}
	defer tx.Rollback()
	v, err := r.load(ctx, tx, id)
	if err != nil {
		return err
	}
	if v.IncidentDigest != r.incident {
		return ErrIncidentDiffers
	}
	for _, check := range []func(context.Context, *sql.Tx, *versionRow) error{r.checkTags, r.checkPersons} {
		switch err := check(ctx, tx, v); {
		case err == nil, errors.Is(err, breach.ErrUnproven):
			if err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: reading the roster: %w", breach.ErrUnproven, err)
		}
	}
	return nil
}

func (r *Roster) checkTags(ctx context.Context, tx *sql.Tx, v *versionRow) error {
	rows, err := tx.QueryContext(ctx, `SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = ? ORDER BY tag`, v.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	want, sentinel := firstTag, r.keys.SentinelTag(v.ID)
	root, count, seen := sha256.New(), int64(0), false
	for ; rows.Next(); count++ {
		var found sql.RawBytes
		if err := rows.Scan(&found); err != nil {
			return err
		}
		row, ok := splitRow(found)
		if !ok || row.tag != want || row.mac != row.authenticate(r.keys, v.ID, v.salt[:]) {
			return fmt.Errorf("%w: row %d of the list", ErrAltered, count+1)
		}
		if _, err := decodeAnswer(row.answer); err != nil {
			return err
		}
		root.Write(row.tag[:])
		seen = seen || row.tag == sentinel
		want = row.next
	}
	switch {
	case rows.Err() != nil:
		return rows.Err()
	case want != lastTag:
		return fmt.Errorf("%w: the end of the list is missing", ErrAltered)
	case count != v.Tags+synthetic || [32]byte(root.Sum(nil)) != v.tagRoot:
		return fmt.Errorf("%w: the list is not the one that was imported", ErrAltered)
	case !seen:
		return fmt.Errorf("%w: the sentinel is not on the list", ErrAltered)
	}
	return nil
}

func (r *Roster) checkPersons(ctx context.Context, tx *sql.Tx, v *versionRow) error {
	rows, err := tx.QueryContext(ctx, `SELECT person, kind, member_id_sealed, answer, mac FROM roster_persons WHERE version = ? ORDER BY person`, v.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	count := int64(0)
	for ; rows.Next(); count++ {
		var p personRow
		if err := rows.Scan(&p.ref, &p.kind, &p.memberID, &p.answer, fixed{p.mac[:]}); err != nil {
			return err
		}
		if p.mac != p.authenticate(r.keys, v.ID, v.salt[:]) {
			return fmt.Errorf("%w: person %d", ErrAltered, count+1)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if count != v.Persons {
		return fmt.Errorf("%w: people are missing", ErrAltered)
	}
	return nil
}
