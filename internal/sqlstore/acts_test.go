package sqlstore_test

import (
	"bytes"
	"database/sql"
	"errors"

	"pgregory.net/rapid"
)

// act is one thing that somebody without keys can do to the tables.
type act struct {
	name string
	do   func(t *rapid.T, db *sql.DB) error
}

func run(db *sql.DB, query string, args ...any) error {
	_, err := db.Exec(query, args...)
	return err
}

// goBack removes the newest rows of a table that only grows, and what shows that they were there.
func goBack(db *sql.DB, table string, left int) error {
	return errors.Join(run(db, `DELETE FROM `+table+` WHERE seq NOT IN (SELECT seq FROM `+table+` ORDER BY seq LIMIT ?)`, left),
		run(db, `UPDATE sqlite_sequence SET seq = coalesce((SELECT max(seq) FROM `+table+`), 0) WHERE name = ?`, table))
}

// someTag draws a tag that has a row, or one that has none.
func someTag(t *rapid.T, label string) []byte {
	tag := tagOf(rapid.IntRange(0, newPeople+5).Draw(t, label))
	return tag[:]
}

func someVersion(t *rapid.T) int { return rapid.IntRange(oldID, newID).Draw(t, "version") }

const published = `version = 2`

func acts() []act {
	return []act{
		{"delete a row", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag = ?`, someTag(t, "tag"))
		}},
		{"delete the tail", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag >= ?`, someTag(t, "tag"))
		}},
		{"delete the head", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag <= ?`, someTag(t, "tag"))
		}},
		{"delete a stretch", func(t *rapid.T, db *sql.DB) error {
			a, b := someTag(t, "from"), someTag(t, "to")
			if bytes.Compare(a, b) > 0 {
				a, b = b, a
			}
			return run(db, `DELETE FROM roster_tags WHERE `+published+` AND tag > ? AND tag < ?`, a, b)
		}},
		{"delete all rows", func(t *rapid.T, db *sql.DB) error { return run(db, `DELETE FROM roster_tags WHERE `+published) }},
		{"edit an answer", func(t *rapid.T, db *sql.DB) error {
			forged := rapid.SampledFrom([]string{`{}`, `{"p":[{"r":1,"k":"member"}]}`, ``, `null`}).Draw(t, "forged")
			return run(db, `UPDATE roster_tags SET answer = CAST(? AS BLOB) WHERE `+published+` AND tag = ?`, forged, someTag(t, "tag"))
		}},
		{"give a row the answer of another", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET answer = coalesce((SELECT answer FROM roster_tags WHERE `+published+` AND tag = ?1), answer)
				WHERE `+published+` AND tag = ?2`, someTag(t, "from"), someTag(t, "to"))
		}},
		{"give a row answer, next and MAC of another", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags AS a SET answer = b.answer, mac = b.mac, next = b.next FROM roster_tags AS b
				WHERE a.version = 2 AND b.version = 2 AND a.tag = ? AND b.tag = ?`, someTag(t, "to"), someTag(t, "from"))
		}},
		{"swap two tags", func(t *rapid.T, db *sql.DB) error {
			a, b, none := someTag(t, "a"), someTag(t, "b"), bytes.Repeat([]byte{0xee}, 32)
			const move = `UPDATE roster_tags SET tag = ? WHERE ` + published + ` AND tag = ?`
			return errors.Join(run(db, move, none, a), run(db, move, a, b), run(db, move, b, none))
		}},
		{"change next", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET next = ? WHERE `+published+` AND tag = ?`, someTag(t, "next"), someTag(t, "tag"))
		}},
		{"close the gap of a deleted row", func(t *rapid.T, db *sql.DB) error {
			tag := someTag(t, "tag")
			return errors.Join(
				run(db, `UPDATE roster_tags SET next = coalesce((SELECT next FROM roster_tags WHERE version = 2 AND tag = ?1), next)
					WHERE version = 2 AND next = ?1`, tag),
				run(db, `DELETE FROM roster_tags WHERE version = 2 AND tag = ?`, tag))
		}},
		{"copy a row of another version", func(t *rapid.T, db *sql.DB) error {
			return run(db, `INSERT OR REPLACE INTO roster_tags (version, tag, next, answer, mac)
				SELECT 2, tag, next, answer, mac FROM roster_tags WHERE version = ? AND tag = ?`, someVersion(t), someTag(t, "tag"))
		}},
		{"replace all rows by those of another version", func(t *rapid.T, db *sql.DB) error {
			from := rapid.SampledFrom([]int{oldID, newID}).Draw(t, "from")
			return errors.Join(run(db, `DELETE FROM roster_tags WHERE `+published),
				run(db, `UPDATE roster_tags SET version = 2 WHERE version = ?`, from))
		}},
		{"remove the version's row", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_versions WHERE id = ?`, someVersion(t))
		}},
		{"change a column of the version's row", func(t *rapid.T, db *sql.DB) error {
			column := rapid.SampledFrom([]string{"incident_digest", "key_check", "sources_digest", "tag_root", "mac", "summary_digest"}).Draw(t, "column")
			return run(db, `UPDATE roster_versions SET `+column+` = ? WHERE id = 2`, someTag(t, "value"))
		}},
		{"change the salt", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_versions SET salt = (SELECT salt FROM roster_versions WHERE id = ?) WHERE id = 2`, someVersion(t))
		}},
		{"renumber the versions", func(t *rapid.T, db *sql.DB) error {
			return errors.Join(run(db, `UPDATE roster_versions SET id = 99 WHERE id = 2`), run(db, `UPDATE roster_versions SET id = 2 WHERE id = 1`))
		}},
		{"point the publication elsewhere", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE publications SET version = ? WHERE seq = (SELECT max(seq) FROM publications)`, someVersion(t))
		}},
		{"forge a publication", func(t *rapid.T, db *sql.DB) error {
			return run(db, `INSERT INTO publications (version, at, by_name, approved_by, override_reason, os_user, host, mac)
				SELECT ?, at, by_name, approved_by, override_reason, os_user, host, mac FROM publications ORDER BY seq DESC LIMIT 1`, someVersion(t))
		}},
		{"remove the newest publication", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM publications WHERE seq = (SELECT max(seq) FROM publications)`)
		}},
		{"remove the newest publications and their numbers", func(t *rapid.T, db *sql.DB) error {
			return goBack(db, "publications", rapid.IntRange(0, 1).Draw(t, "left"))
		}},
		{"remove all publications", func(t *rapid.T, db *sql.DB) error { return run(db, `DELETE FROM publications`) }},
		{"store nonsense", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET mac = zeroblob(32) WHERE `+published+` AND tag = ?`, someTag(t, "tag"))
		}},
		{"delete a row of any version", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DELETE FROM roster_tags WHERE version = ? AND tag = ?`, someVersion(t), someTag(t, "tag"))
		}},
		{"give a row of the old version the answer of another", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE roster_tags SET answer = coalesce((SELECT answer FROM roster_tags WHERE version = 1 AND tag = ?1), answer)
				WHERE version = 1 AND tag = ?2`, someTag(t, "from"), someTag(t, "to"))
		}},
		{"remove the oldest publication", func(t *rapid.T, db *sql.DB) error { return run(db, `DELETE FROM publications WHERE seq = 1`) }},
		{"remove an old publication and close the gap", func(t *rapid.T, db *sql.DB) error {
			return errors.Join(run(db, `DELETE FROM publications WHERE seq = 1`), run(db, `UPDATE publications SET seq = 1, after = 0`),
				run(db, `UPDATE sqlite_sequence SET seq = 1 WHERE name = 'publications'`))
		}},
		{"hide a publication as one of other keys", func(t *rapid.T, db *sql.DB) error {
			return run(db, `UPDATE publications SET key_check = zeroblob(32) WHERE version = ?`, someVersion(t))
		}},
		{"drop a table", func(t *rapid.T, db *sql.DB) error {
			return run(db, `DROP TABLE `+rapid.SampledFrom([]string{"roster_tags", "roster_versions", "publications"}).Draw(t, "table"))
		}},
		{"do nothing", func(*rapid.T, *sql.DB) error { return nil }},
	}
}
