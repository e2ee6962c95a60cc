package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

// keyFile is a key file that a purge found, and what became of it. What the report claims
// of keys is decided from these alone, never from what was named on the command line.
type keyFile struct {
	Path        string `json:"path"`
	Server      bool   `json:"server_keys"`
	Operator    bool   `json:"operator_keys"`
	Overwritten int64  `json:"overwritten_bytes"`
	Gone        bool   `json:"gone"`
	Names       uint64 `json:"names"` // hard links: the same file under so many names
}

// whose says in words whose keys the file holds, or held.
func (f *keyFile) whose() string {
	switch {
	case f.Server && f.Operator:
		return "the server's and the operator's keys"
	case f.Operator:
		return "the operator's keys"
	case f.Server:
		return "the server's keys"
	}
	return "keys of this installation"
}

// line is the file in the report for people.
func (f *keyFile) line() string {
	line := "key file " + f.Path
	if real, err := filepath.EvalSymlinks(f.Path); err == nil && real != f.Path && !f.Gone {
		line += ", a link to " + real
	}
	if f.Names > 1 {
		line += fmt.Sprintf(", one file under %d names", f.Names)
	}
	return line + ", " + f.whose() + ": " + map[bool]string{true: "destroyed", false: "to be destroyed"}[f.Gone]
}

// surveyKeys finds the key files that are there and tells by their content whose they are.
// It refuses a name behind which there is none, because the keys would live on and the
// report would not know of them; and the operator's keys of another installation, whose
// roster their end would make unreadable.
func (r *purge) surveyKeys() error {
	const elsewhere = "nothing was touched. Name the right one. If a purge has destroyed it already, name the report of that purge with --report"
	if err := errors.Join(vault.RefuseLink(r.KeyFile), vault.RefuseLink(r.Operator)); err != nil {
		return fmt.Errorf("%w: nothing was touched", err)
	}
	server, err := r.own()
	if err != nil {
		return err
	}
	if r.KeyFile != "" && !server && !r.report.knows(r.KeyFile, func(f *keyFile) bool { return f.Server }) {
		return fmt.Errorf("there is no server's key file %s (--key-file, EXPOSURE_KEY_FILE): %s", r.KeyFile, elsewhere)
	}
	if err := errors.Join(r.surveyBeside(r.KeyFile), r.surveyBeside(r.Operator)); err != nil {
		return err
	}
	r.report.OtherNames = slices.DeleteFunc(r.report.OtherNames, r.report.alias)
	if r.Operator != "" && !r.report.knows(r.Operator, func(f *keyFile) bool { return f.Operator }) {
		return fmt.Errorf("there is no operator's key file %s (--operator-key-file, EXPOSURE_OPERATOR_KEY_FILE): %s; "+
			"if it was destroyed otherwise, leave the option out and unset the variable: the report then says that this is not proven", r.Operator, elsewhere)
	}
	return nil
}

// own learns the keys of the installation: from the server's key file, or once that is
// destroyed from the report. What is of another installation is told by them.
func (r *purge) own() (server bool, err error) {
	if r.KeyFile == "" {
		return false, nil
	}
	c, err := vault.Look(r.KeyFile, r.report.KeyMarks)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !c.Server {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(r.report.KeyMarks) > 0 && !c.Own {
		return false, fmt.Errorf("%s is the report of another installation's purge, %s: nothing was touched. Name another file with --report, or the key file of that installation",
			r.Report, r.report.Installation)
	}
	r.report.KeyMarks = r.report.KeyMarks.With(c.Marks)
	if keys, err := vault.LoadServer(r.KeyFile); err == nil { // else recording says what is wrong with it
		r.report.Installation = audit.Installation(keys.AuditVerifiers()...)
	}
	return true, nil
}

// surveyBeside takes the key files that lie beside one, itself among them, into the report.
func (r *purge) surveyBeside(path string) error {
	if path == "" {
		return nil
	}
	found, err := vault.Copies(path, r.report.KeyMarks)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, c := range found {
		switch {
		case c.Own && c.Named:
			r.report.addKeyFile(c)
			if c.Operator {
				r.report.KeyMarks = r.report.KeyMarks.With(c.Marks)
			}
		case c.Own:
			r.report.OtherNames = append(r.report.OtherNames, c.Path)
		case c.Operator && path == r.Operator && c.Path == path:
			return fmt.Errorf("%s (--operator-key-file, EXPOSURE_OPERATOR_KEY_FILE): %w: nothing was touched. Name the one that keygen wrote with this server's, or none", c.Path, vault.ErrNotPair)
		case c.Operator:
			return fmt.Errorf("%s lies beside the key files that are to be destroyed, under a name like theirs: %w, %s: nothing was touched. "+
				"If another installation needs it, move it elsewhere; if it is an old one of this installation, of which no key is left in use, destroy it yourself", c.Path, vault.ErrNotPair, r.KeyFile)
		case !c.Server && !r.knownBeside(c.Path):
			r.report.Unread = append(r.report.Unread, c.Path)
		case c.Server:
			r.report.LeftAlone = append(r.report.LeftAlone, c.Path)
		}
	}
	return nil
}

// knownBeside tells whether a file is one of this program's own that holds no keys.
func (r *purge) knownBeside(path string) bool {
	database := strings.TrimPrefix(r.Database, "sqlite:")
	return slices.ContainsFunc([]string{r.Report, database, database + "-wal", database + "-shm"}, func(own string) bool {
		file, err := os.Stat(path)
		known, err2 := os.Stat(own)
		return err == nil && err2 == nil && os.SameFile(file, known)
	})
}

func (r *purgeReport) addKeyFile(c vault.Copy) {
	i := slices.IndexFunc(r.KeyFiles, func(f keyFile) bool { return f.Path == c.Path })
	if i < 0 {
		i = len(r.KeyFiles)
		r.KeyFiles = append(r.KeyFiles, keyFile{Path: c.Path})
	}
	f := &r.KeyFiles[i]
	f.Gone, f.Names = false, c.Names // it is there, again or still
	f.Server, f.Operator = f.Server || c.Server, f.Operator || c.Operator
}

// alias tells whether a path is a file of the report under another name.
func (r *purgeReport) alias(path string) bool {
	file, err := os.Stat(path)
	return err != nil || slices.ContainsFunc(r.KeyFiles, func(f keyFile) bool {
		known, err := os.Stat(f.Path)
		return f.Path == path || err == nil && os.SameFile(file, known)
	})
}

// knows tells whether the report has a key file of that kind at a path: one that is to be
// destroyed, or that this purge has destroyed.
func (r *purgeReport) knows(path string, kind func(*keyFile) bool) bool {
	return slices.ContainsFunc(r.KeyFiles, func(f keyFile) bool { return f.Path == path && kind(&f) })
}

// doubtKeys says which keys the report knows no file of.
func (r *purgeReport) doubtKeys(doubt func(format string, args ...any)) {
	if !slices.ContainsFunc(r.KeyFiles, func(f keyFile) bool { return f.Operator }) {
		doubt("that the operator's key file is destroyed: --operator-key-file was not given, and none lay beside the server's. Run this on the office machine as well.")
	}
	if !slices.ContainsFunc(r.KeyFiles, func(f keyFile) bool { return f.Server }) {
		doubt("that the server's key file is destroyed: none was found.")
	}
	for _, path := range distinct(r.OtherNames) {
		doubt("that no key is left beside those files: %s holds keys of this installation under another name. Destroy it as well, with --key-file or --operator-key-file naming it and this report.", path)
	}
	for _, path := range distinct(r.LeftAlone) {
		doubt("whose keys %s holds: none that can be read in it is this installation's, so it was left alone.", path)
	}
	for _, path := range distinct(r.Unread) {
		doubt("what is in %s: it has a name like the key file's, and no keys can be read in it (a folder, a link, an archive, another encoding). It was left alone: look, and destroy it by hand.", path)
	}
	for _, f := range r.KeyFiles {
		if f.Gone && f.Names > 1 {
			doubt("where the other names of %s are: the same file had %d. Those that are left hold random bytes now.", f.Path, f.Names)
		}
	}
}

// proveKeys says what became of each key file.
func (r *purgeReport) proveKeys(prove func(format string, args ...any)) {
	for _, f := range r.KeyFiles {
		switch {
		case f.Gone && f.Overwritten > 0:
			prove("%s, %s: %d bytes were overwritten with random ones and synced, the file is removed", f.Path, f.whose(), f.Overwritten)
		case f.Gone:
			prove("%s, %s, is gone; it was when this run came to it, so an earlier run was killed just then", f.Path, f.whose())
		}
	}
}
