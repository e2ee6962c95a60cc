package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// commit does the steps. Each may be repeated, and a run that was killed is completed by
// the next one. The record comes first, because it needs the key that signs; then the keys,
// because nothing that is left means anything without them. Redis is emptied although values
// remain in the database file, or it is damaged, which only another order can change.
func (r *purge) commit() error {
	var remain error
	for _, step := range []struct {
		name string
		do   func() error
	}{{stepRecorded, r.record}, {stepKeys, r.destroyKeys}, {stepRows, r.destroyRows}, {stepRedis, r.emptyRedis}} {
		err := step.do()
		if errors.Is(err, sqlstore.ErrRemains) || errors.Is(err, errDamaged) {
			remain = err
			continue
		}
		if err != nil {
			return errors.Join(remain, err)
		}
		if r.after != nil {
			r.after(step.name)
		}
	}
	if remain != nil {
		return errors.Join(remain, r.report.save(r.Report))
	}
	now := time.Now().UTC()
	r.report.FinishedAt = &now
	r.report.conclude()
	return r.report.save(r.Report)
}

// record writes into the audit log that the purge begins, and begins the report. A run that
// finds a report begun has a record.
func (r *purge) record() error {
	if r.report.begun() {
		return nil
	}
	keys, err := r.keys()
	if err != nil {
		return err
	}
	if r.report.VerifierKeys, err = r.verifiers(keys); err != nil {
		return err
	}
	if !r.AuditToo {
		if err := r.lastRow(); err != nil {
			return err
		}
	}
	now := time.Now().UTC()
	r.report.BegunAt = &now
	return r.report.save(r.Report)
}

// verifiers are the public keys of all heads of the log: those of other files that are
// destroyed with the key file, and last its own, of which the oldest names the installation.
func (r *purge) verifiers(keys *vault.Server) ([]string, error) {
	var public []ed25519.PublicKey
	for _, f := range r.report.KeyFiles {
		if earlier, err := vault.LoadServer(f.Path); err == nil { // else it holds no keys that can be read
			public = addKeys(public, earlier.AuditVerifiers()...)
		}
	}
	own := keys.AuditVerifiers()
	public = slices.DeleteFunc(public, func(k ed25519.PublicKey) bool {
		return slices.ContainsFunc(own, func(o ed25519.PublicKey) bool { return o.Equal(k) })
	})
	public = append(public, own...)
	all := []string{}
	for _, k := range public {
		text, err := audit.VerifierKey(k)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

// destroyKeys shreds every key file. The report is saved after each, so that it also tells
// of files that an earlier run destroyed.
func (r *purge) destroyKeys() error {
	if err := r.report.save(r.Report); err != nil { // with what was found by this run
		return err
	}
	for i := range r.report.KeyFiles {
		f := &r.report.KeyFiles[i]
		if f.Gone {
			continue
		}
		done, err := vault.Shred(f.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a run that was killed may have removed it
			return err
		}
		f.Overwritten, f.Gone, f.Names = done.Bytes, true, max(f.Names, done.Names)
		if err := r.report.save(r.Report); err != nil {
			return err
		}
	}
	return nil
}

func (r *purge) destroyRows() error {
	if r.whole() {
		return r.destroyFile()
	}
	done, err := sqlstore.Purge(r.ctx, r.Database, sqlstore.PurgeOrder{AuditToo: r.AuditToo, Shred: func(path string) error {
		_, err := vault.Shred(path)
		return err
	}})
	if sqlstore.Damaged(err) {
		return r.foundDamaged(err)
	}
	if done.Remains > 0 {
		r.report.Remains = &remains{done.Remains, done.Samples}
		return errors.Join(err, r.report.save(r.Report))
	}
	if err != nil && !errors.Is(err, sqlstore.ErrRemains) {
		return err
	}
	if r.report.Remains != nil && !r.AuditToo {
		return fmt.Errorf("%w: %s", sqlstore.ErrRemains, r.report.Remains.found())
	}
	if err != nil {
		return err
	}
	r.report.Remains = nil // it was in rows of the audit log, and of these none is left
	r.report.Damaged = nil // another file is in its place
	r.report.purged(done)
	return r.report.save(r.Report)
}

// remains are values that a run found in the file after it had destroyed the rows that they
// were in. A later run has nothing to look for any more, so that it stays in the report.
type remains struct {
	Values  int `json:"values"`
	Samples int `json:"samples"`
}

func (m *remains) found() string {
	return fmt.Sprintf("after all other rows had been destroyed, a run found %d of %d of their values in the database file: somebody has put them into the tables of the audit log. "+
		"Without the keys they answer nothing. Keep a copy of the file as evidence if need be, then purge with --audit-too, which destroys the log as well", m.Values, m.Samples)
}

func (r *purge) emptyRedis() error {
	if r.redis == "" {
		return nil
	}
	left, err := emptyRedis(r.ctx, r.redis, r.report.Installation)
	if err != nil {
		return err
	}
	r.report.Redis.Left, r.report.Redis.Done = left, left == 0
	if left > 0 {
		return fmt.Errorf("%d keys of this installation came into being in Redis meanwhile: a server still runs somewhere; stop it", left)
	}
	return nil
}
