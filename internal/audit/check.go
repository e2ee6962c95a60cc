package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"fmt"
	"slices"
	"time"
)

// Prover checks what a key file sealed and signed, under any of its keys. Safe for
// concurrent use.
type Prover interface {
	AuditSealed(seal [32]byte, label string, parts ...[]byte) bool
	AuditVerifiers() []ed25519.PublicKey
}

// Row is a row of the log as it is stored: the encoding, which is the entry, its seal,
// and what is kept beside them for searching. The bytes need not outlive the call that
// takes them.
type Row struct {
	Seq                      int64
	At                       int64 // milliseconds since 1970
	Action, Outcome, Purpose []byte
	Weighs                   int64
	Tag, Attempt             []byte
	Encoded, Seal            []byte
}

// Finding is what is wrong with a log first.
type Finding struct {
	Row  int64 // the first bad row; 0 when it is no row that is bad
	Last int64 // the first bad row lies between Row and Last
	Why  string
}

// String says it in a sentence.
func (f Finding) String() string {
	switch {
	case f.Row == 0:
		return f.Why
	case f.Last > f.Row:
		return fmt.Sprintf("a row from %d to %d %s", f.Row, f.Last, f.Why)
	}
	return fmt.Sprintf("row %d %s", f.Row, f.Why)
}

// Verdict is the outcome of a check.
type Verdict struct {
	Rows        int64 // that were read
	Root        Hash  // over these
	First, Last time.Time
	Heads       int   // signed heads of the log itself that agree
	Kept        int   // heads kept elsewhere that agree
	Unsigned    int64 // rows newer than the newest signed head; each is sealed
	Bad         *Finding
}

// Evidence is what rows are checked against.
type Evidence struct {
	Provers []Prover
	State   State
	Seal    []byte // of State; empty while nothing has sealed the log
	Heads   []Head // of the log itself, checked by OpenHead
	Kept    []Head // kept elsewhere, checked by OpenHead
}

// Checker takes the rows of a log in their order and finds the first that is not what
// was written there.
type Checker struct {
	Evidence
	state   bool // the state is sealed as it is
	tree    Tree
	marks   Marks
	heads   []marked
	verdict Verdict
	agreed  int64 // rows up to the newest head that agreed
}

// marked is a head and where it comes from.
type marked struct {
	Head
	kept bool
}

// NewChecker returns a checker of a log that begins with row 1.
func NewChecker(e Evidence) *Checker {
	c := &Checker{Evidence: e}
	for _, h := range e.Heads {
		c.heads = append(c.heads, marked{h, false})
	}
	for _, h := range e.Kept {
		c.heads = append(c.heads, marked{h, true})
	}
	slices.SortStableFunc(c.heads, func(a, b marked) int { return int(min(1, max(-1, a.Size-b.Size))) })
	c.state = slices.ContainsFunc(e.Provers, func(p Prover) bool { return e.State.SealedBy(p, e.Seal) })
	return c
}

// Row takes the next row and tells whether the check goes on: it ends at the first bad
// row.
func (c *Checker) Row(r *Row) (more bool) {
	want := c.tree.size + 1
	switch {
	case r.Seq < want:
		return c.bad(r.Seq, r.Seq, "was not written by the log: its rows begin with 1")
	case r.Seq > want:
		return c.bad(want, want, "is missing")
	case c.state && r.Seq > c.State.Tree.size:
		return c.bad(want, want, "was added by something else than the log")
	}
	e, why := r.entry()
	if why != "" {
		return c.bad(want, want, why)
	}
	leaf := Leaf(r.Encoded)
	if !c.sealed(r, leaf) {
		return c.bad(want, want, "is not what was written there, or it was written under another key file")
	}
	c.tree.Append(leaf)
	c.marks.Pass(want, e.Action)
	c.verdict.Last = e.At
	if want == 1 {
		c.verdict.First = e.At
	}
	return c.passHeads()
}

func (c *Checker) sealed(r *Row, leaf Hash) bool {
	return slices.ContainsFunc(c.Provers, func(p Prover) bool { return sealedBy(p, r.Seq, leaf, r.Seal) })
}

// passHeads compares the heads that cover exactly the rows so far.
func (c *Checker) passHeads() (more bool) {
	for len(c.heads) > 0 && c.heads[0].Size <= c.tree.size {
		h := c.heads[0]
		c.heads = c.heads[1:]
		if root := c.tree.Root(); !hmac.Equal(root[:], h.Root[:]) {
			why := "is not what was signed " + on(h.At) + ": the log was rewritten"
			if h.kept {
				why += ", or put back to an earlier state and written on"
			}
			return c.bad(c.agreed+1, h.Size, why)
		}
		c.agreed = h.Size
		if h.kept {
			c.verdict.Kept++
		} else {
			c.verdict.Heads++
		}
	}
	return true
}

func on(t time.Time) string { return "on " + t.UTC().Format("2006-01-02 at 15:04:05 UTC") }

// End says what was found, after the last row.
func (c *Checker) End() Verdict {
	n := c.tree.size
	c.verdict.Rows, c.verdict.Root = n, c.tree.Root()
	if c.verdict.Bad == nil {
		c.end(n)
	}
	if c.verdict.Bad == nil {
		c.verdict.Unsigned = n - c.State.Head
	}
	return c.verdict
}

// end looks for rows that should have followed, and at what stands beside the rows.
func (c *Checker) end(n int64) {
	root, counted := c.tree.Root(), c.State.Tree.Root()
	switch {
	case len(c.heads) > 0:
		h := c.heads[len(c.heads)-1]
		why := fmt.Sprintf("is missing: there were %d rows when a head was signed %s", h.Size, on(h.At))
		if h.kept {
			why += ". The newest rows were cut off, or the database was put back to an earlier state"
		}
		c.bad(n+1, n+1, why)
	case c.state && c.State.Tree.size > n:
		c.bad(n+1, n+1, fmt.Sprintf("is missing: the log has had %d rows", c.State.Tree.size))
	case len(c.Seal) == 0 && n == 0 && c.State.Tree.size == 0 && c.State.Head == 0:
		// a new log
	case !c.state:
		c.bad(0, 0, "the log's own count of its rows was altered, or written under another key file")
	case root != counted:
		c.bad(0, 0, "the log's own hash over its rows was altered")
	case c.State.Head > 0 && !slices.ContainsFunc(c.Heads, func(h Head) bool { return h.Size == c.State.Head }):
		c.bad(0, 0, fmt.Sprintf("the signed head over the first %d rows is missing", c.State.Head))
	case c.State.Marks.Known && c.State.Marks != Marks{true, c.marks.Published, c.marks.Paused}:
		c.bad(0, 0, "what the log notes as its newest publication or pause is another row")
	}
}

func (c *Checker) bad(row, last int64, why string) (more bool) {
	c.verdict.Bad = &Finding{Row: row, Last: last, Why: why}
	return false
}

// entry decodes the row and compares what is kept beside the encoding: budgets are
// counted by it.
func (r *Row) entry() (Entry, string) {
	e, err := Decode(r.Encoded)
	if err != nil {
		return e, "cannot be read: " + err.Error()
	}
	tag, weighs := []byte(nil), int64(0)
	if e.Tag != nil {
		tag = e.Tag[:]
	}
	if e.Weighs() {
		weighs = 1
	}
	for _, c := range [...]struct {
		name string
		same bool
	}{
		{"at", e.At.UnixMilli() == r.At}, {"action", string(e.Action) == string(r.Action)}, {"outcome", string(e.Outcome) == string(r.Outcome)},
		{"purpose", e.Purpose == string(r.Purpose)}, {"weighs", weighs == r.Weighs},
		{"tag", bytes.Equal(tag, r.Tag) && (tag == nil) == (r.Tag == nil)}, {"attempt", bytes.Equal(e.Attempt[:], r.Attempt)},
	} {
		if !c.same {
			return e, "was altered: its column " + c.name + " is not what was written"
		}
	}
	return e, ""
}
