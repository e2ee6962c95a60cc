package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// errDamaged: rows cannot be removed from the database file, because it is damaged.
var errDamaged = errors.New("the database file is damaged, so that no rows can be removed from it, and the audit log cannot be kept in it")

// damagedFile is a database file that no rows can be removed from. It is in the report before
// the file is touched: a run that was killed leaves random bytes, or nothing, in its place, and
// only the report then tells that this was the right file.
type damagedFile struct {
	Path        string `json:"path"`
	Overwritten int64  `json:"overwritten_bytes"` // with the files beside it
	Gone        bool   `json:"gone"`
}

// newDamaged is the database that is named, damaged.
func (r *purge) newDamaged() (*damagedFile, error) {
	path, err := filepath.Abs(strings.TrimPrefix(r.Database, "sqlite:"))
	return &damagedFile{Path: path}, err
}

// whole tells whether the database file is one that the report knows as damaged, and that goes
// whole with the log in it. One that came into the place of one that is gone is another.
func (r *purge) whole() bool {
	known := r.report.Damaged
	if !r.AuditToo || known == nil {
		return false
	}
	named, err := r.newDamaged()
	if err != nil || named.Path != known.Path {
		return false
	}
	_, missing := os.Lstat(known.Path)
	return !known.Gone || errors.Is(missing, fs.ErrNotExist)
}

// surveyDamaged is the survey of a file that cannot be read, nor be told from one that never
// was a database. It is destroyed only if both are waived: the log in it, and that it is as it was.
func (r *purge) surveyDamaged(cause error) (err error) {
	if !r.AuditToo || !r.AlteredLog { // the cause is not wrapped: what helps is said here
		return fmt.Errorf("the database cannot be read: %v: this run touched nothing. See that its path is the right one. "+
			"If so, it is damaged, by a disk or by somebody: keep a copy of it as evidence if that is wanted, "+
			"then purge with --audit-too --altered-log, which overwrites and removes the file whole; the log cannot be kept in it", cause)
	}
	if r.report.Damaged, err = r.newDamaged(); err != nil {
		return err
	}
	return r.logFails(audit.Finding{Why: "it cannot be read"}, cause)
}

// foundDamaged is what becomes of a file in which rows met damage that the survey did not.
func (r *purge) foundDamaged(cause error) (err error) {
	if r.report.Damaged, err = r.newDamaged(); err != nil {
		return err
	}
	if err := r.report.save(r.Report); err != nil {
		return err
	}
	if r.AuditToo {
		return r.destroyFile()
	}
	return fmt.Errorf("%w: %v. What it holds about people answers nothing without the keys, which are destroyed. "+
		"Keep a copy of the file as evidence if that is wanted, then run this again with --audit-too, which overwrites and removes the file whole", errDamaged, cause)
}

// destroyFile destroys the damaged file, which the report on the disk knows by now.
func (r *purge) destroyFile() error {
	if r.after != nil {
		r.after(stepWhole)
	}
	var overwritten int64
	err := sqlstore.DestroyFile(r.Database, func(path string) error {
		done, err := vault.Shred(path)
		overwritten += done.Bytes
		return err
	})
	if err != nil {
		return err
	}
	d := r.report.Damaged
	d.Gone, d.Overwritten = true, max(d.Overwritten, overwritten)
	r.report.Remains = nil
	return r.report.save(r.Report)
}

// line is the file in the report for people.
func (d *damagedFile) line() string {
	return fmt.Sprintf("database file %s, which is damaged: %s", d.Path, map[bool]string{true: "destroyed whole", false: "to be destroyed whole, with --audit-too"}[d.Gone])
}

// proof is what became of it.
func (d *damagedFile) proof() string {
	if d.Overwritten == 0 {
		return fmt.Sprintf("the database file %s, which was damaged, is gone; it was when this run came to it, so an earlier run was killed just then", d.Path)
	}
	return fmt.Sprintf("the database file %s, which was damaged, went whole: %d bytes of it and of the files beside it were overwritten with random ones and synced, and they are removed", d.Path, d.Overwritten)
}
