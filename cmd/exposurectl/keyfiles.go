package main

import (
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

// keyFiles are the key files while they are looked at or changed, locked.
type keyFiles struct {
	server, operator *vault.Changing // operator may be nil
}

// changeKeys locks the key files there are.
func (p *program) changeKeys() (*keyFiles, error) {
	if _, err := p.keys(); err != nil {
		return nil, err
	}
	f := &keyFiles{}
	var err error
	if f.server, err = vault.Change(p.KeyFile); err != nil {
		return nil, err
	}
	if p.Operator == "" {
		return f, nil
	}
	if _, err = p.operator(); err == nil {
		f.operator, err = vault.Change(p.Operator)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *keyFiles) close() {
	_ = f.server.Close()
	if f.operator != nil {
		_ = f.operator.Close()
	}
}

func (f *keyFiles) files() vault.Files {
	all := vault.Files{Server: f.server.Data()}
	if f.operator != nil {
		all.Operator = f.operator.Data()
	}
	return all
}

// replace writes the new files so that a crash leaves the old ones or the new ones: first
// both are on the disk beside the old ones, the server's last, then it is recorded, then
// they take their places, the operator's first: it opens what either server file seals.
// A server file that waits beside the old one therefore means that only the end is missing,
// and perhaps the record.
func (f *keyFiles) replace(p *program, to vault.Files, record func() error) error {
	if to.Server == nil {
		to.Server = f.server.Data()
	}
	err := f.prepare(to)
	if err == nil {
		err = record()
	}
	if err != nil {
		err = errors.Join(err, f.server.Discard())
		if f.operator != nil {
			err = errors.Join(err, f.operator.Discard())
		}
		return err
	}
	return f.commit(to.Operator != nil)
}

func (f *keyFiles) prepare(to vault.Files) error {
	if to.Operator != nil {
		if err := f.operator.Prepare(to.Operator); err != nil {
			return err
		}
	}
	return f.server.Prepare(to.Server)
}

func (f *keyFiles) commit(operatorToo bool) error {
	if operatorToo {
		if err := f.operator.Commit(); err != nil {
			return err
		}
	}
	return f.server.Commit()
}

// finish ends a change that was cut off after both files were written, and clears away one
// that was cut off before. done: there was one to end, and nothing else is to be done now.
func (f *keyFiles) finish(p *program, commit bool) (done bool, err error) {
	server, err := f.server.Pending()
	if err != nil {
		return false, err
	}
	var operator []byte
	if f.operator != nil {
		if operator, err = f.operator.Pending(); err != nil {
			return false, err
		}
	}
	switch {
	case server == nil && operator == nil:
		return false, nil
	case server == nil && commit:
		return false, f.operator.Discard()
	case server == nil:
		return false, nil
	case !commit:
		p.dryRun("a change of the keys that was cut off would be ended first")
		return true, nil
	}
	if f.operator == nil && pairChanges(f.server.Data(), server) {
		return true, usagef("%v: the change that was cut off is of both files: set --operator-key-file", vault.ErrOperatorFile)
	}
	if err := f.recordEnd(p, server); err != nil {
		return true, err
	}
	if err := f.commit(operator != nil); err != nil {
		return true, err
	}
	fmt.Fprintln(p.Err, "A change of the keys that was cut off is ended: the files are as it meant them to be. See \"key list\".")
	return true, nil
}

// recordEnd records that a change is ended. It may have been cut off before it was
// recorded, so that a tag key that goes is left only now.
func (f *keyFiles) recordEnd(p *program, server []byte) error {
	before, err := vault.Files{Server: f.server.Data()}.Keys()
	if err != nil {
		return err
	}
	after, err := vault.Files{Server: server}.Keys()
	if err != nil {
		return err
	}
	entry := p.entry(audit.KeyRotated)
	entry.Detail = "a change that was cut off was ended"
	for _, k := range before {
		if k.Purpose == "tag" && !slices.ContainsFunc(after, func(o vault.Info) bool { return o.ID == k.ID }) {
			return p.leave(k.ID, entry)
		}
	}
	return p.record(entry)
}

// leave leaves a tag key, as the database must before the key is gone.
func (p *program) leave(id string, entry audit.Entry) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	return errors.Join(leaveKey(p, db, keys, id, entry), db.Close())
}

// pairChanges tells whether two server files have different keys for contacts, whose other
// halves the operator's file must hold first.
func pairChanges(before, after []byte) bool {
	ids := func(file []byte) (all []string) {
		keys, _ := vault.Files{Server: file}.Keys() // both were read before
		for _, k := range keys {
			if k.Purpose == "contacts" {
				all = append(all, k.ID)
			}
		}
		return all
	}
	return !slices.Equal(ids(before), ids(after))
}
