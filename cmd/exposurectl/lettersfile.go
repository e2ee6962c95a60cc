package main

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/notify"
	"exposure/internal/wording"
)

// letterColumns are the columns of the file that is printed from. Scripts read them.
func letterColumns() []string {
	return []string{"letter_number", "check_number", "check_number_romaji", "kind", "name", "postal_code", "address", "ticket"}
}

// byHandColumns are the columns of the list by hand. Of a corrected file person, name,
// postal_code and address are read back.
func byHandColumns() []string {
	return []string{"reason", "kind", "name", "postal_code", "address", "ticket", "note", "person"}
}

// letterRow is a line of the file that is printed from.
type letterRow []string

func (r letterRow) number() string    { return r[0] }
func (r letterRow) tickets() []string { return strings.Fields(r[len(r)-1]) }

// rows are the lines of letters.
func (d *letterDesk) rows(all []notify.Letter) (rows []letterRow) {
	for _, l := range all {
		row := letterRow{"", "", "", string(l.Kind), l.To.Name, l.To.PostalCode, l.To.Address, strings.Join(l.Tickets, " ")}
		if l.Person != (breach.Handle{}) {
			check := d.keys.CheckNumber(l.Check)
			row[0], row[1], row[2] = l.Number.Grouped(), wording.CheckNumber(check, breach.Japanese), wording.CheckNumber(check, breach.English)
		}
		rows = append(rows, row)
	}
	return rows
}

func cellsOf(rows []letterRow) (all [][]string) {
	for _, r := range rows {
		all = append(all, r)
	}
	return all
}

func handRows(all []notify.ByHand) (rows [][]string) {
	for _, h := range all {
		person := ""
		if h.Person != (breach.Handle{}) {
			person = hex.EncodeToString(h.Person[:])
		}
		rows = append(rows, []string{
			string(h.Reason), string(h.Kind), h.To.Name, h.To.PostalCode, h.To.Address, strings.Join(h.Tickets, " "), h.Note, person,
		})
	}
	return rows
}

// letterFile is a file that is written under another name first. An empty path is none.
type letterFile struct{ path string }

func newLetterFile(path string) letterFile { return letterFile{path} }

// unfinished is the name of the file until everything in it is true.
func (f letterFile) unfinished() string { return f.path + ".unfinished" }

// free refuses a name that is taken.
func (f letterFile) free() error {
	if f.path == "" {
		return nil
	}
	there, err := os.Lstat(f.path)
	if before, err := os.Lstat(f.unfinished()); err == nil && there != nil && os.SameFile(there, before) { // interrupted at the very end
		return errors.Join(fmt.Errorf("%s is whole: the run before this one ended it. Nothing was changed", f.path), os.Remove(f.unfinished()))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already, or cannot be looked at: say another name. Nothing was changed", f.path)
	}
	return nil
}

// write puts lines into the unfinished file, in place of what it holds, and waits for the
// disk. No lines make no file.
func (f letterFile) write(columns []string, rows [][]string) error {
	if f.path == "" {
		return nil
	}
	if len(rows) == 0 {
		if err := os.Remove(f.unfinished()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	next := f.unfinished() + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing letters: %w", err)
	}
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing letters: %w", err)
	}
	_, err = file.Write(spreadsheet(columns, rows))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(next, f.unfinished())
	}
	if err = errors.Join(err, syncFolder(f.path)); err != nil {
		return fmt.Errorf("writing letters: %w", err)
	}
	return nil
}

// spreadsheet is lines as spreadsheet programs read them: UTF-8 with its mark, CRLF, and no cell
// that they would work out.
func spreadsheet(columns []string, rows [][]string) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range append([][]string{columns}, rows...) {
		row = slices.Clone(row)
		for i, cell := range row {
			row[i] = inert(cell)
		}
		_ = w.Write(row) // into memory
	}
	w.Flush()
	return b.Bytes()
}

// inert is a cell that no spreadsheet program takes for a formula.
func inert(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}

// read gives back the lines of the unfinished file; none if there is none.
func (f letterFile) read() ([]letterRow, error) {
	if f.path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.unfinished())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what an interrupted run left: %w", err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 || !slices.Equal(all[0], letterColumns()) {
		return nil, fmt.Errorf("%s is no file of letters, or was changed: put it aside. The numbers in it count, if they do, until they are replaced", f.unfinished())
	}
	var rows []letterRow
	for _, row := range all[1:] {
		rows = append(rows, row)
	}
	return rows, nil
}

// finish gives the file its name, unless that was taken meanwhile.
func (f letterFile) finish() error {
	if f.path == "" {
		return nil
	}
	if _, err := os.Lstat(f.unfinished()); errors.Is(err, fs.ErrNotExist) {
		return nil // it had no lines
	}
	err := os.Link(f.unfinished(), f.path)
	if err == nil {
		err = os.Remove(f.unfinished())
	} else if !errors.Is(err, fs.ErrExist) && f.free() == nil { // a file system without links
		err = os.Rename(f.unfinished(), f.path)
	}
	if err = errors.Join(err, syncFolder(f.path)); err != nil {
		return fmt.Errorf("the file is whole, but still called %s: %w", f.unfinished(), err)
	}
	return nil
}

func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
