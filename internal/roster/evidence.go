package roster

import (
	"encoding/json"
	"errors"
	"fmt"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// Evidence is what one rule said about one record of a person: which record, and yes, no
// or unknown; no other value of the record.
type Evidence struct {
	Record     string          `json:"r"` // "order/2417", "member/12", "delivery/2417/0", "list/14", "first_notice/3"
	Cohort     breach.CohortID `json:"c"`
	Verdict    breach.Tri      `json:"v"`
	Conditions string          `json:"k,omitempty"` // one of y n ? for each condition of the rule, in the order of incident.Conditions
	Decision   breach.Decision `json:"d,omitempty"` // what an operator decided about the record
}

// Explanation is one person at an address and what each rule said about their records.
type Explanation struct {
	Kind     breach.PersonKind
	Cohorts  []breach.CohortID
	Review   []breach.Open
	Evidence []Evidence
}

// RuleCount is what the rule of one cohort said about all records of its kind; deliveries
// that plainly go to the buyer are not among them. An approved list has no records.
type RuleCount struct {
	Cohort           breach.CohortID
	Yes, No, Unknown int // records
	People           int // on the list of the cohort
}

// Evidence tells why a person of the result is on a list or on the review list.
func (r *Result) Evidence(ref int64) []Evidence { return r.from.evidence(ref) }

// Explain tells what the rules said about everybody at an address, also about people who
// are in the files and on no list. Nobody is an empty answer.
func (r *Result) Explain(a email.Address) []Explanation { return r.from.explain(a) }

// Rules counts, in incident-file order, what each rule said.
func (r *Result) Rules() []RuleCount { return r.from.rules() }

// EncodeEvidence is the form in which evidence is sealed and kept.
func EncodeEvidence(list []Evidence) []byte { return encode(notNil(list)) }

// DecodeEvidence reads what EncodeEvidence wrote.
func DecodeEvidence(b []byte) ([]Evidence, error) {
	var list []Evidence
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("reading evidence: %w", errors.New("it has an unknown form"))
	}
	return list, nil
}
