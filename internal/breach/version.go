package breach

// VersionMeta describes a version of the roster that is about to be made.
type VersionMeta struct {
	IncidentID     string
	IncidentDigest [32]byte
	SourcesDigest  [32]byte // over everything it is made from: files and decisions
	Summary        []byte   // the importer's account, kept as it is
}

// StagedPerson is one person of a version that is being made. MemberID is the shop's
// own number, empty for guests and recipients; it is stored sealed.
type StagedPerson struct {
	Ref      int64 // unique in the version, from 1
	Kind     PersonKind
	MemberID string
	Person   Person
}
