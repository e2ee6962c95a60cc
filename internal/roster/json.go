package roster

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// fixedJSON is the form scripts read; its keys and their order are promised.
type fixedJSON struct {
	Version            *int64        `json:"version"`
	Committed          bool          `json:"committed"`
	Cohorts            []CohortCount `json:"cohorts"`
	Total              Total         `json:"total"`
	Overlaps           []Overlap     `json:"overlaps"`
	Review             []ReviewCount `json:"review"`
	UnreachableByEmail int           `json:"unreachable_by_email"`
	Rejects            []Reject      `json:"rejects"`
	Differs            bool          `json:"differs"`
}

// JSON is the machine-readable reconciliation; a dry run has no version and is not
// committed. Lists are never null.
func (r Reconciliation) JSON(version *int64, committed bool) []byte {
	return encode(fixedJSON{
		Version: version, Committed: committed, Cohorts: notNil(r.Cohorts), Total: r.Total, Overlaps: notNil(r.Overlaps),
		Review: notNil(r.Review), UnreachableByEmail: r.UnreachableByEmail, Rejects: notNil(r.Rejects), Differs: r.Differs,
	})
}

// JSON is that of the reconciliation.
func (r *Result) JSON(version *int64, committed bool) []byte {
	return r.Reconciliation.JSON(version, committed)
}

// Summary is what a version keeps of its reconciliation: figures, file names and
// line numbers.
func (r Reconciliation) Summary() []byte { return encode(r) }

// ParseSummary reads what Summary wrote.
func ParseSummary(summary []byte) (Reconciliation, error) {
	var r Reconciliation
	if err := json.Unmarshal(summary, &r); err != nil {
		return Reconciliation{}, fmt.Errorf("reading the summary of a version: %w", err)
	}
	return r, nil
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// encode writes JSON as people type it: file names keep their & and <.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Structs of numbers and strings always encode.
		panic(fmt.Sprintf("encoding a reconciliation: %v", err))
	}
	return bytes.TrimSpace(b.Bytes())
}
