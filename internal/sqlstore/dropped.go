package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"exposure/internal/breach"
)

// earlierSQL finds, in each of the versions of a list of numbers, the row that proves
// what the version says about a tag.
const earlierSQL = `SELECT e.value, (SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags
	WHERE version = e.value AND tag <= ?1 ORDER BY tag DESC LIMIT 1) FROM json_each(?2) AS e`

// dropped tells whether an earlier published version of the same incident and keys listed
// a tag. Versions never change, so that what the guard knows of them stays true; each
// says yes or no by its own chain, and a doubt about one is a doubt about the answer.
func (r *Roster) dropped(ctx context.Context, g *guard, tag breach.Tag) (bool, error) {
	if len(g.earlier) == 0 {
		return false, nil
	}
	stmt, err := r.prepare(ctx, stmtEarlier)
	if err != nil {
		return false, unread(err)
	}
	rows, err := stmt.QueryContext(ctx, tag[:], g.earlierIDs)
	if err != nil {
		return false, unread(err)
	}
	defer rows.Close()
	listed, asked := false, 0
	for ; rows.Next(); asked++ {
		var id int64
		var found sql.RawBytes
		if err := rows.Scan(&id, &found); err != nil {
			return false, unread(err)
		}
		if asked == len(g.earlier) || g.earlier[asked].ID != id {
			return false, fmt.Errorf("%w: earlier versions", ErrAltered)
		}
		row, ok := splitRow(found)
		answer, err := r.answerAt(g.earlier[asked], row, ok, tag)
		if err != nil {
			return false, fmt.Errorf("version %d: %w", id, err)
		}
		listed = listed || answer.Listed()
	}
	if err := rows.Err(); err != nil {
		return false, unread(err)
	}
	if asked != len(g.earlier) {
		return false, fmt.Errorf("%w: earlier versions", ErrAltered)
	}
	return listed, nil
}

// idList is the parameter of earlierSQL for versions.
func idList(versions []*versionRow) string {
	var ids []string
	for _, v := range versions {
		ids = append(ids, strconv.FormatInt(v.ID, 10))
	}
	return "[" + strings.Join(ids, ",") + "]"
}

// AnswerIn says who is known at a tag in a committed version of this incident file,
// published or not, proven as Answer proves it. It never sets Dropped. ErrUnknownVersion
// when there is no such version.
func (r *Roster) AnswerIn(ctx context.Context, version int64, tag breach.Tag) (answer breach.Answer, err error) {
	err = r.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.loadOwn(ctx, tx, version)
		if err != nil {
			return err
		}
		const find = `SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = ? AND tag <= ? ORDER BY tag DESC LIMIT 1`
		var found []byte
		if err := tx.QueryRowContext(ctx, find, version, tag[:]).Scan(&found); err != nil && err != sql.ErrNoRows {
			return unread(err)
		}
		row, ok := splitRow(found)
		answer, err = r.answerAt(v, row, ok, tag)
		return err
	})
	return answer, err
}
