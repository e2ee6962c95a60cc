package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

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
	OtherNames  bool   `json:"other_names"`
}

// whose says in words whose keys the file holds, or held.
func (f *keyFile) whose() string {
	switch {
	case f.Server && f.Operator:
		return "the server's and the operator's keys"
	case f.Operator:
		return "the operator's keys"
	}
	return "the server's keys"
}

// line is the file in the report for people.
func (f *keyFile) line() string {
	line := "key file " + f.Path
	if real, err := filepath.EvalSymlinks(f.Path); err == nil && real != f.Path && !f.Gone {
		line += ", a link to " + real
	}
	return line + ", " + f.whose() + ": " + map[bool]string{true: "destroyed", false: "to be destroyed"}[f.Gone]
}

// surveyKeys finds the key files that are there. It refuses a name behind which there is
// none: the keys would live on, and the report would not know of them.
func (r *purge) surveyKeys() error {
	for _, path := range []string{r.KeyFile, r.Operator} {
		if path == "" {
			continue
		}
		found, err := vault.Copies(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, f := range found {
			r.report.addKeyFile(f)
		}
	}
	const elsewhere = "nothing was touched. Name the right one. If a purge has destroyed it already, name the report of that purge with --report"
	if r.KeyFile != "" && !r.report.knows(r.KeyFile, func(f *keyFile) bool { return f.Server }) {
		return fmt.Errorf("there is no server's key file %s (--key-file, EXPOSURE_KEY_FILE): %s", r.KeyFile, elsewhere)
	}
	if r.Operator != "" && !r.report.knows(r.Operator, func(f *keyFile) bool { return f.Operator }) {
		return fmt.Errorf("there is no operator's key file %s (--operator-key-file, EXPOSURE_OPERATOR_KEY_FILE): %s; "+
			"if it was destroyed otherwise, leave the option out and unset the variable: the report then says that this is not proven", r.Operator, elsewhere)
	}
	return r.pair()
}

// pair refuses the operator's key file of another installation, whose roster it would make
// unreadable. Files that a killed run has overwritten cannot be compared any more.
func (r *purge) pair() error {
	keys, err1 := vault.LoadServer(r.KeyFile)
	operator, err2 := vault.LoadOperator(r.Operator)
	if err1 != nil || err2 != nil {
		return nil
	}
	if err := operator.Belongs(keys); err != nil {
		return fmt.Errorf("%s: %w: nothing was touched", r.Operator, err)
	}
	return nil
}

func (r *purgeReport) addKeyFile(c vault.Copy) {
	i := slices.IndexFunc(r.KeyFiles, func(f keyFile) bool { return f.Path == c.Path })
	if i < 0 {
		i = len(r.KeyFiles)
		r.KeyFiles = append(r.KeyFiles, keyFile{Path: c.Path})
	}
	f := &r.KeyFiles[i]
	f.Gone = false // it is there, again or still
	f.Server, f.Operator = f.Server || c.Server, f.Operator || c.Operator
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
	for _, f := range r.KeyFiles {
		if f.OtherNames {
			doubt("where the other names of %s are: the same file had more than one. They hold random bytes now.", f.Path)
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
