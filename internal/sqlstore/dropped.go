package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"exposure/internal/breach"
)

// earlierSQL finds, in each of the versions of a list of numbers, the row that proves
// what the version says about a tag.
const earlierSQL = `SELECT e.value, (SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags
	WHERE version = e.value AND tag <= ?1 ORDER BY tag DESC LIMIT 1) FROM json_each(?2) AS e`

// generation is the earlier versions made under one key.
type generation struct {
	key      string
	versions []*versionRow
	ids      string // their numbers, for earlierSQL
}

// generations sorts versions by their keys.
func generations(versions []*versionRow) []generation {
	var all []generation
	for _, v := range versions {
		i := slices.IndexFunc(all, func(g generation) bool { return g.key == v.key.ID })
		if i < 0 {
			i, all = len(all), append(all, generation{key: v.key.ID})
		}
		all[i].versions = append(all[i].versions, v)
	}
	for i := range all {
		all[i].ids = idList(all[i].versions)
	}
	return all
}

// allOf are the versions of all generations.
func allOf(all []generation) (versions []*versionRow) {
	for _, g := range all {
		versions = append(versions, g.versions...)
	}
	return versions
}

// dropped tells whether an earlier published version of the same incident and keys listed
// somebody. Versions never change, so that what the guard knows of them stays true; each
// says yes or no by its own chain, and a doubt about one is a doubt about the answer.
func (r *Roster) dropped(ctx context.Context, g *guard, tags breach.Tags) (dropped bool, err error) {
	for _, earlier := range g.earlier {
		tag, ok := tags.Of(earlier.key)
		if !ok {
			return false, fmt.Errorf("%w (%s)", breach.ErrNoTag, earlier.key)
		}
		listed, err := r.listedIn(ctx, earlier, tag)
		if err != nil {
			return false, err
		}
		dropped = dropped || listed
	}
	return dropped, nil
}

// listedIn tells whether one of the versions listed a tag.
func (r *Roster) listedIn(ctx context.Context, g generation, tag breach.Tag) (bool, error) {
	stmt, err := r.prepare(ctx, stmtEarlier)
	if err != nil {
		return false, unread(err)
	}
	rows, err := stmt.QueryContext(ctx, tag[:], g.ids)
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
		if asked == len(g.versions) || g.versions[asked].ID != id {
			return false, fmt.Errorf("%w: earlier versions", ErrAltered)
		}
		row, ok := splitRow(found)
		answer, err := r.answerAt(g.versions[asked], row, ok, tag)
		if err != nil {
			return false, fmt.Errorf("version %d: %w", id, err)
		}
		listed = listed || answer.Listed()
	}
	if err := rows.Err(); err != nil {
		return false, unread(err)
	}
	if asked != len(g.versions) {
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

// AnswerIn says who is known at an address in a committed version of this incident file,
// published or not, proven as Answer proves it. It never sets Dropped. ErrUnknownVersion
// when there is no such version.
func (r *Roster) AnswerIn(ctx context.Context, version int64, tags breach.Tags) (answer breach.Answer, err error) {
	err = r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		v, err := r.loadOwn(ctx, tx, version)
		if err != nil {
			return err
		}
		tag, err := tagUnder(tags, v)
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
