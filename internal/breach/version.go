package breach

import "time"

// VersionMeta describes a version of the roster that is about to be made.
type VersionMeta struct {
	IncidentID     string
	IncidentDigest [32]byte
	SourcesDigest  [32]byte // over everything it is made from: files and decisions
	Summary        []byte   // the importer's account, kept as it is
}

// Handle is a keyed hash of a stable name: the same person or record has the same handle
// in every version. Without the key it says nothing.
type Handle [32]byte

// StagedPerson is one person of a version that is being made. MemberID is the shop's
// own number, empty for guests and recipients; it is stored sealed.
type StagedPerson struct {
	Ref      int64 // unique in the version, from 1
	Kind     PersonKind
	MemberID string
	Handle   Handle   // of the person's key
	Older    []Handle // the same under the older keys, newest first
	Reach    [32]byte // digest of the person's addresses and what each is to them
	Evidence []byte   // sealed to the operator: why the person is listed
	Person   Person
}

// StagedReview is one record of a version that an operator decides or has decided about.
type StagedReview struct {
	Handle  Handle   // of the record's stable id, under the newest key
	Older   []Handle // the same under the older keys, newest first; not kept
	Reason  ReviewReason
	Applied Decision // what the import took into account; empty: nothing was decided
	Sealed  []byte   // sealed to the operator: which record it is
}

// Decision is what an operator decided about a record of the review list.
type Decision string

// The decisions. Later leaves the record open: its person is told that it is still being
// checked, and the version may be published.
const (
	DecidedIn    Decision = "in"    // the person is affected
	DecidedOut   Decision = "out"   // the record affects nobody
	DecidedLater Decision = "later" // known, and not decided yet
)

// Known tells whether it is one of the decisions.
func (d Decision) Known() bool {
	return d == DecidedIn || d == DecidedOut || d == DecidedLater
}

// Pause says that the look-up is shut for a while.
type Pause struct {
	Since  time.Time
	BackAt *time.Time // when it is expected to open again; nil: not known
}
