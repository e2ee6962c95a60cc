package sqlstore

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
)

// Why a roster cannot prove an answer. All of them wrap breach.ErrUnproven: whoever
// asks has to say "could not check".
var (
	// ErrNoVersion: nothing is published yet.
	ErrNoVersion = fmt.Errorf("%w: no version is published", breach.ErrUnproven)
	// ErrIncidentDiffers: the version was made from another incident file.
	ErrIncidentDiffers = fmt.Errorf("%w: the version belongs to another incident file", breach.ErrUnproven)
	// ErrKeysDiffer: the version was made under another key file.
	ErrKeysDiffer = fmt.Errorf("%w: the version belongs to another key file", breach.ErrUnproven)
	// ErrAltered: rows are missing, edited, or put back from another time.
	ErrAltered = fmt.Errorf("%w: its rows are missing or altered", breach.ErrUnproven)
)

// ErrUnknownVersion means that there is no committed version of that number.
var ErrUnknownVersion = errors.New("there is no such version")

// Version is one immutable state of the roster.
type Version struct {
	ID             int64
	Base           int64     // the version that was published when this one was committed; 0: none
	CreatedAt      time.Time // its import began
	CommittedAt    time.Time
	IncidentID     string
	IncidentDigest [32]byte
	SourcesDigest  [32]byte // over everything it was made from
	TagKeyID       string
	Tags           int64     // addresses known, without the synthetic rows
	Persons        int64     // people, reachable by e-mail or not
	Reviews        int64     // records of the review list, decided or not
	Summary        []byte    // the importer's own account
	PublishedAt    time.Time // zero unless it is the published one
}

// versionRow is a version as stored, with what authenticates it.
type versionRow struct {
	Version
	salt          [16]byte
	summaryDigest [32]byte
	keyCheck      [32]byte
	tagRoot       [32]byte
	mac           [32]byte
	key           breach.RosterKey // set by verify
}

// publicationRow is one act of publishing as stored.
type publicationRow struct {
	seq, version, at int64
	terms            Publication
	keyCheck         [32]byte
	after            int64 // the row before it under the same key; 0: it is the first
	mac              [32]byte
}

// versionColumns are the columns that authenticate a version, without the summary,
// which can be large and is covered by its digest.
const versionColumns = `v.id, v.salt, v.created_at, v.committed_at, v.base, v.incident_id, v.incident_digest,
	v.sources_digest, v.summary_digest, v.tag_key_id, v.key_check, v.tag_count, v.person_count, v.review_count, v.tag_root, v.mac`

const publicationColumns = `p.seq, p.version, p.at, p.by_name, p.approved_by, p.override_reason, p.os_user, p.host, p.key_check, p.after, p.mac`

// fixed scans a BLOB of exactly the array's length.
type fixed struct{ into []byte }

// Scan implements sql.Scanner. Anything but a BLOB of the right length is ErrAltered,
// NULL included.
func (f fixed) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(f.into) {
		return fmt.Errorf("%w: not a BLOB of the expected length", ErrAltered)
	}
	copy(f.into, b)
	return nil
}

// instant scans milliseconds since 1970.
type instant struct{ into *time.Time }

// Scan implements sql.Scanner. What is no number is ErrAltered.
func (i instant) Scan(src any) error {
	ms, ok := src.(int64)
	if !ok {
		return fmt.Errorf("%w: not a time in milliseconds", ErrAltered)
	}
	*i.into = time.UnixMilli(ms).UTC()
	return nil
}

var (
	_ sql.Scanner = fixed{}
	_ sql.Scanner = instant{}
)

func (v *versionRow) targets() []any {
	return []any{
		&v.ID, fixed{v.salt[:]}, instant{&v.CreatedAt}, instant{&v.CommittedAt}, &v.Base, &v.IncidentID, fixed{v.IncidentDigest[:]},
		fixed{v.SourcesDigest[:]}, fixed{v.summaryDigest[:]}, &v.TagKeyID, fixed{v.keyCheck[:]}, &v.Tags, &v.Persons, &v.Reviews, fixed{v.tagRoot[:]}, fixed{v.mac[:]},
	}
}

func (p *publicationRow) targets() []any {
	t := &p.terms
	return []any{&p.seq, &p.version, &p.at, &t.By, &t.ApprovedBy, &t.Override, &t.OSUser, &t.Host, fixed{p.keyCheck[:]}, &p.after, fixed{p.mac[:]}}
}

// authenticate computes the MAC over every column of the row.
func (v *versionRow) authenticate(key breach.RosterKey) [32]byte {
	return key.MAC("roster-version", num(v.ID), v.salt[:], num(v.CreatedAt.UnixMilli()), num(v.CommittedAt.UnixMilli()),
		num(v.Base), []byte(v.IncidentID), v.IncidentDigest[:], v.SourcesDigest[:], v.summaryDigest[:], []byte(v.TagKeyID),
		v.keyCheck[:], num(v.Tags), num(v.Persons), num(v.Reviews), v.tagRoot[:])
}

// authenticate covers the version as a whole, not by its number alone: databases made
// under the same keys number theirs alike.
func (p *publicationRow) authenticate(v *versionRow, other elsewhere) [32]byte {
	t := p.terms
	return v.key.MAC("roster-publication", append([][]byte{num(p.seq), num(p.version), v.mac[:], num(p.at),
		[]byte(t.By), []byte(t.ApprovedBy), []byte(t.Override), []byte(t.OSUser), []byte(t.Host),
		p.keyCheck[:], num(p.after)}, other.parts()...)...)
}

// public is what an answer says about the version it was read from.
func (v *versionRow) public() breach.Version {
	return breach.Version{ID: v.ID, PublishedAt: v.PublishedAt, People: int(v.Persons)}
}

// verify tells whether the version can be trusted under one of these keys.
func (v *versionRow) verify(r *Roster) error {
	key, ours := r.keyOf(v.keyCheck)
	switch {
	case !ours:
		return keysDiffer(v.TagKeyID)
	case v.mac != v.authenticate(key):
		return fmt.Errorf("%w: the version's row", ErrAltered)
	}
	v.key = key
	return nil
}

func num(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
