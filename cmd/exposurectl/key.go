package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

type keyCmds struct {
	List   keyListCmd   `cmd:"" help:"The keys of the key files, and what each does now."`
	Rotate keyRotateCmd `cmd:"" help:"Add new keys, beside which the old ones go on living."`
	Retire keyRetireCmd `cmd:"" help:"Remove an old key that nothing needs any more."`
}

// keyLine is a key as scripts read it.
type keyLine struct {
	ID      string     `json:"id"`
	Purpose string     `json:"purpose"`
	File    string     `json:"file"`
	Created time.Time  `json:"created"`
	Writes  *time.Time `json:"writes_from,omitempty"`
	Duty    vault.Duty `json:"duty"`
	Meaning string     `json:"meaning,omitempty"`
}

func lineOf(k vault.Info) keyLine {
	l := keyLine{ID: k.ID, Purpose: k.Purpose, File: "server", Created: k.Created, Duty: k.Duty}
	if k.Operator {
		l.File = "operator"
	}
	if !k.Writes.IsZero() {
		l.Writes = &k.Writes
	}
	return l
}

func writeKeys(w io.Writer, all []keyLine) {
	fmt.Fprintln(w, "purpose         id        file      made        duty")
	for _, l := range all {
		fmt.Fprintf(w, "%-14s  %s  %-8s  %s  %s", l.Purpose, l.ID, l.File, l.Created.UTC().Format(time.DateOnly), l.Duty)
		if l.Writes != nil && l.Duty == vault.Waits {
			fmt.Fprintf(w, " until %s", l.Writes.UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(w)
		if l.Meaning != "" {
			fmt.Fprintf(w, "                %s\n", l.Meaning)
		}
	}
}

type keyListCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

func (keyListCmd) Help() string {
	return `Example:
  exposurectl key list

"writes": what is made now is made under it; "waits": it opens, and will write when its time has come; "opens": what was
made under it before is still known. No key is printed.`
}

func (c keyListCmd) Run(p *program) error {
	f, err := p.changeKeys()
	if err != nil {
		return err
	}
	defer f.close()
	keys, err := f.files().Keys()
	if err != nil {
		return err
	}
	var all []keyLine
	for _, k := range keys {
		all = append(all, lineOf(k))
	}
	if c.JSON {
		return json.NewEncoder(p.Out).Encode(all)
	}
	writeKeys(p.Out, all)
	return nil
}

type keyRotateCmd struct {
	Purposes []string      `arg:"" name:"purpose" help:"Purposes, separated by commas, or all: tag, member_id_seal, session_seal, code_pepper, network, check_number, letter, audit_signing, contacts, evidence."`
	In       time.Duration `placeholder:"DURATION" help:"With several servers: until then the new keys that servers must understand of each other only open, so that each can be given the file first, e.g. 1h."`
	Commit   bool          `help:"Do it; without this nothing is changed."`
	JSON     bool          `name:"json" help:"Print as JSON."`
}

func (keyRotateCmd) Help() string {
	return `Example:
  exposurectl key rotate session_seal,code_pepper --commit
  exposurectl key rotate all --in 1h --commit

Old keys stay in the file and go on opening what was made under them: sessions, codes and guesses of before still count.
A running server reads the file when it starts: give each the new file and restart it at once, all before --in is over.
"key retire" removes the old keys later. Keep a copy of both files in the safe. Needs the database: it is recorded there.`
}

// meaning is what a new key means to customers and what has to be done.
func meaning(purpose string) string {
	return map[string]string{
		"tag":            "nobody notices. Restart every server, import again, publish; guesses and codes go on under the old key beside it",
		"member_id_seal": "nobody notices. The next import seals member numbers under it",
		"session_seal":   "nobody notices: running sessions and verifications go on",
		"code_pepper":    "nobody notices: codes that were mailed are still accepted",
		"network":        "limits by network begin a new window",
		"check_number":   "everybody's check number changes; those told before are still recognised",
		"letter":         "letters printed from now on; numbers of earlier ones are still known",
		"audit_signing":  "nobody notices. Rows and heads are signed by it from now on; the old key stays for those of before",
		"contacts":       "nobody notices. Contacts are sealed to it from the next import on",
		"evidence":       "nobody notices. The next import seals to it why people are listed",
	}[purpose]
}

func (c keyRotateCmd) Run(p *program) error {
	f, err := p.changeKeys()
	if err != nil {
		return err
	}
	defer f.close()
	if done, err := f.finish(p, c.Commit); done || err != nil {
		return err
	}
	purposes := slices.Compact(slices.Sorted(slices.Values(strings.Split(strings.Join(c.Purposes, ","), ","))))
	if slices.Contains(purposes, "all") {
		purposes = vault.Purposes()
	}
	changed, made, err := f.files().Rotate(purposes, time.Now(), c.In)
	switch {
	case errors.Is(err, vault.ErrNoPurpose):
		return usagef("%v; there are %s", err, strings.Join(vault.Purposes(), ", "))
	case errors.Is(err, vault.ErrOperatorFile):
		return usagef("%v: set --operator-key-file, on the office machine", err)
	case err != nil:
		return err
	}
	if err := c.print(p, made); err != nil {
		return err
	}
	if !c.Commit {
		p.dryRun(fmt.Sprintf("%d new keys like these would be added", len(made)))
		return nil
	}
	entry := p.entry(audit.KeyRotated)
	entry.Detail = named(made)
	if err := f.replace(p, changed, func() error { return p.record(entry) }); err != nil {
		return err
	}
	fmt.Fprintln(p.Err, "The new keys are in the file. Give it to every server and restart it; put a copy of the files into the safe.")
	return nil
}

func (c keyRotateCmd) print(p *program, made []vault.Info) error {
	var all []keyLine
	for _, k := range made {
		l := lineOf(k)
		l.Meaning = meaning(k.Purpose)
		all = append(all, l)
	}
	if c.JSON {
		return json.NewEncoder(p.Out).Encode(all)
	}
	writeKeys(p.Out, all)
	return nil
}

func named(keys []vault.Info) string {
	var all []string
	for _, k := range keys {
		if name := k.Purpose + "=" + k.ID; !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

// record appends a row under the keys as they are.
func (p *program) record(entry audit.Entry) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	return errors.Join(db.Audit(keys).Append(p.ctx, entry), db.Close())
}
