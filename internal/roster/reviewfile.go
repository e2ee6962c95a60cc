package roster

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/roster/shopcsv"
)

// ErrDecisions means that a file of decisions has mistakes. Nothing of it is taken.
var ErrDecisions = errors.New("the file of decisions has mistakes")

// reviewColumns are the columns of the file people decide in. Only id and decision are
// read back; the others are there to decide by.
func reviewColumns() []string {
	return []string{"id", "reason", "理由", "record", "would_belong_to", "on_a_list_anyway", "file", "line", "decision"}
}

// utf8Mark makes spreadsheet programs read the file as UTF-8.
const utf8Mark = "\ufeff"

// WriteReview writes records of the review list as a CSV file in which somebody fills in
// the last column: in (対象), out (対象外) or later (保留). It names records by the shop's
// own numbers and holds nothing else about anybody.
func WriteReview(w io.Writer, records iter.Seq[ReviewRecord]) error {
	if _, err := io.WriteString(w, utf8Mark); err != nil {
		return fmt.Errorf("writing the review list: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(reviewColumns()) // Flush reports what went wrong
	for r := range records {
		line, listed := "", "no"
		if r.Line > 0 {
			line = strconv.Itoa(r.Line)
		}
		if r.OnList {
			listed = "yes"
		}
		_ = out.Write([]string{r.ID, string(r.Reason), reasonJapanese(r.Reason), r.record(), joinIDs(r.Cohorts, ";"), listed, r.File, line, string(r.Decision)})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing the review list: %w", err)
	}
	return nil
}

// record is the id without the question: what to look up in the shop. Of somebody known
// only from the first notice it is the line of that file, not their address.
func (r ReviewRecord) record() string {
	if r.Reason == breach.FirstNoticeOnly {
		return "first notice, line " + strconv.Itoa(r.Line)
	}
	_, rest, _ := strings.Cut(r.ID, "/")
	return strings.TrimSuffix(rest, ":"+joinIDs(r.Cohorts, "+"))
}

func joinIDs(ids []breach.CohortID, separator string) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, separator)
}

// DecidedRecord is one filled-in line of a review list.
type DecidedRecord struct {
	ID       string // ReviewRecord.ID
	Decision breach.Decision
}

// ReadDecisions reads a review list in which somebody decided. Lines without a decision
// are left out. Any mistake refuses the whole file, by line; the error wraps
// ErrDecisions and holds no cell.
func ReadDecisions(path string) ([]DecidedRecord, error) {
	file, err := openFile(path, "the file of decisions")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := shopcsv.NewReader(file, shopcsv.Options{})
	header, err := reader.Header()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	id, decision := slices.Index(header, "id"), slices.Index(header, "decision")
	if id < 0 || decision < 0 {
		return nil, fmt.Errorf("%w: it needs the columns id and decision; \"review list --out FILE\" writes them", ErrDecisions)
	}
	d := decisions{lineFaults: lineFaults{of: ErrDecisions}, seen: map[string]breach.Decision{}}
	for {
		rec, err := reader.Next()
		var bad *shopcsv.RowError
		switch {
		case errors.As(err, &bad):
			d.add(bad.Line, bad.Reason)
		case errors.Is(err, io.EOF):
			return d.list, d.err()
		case err != nil:
			return nil, fmt.Errorf("%w: the file of decisions: %w", ErrUnreadable, err)
		default:
			d.line(rec.Line, strings.TrimSpace(rec.Fields[id]), fold(rec.Fields[decision]))
		}
	}
}

type decisions struct {
	lineFaults
	list []DecidedRecord
	seen map[string]breach.Decision
}

func (d *decisions) line(line int, id, word string) {
	if word == "" {
		return
	}
	decision, ok := decisionWord(word)
	before, twice := d.seen[id]
	switch {
	case !ok:
		d.add(line, "the decision must be in (対象), out (対象外) or later (保留)")
	case !strings.Contains(id, "/"):
		d.add(line, "the id is not one of a review list")
	case twice && before != decision:
		d.add(line, "the same record is decided twice, differently")
	case !twice:
		d.seen[id] = decision
		d.list = append(d.list, DecidedRecord{ID: id, Decision: decision})
	}
}

func decisionWord(word string) (breach.Decision, bool) {
	switch strings.ToLower(word) {
	case "in", "対象":
		return breach.DecidedIn, true
	case "out", "対象外":
		return breach.DecidedOut, true
	case "later", "保留":
		return breach.DecidedLater, true
	default:
		return "", false
	}
}

// sealedRecord is what a version keeps of a review record, sealed to the operator.
type sealedRecord struct {
	ID      string              `json:"id"`
	Reason  breach.ReviewReason `json:"reason"`
	File    string              `json:"file"`
	Line    int                 `json:"line,omitempty"`
	Cohorts []breach.CohortID   `json:"cohorts,omitempty"`
	OnList  bool                `json:"on_list,omitempty"`
}

// EncodeReview is the form of a record that is sealed and kept with a version. It leaves
// out whose record it is.
func EncodeReview(r ReviewRecord) []byte {
	return encode(sealedRecord{ID: r.ID, Reason: r.Reason, File: r.File, Line: r.Line, Cohorts: r.Cohorts, OnList: r.OnList})
}

// DecodeReview reads what EncodeReview wrote.
func DecodeReview(b []byte) (ReviewRecord, error) {
	var s sealedRecord
	if err := json.Unmarshal(b, &s); err != nil {
		return ReviewRecord{}, errors.New("a record of the review list has an unknown form")
	}
	return ReviewRecord{ID: s.ID, Reason: s.Reason, File: s.File, Line: s.Line, Cohorts: s.Cohorts, OnList: s.OnList}, nil
}
