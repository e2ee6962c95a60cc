package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"exposure/internal/otp"
)

// Check proves all that answers are made of: the guard, that the audit log knows of no newer
// publication, and of the published version every row's MAC, the chain from the first tag to the
// last, the root over the tags, the people, the review list and the counts; of the versions that
// were published before, the same of their tags. Its cost grows with the lists; errors are those
// of Answer, and otp.ErrTooManyPeople.
func (r *Roster) Check(ctx context.Context) error {
	g, err := r.read(ctx, question{stmtGuard, stmtNone}, askNothing, scanGuard)
	if err != nil {
		return err
	}
	if err := r.db.inSnapshot(ctx, func(tx *sql.Tx) error { return r.db.agreesPublished(ctx, tx, r.keys) }); err != nil {
		return err
	}
	if err := r.checkVersion(ctx, g.version.ID); err != nil {
		return err
	}
	for _, v := range allOf(g.earlier) {
		err := r.db.inSnapshot(ctx, func(tx *sql.Tx) error { return unread(r.checkTags(ctx, tx, v)) })
		if err != nil {
			return fmt.Errorf("version %d: %w", v.ID, err)
		}
	}
	return nil
}

// checkVersion proves a version, published or not, in one snapshot. One of more people than
// codes keep apart from a guess, otp.ErrTooManyPeople, is refused here, where nobody gets
// around it: neither whoever publishes nor a server that starts.
func (r *Roster) checkVersion(ctx context.Context, id int64) error {
	return r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.loadOwn(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := otp.DigitsFor(int(v.Persons)); err != nil {
			return fmt.Errorf("nobody can be answered from version %d, so one of fewer people is needed: %w", id, err)
		}
		for _, check := range []func(context.Context, *sql.Tx, *versionRow) error{r.checkTags, r.checkPersons, r.checkHandles, r.checkReviews} {
			if err := check(ctx, tx, v); err != nil {
				return unread(err)
			}
		}
		return nil
	})
}

func (r *Roster) checkTags(ctx context.Context, tx *sql.Tx, v *versionRow) error {
	rows, err := tx.QueryContext(ctx, `SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = ? ORDER BY tag`, v.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	want, sentinel := firstTag, sentinelTag(v.key, v.ID)
	root, count, seen := sha256.New(), int64(0), false
	for ; rows.Next(); count++ {
		var found sql.RawBytes
		if err := rows.Scan(&found); err != nil {
			return err
		}
		row, ok := splitRow(found)
		if !ok || row.tag != want || row.mac != row.authenticate(v.key, v.ID, v.salt[:]) {
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

// checkPersons proves that every person is there: as many authentic rows as were
// committed, no two of which have one reference.
func (r *Roster) checkPersons(ctx context.Context, tx *sql.Tx, v *versionRow) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+personColumns+` FROM roster_persons AS p WHERE version = ? ORDER BY person`, v.ID)
	if err != nil {
		return unread(err)
	}
	defer rows.Close()
	count := int64(0)
	for ; rows.Next(); count++ {
		var p personRow
		if err := rows.Scan(p.targets()...); err != nil {
			return unread(err)
		}
		if p.mac != p.authenticate(v.key, v.ID, v.salt[:]) {
			return fmt.Errorf("%w: person %d", ErrAltered, count+1)
		}
	}
	switch {
	case rows.Err() != nil:
		return unread(rows.Err())
	case count != v.Persons:
		return fmt.Errorf("%w: people are missing", ErrAltered)
	}
	return nil
}

// checkHandles proves, after checkPersons, that everybody is found by the handle, and by
// those under older keys: each handle's row leads to a person with that handle, and there are
// as many as people have.
func (r *Roster) checkHandles(ctx context.Context, tx *sql.Tx, v *versionRow) error {
	const find = `SELECT count(*), count(*) FILTER (WHERE p.handle = h.handle),
		count(*) FILTER (WHERE p.handle <> h.handle AND instr(p.older, h.handle) % 32 = 1),
		(SELECT coalesce(sum(length(older) / 32), 0) FROM roster_persons WHERE version = ?1)
		FROM roster_handles AS h LEFT JOIN roster_persons AS p ON p.version = h.version AND p.person = h.person WHERE h.version = ?1`
	var rows, people, found, older int64
	if err := tx.QueryRowContext(ctx, find, v.ID).Scan(&rows, &people, &found, &older); err != nil {
		return unread(err)
	}
	if rows != v.Persons+older || people != v.Persons || found != older {
		return fmt.Errorf("%w: the handles of the people", ErrAltered)
	}
	return nil
}
