package roster

import (
	"errors"
	"fmt"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

const (
	// A column with card numbers in more than one of a hundred cells holds card
	// numbers; fewer are accidents in free text. Below a hundred cells nobody can
	// tell, and each hit is dropped alone.
	guardCells   = 100
	guardPercent = 1
	// guardHits ends a hopeless file early and bounds the list of rejects.
	guardHits = 1000
)

// refuseSecrets refuses a file with a column that by its name holds security codes,
// passwords or their hashes, unless the profile knows better.
func refuseSecrets(in *input, header []string, ignore []string) error {
	var errs []error
	for _, i := range profile.RefuseSecrets(header, ignore) {
		errs = append(errs, fmt.Errorf("%w: %s: column %d (%s) looks like security codes or passwords: export the file without it",
			ErrForbidden, in.base, i+1, in.cols.Label(i)))
	}
	return errors.Join(errs...)
}

// guard looks for card numbers in every column that is not exempt.
type guard struct {
	in    *input
	mails []bool // columns of addresses
	cells []int  // not empty, by column
	hits  []int
}

func newGuard(in *input) *guard {
	n := in.cols.Len()
	return &guard{in: in, mails: in.cols.Mails(), cells: make([]int, n), hits: make([]int, n)}
}

// search takes every card number out of the record and rejects the cell.
func (g *guard) search(rec shopcsv.Record, reject func(line int, reason string)) error {
	for i, cell := range rec.Fields {
		if cell == "" || g.in.cols.Exempt(i) {
			continue
		}
		g.cells[i]++
		if !mayHoldCard(cell) {
			continue
		}
		found := breach.FindCardNumbers(cell)
		if len(found) == 0 || g.mails[i] && isAddress(cell) {
			continue
		}
		g.hits[i]++
		rec.Fields[i] = without(cell, found)
		reject(rec.Line, fmt.Sprintf("column %s held a card number: %s, dropped", g.in.cols.Label(i), found[0]))
		if g.hits[i] > guardHits && g.tooMany(i) {
			return g.verdict()
		}
	}
	return nil
}

// isAddress tells whether the whole cell is an e-mail address. Then its digits belong to it:
// without them it is somebody else's address, and of an address only a keyed hash is kept.
func isAddress(cell string) bool {
	_, err := email.Parse(cell)
	return err == nil
}

// without cuts card numbers out of a cell. The rest stays: an address must remain
// comparable.
func without(cell string, found []breach.CardNumber) string {
	var b strings.Builder
	end := 0
	for _, c := range found {
		b.WriteString(cell[end:c.Start])
		end = c.End
	}
	b.WriteString(cell[end:])
	return b.String()
}

// shortestCard is the least number of digits a candidate has.
const shortestCard = 14

// mayHoldCard is a cheap look before the search: enough digits with nothing of ASCII
// between them but spaces and dashes. The byte that begins a full-width digit in UTF-8
// counts as one.
func mayHoldCard(cell string) bool {
	if len(cell) < shortestCard {
		return false
	}
	n := 0
	for i := range len(cell) {
		switch b := cell[i]; {
		case b >= '0' && b <= '9', b == 0xEF:
			if n++; n >= shortestCard {
				return true
			}
		case b < 0x80 && b != ' ' && b != '-':
			n = 0
		}
	}
	return false
}

func (g *guard) tooMany(i int) bool {
	return g.cells[i] >= guardCells && g.hits[i]*100 > g.cells[i]*guardPercent
}

// verdict refuses the file if a column of it holds card numbers.
func (g *guard) verdict() error {
	var errs []error
	for i := range g.cells {
		if g.tooMany(i) {
			errs = append(errs, fmt.Errorf("%w: %s: column %d (%s) holds card numbers in %d of %d cells: export the file without it",
				ErrForbidden, g.in.base, i+1, g.in.cols.Label(i), g.hits[i], g.cells[i]))
		}
	}
	return errors.Join(errs...)
}
