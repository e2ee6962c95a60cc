package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"exposure/internal/alarm"
	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

const (
	// signEvery is how old rows may get before a head covers them.
	signEvery = time.Minute
	// publishEvery is how long a signed head may wait for the log and the file.
	publishEvery = time.Second
	// signWithin bounds one signing, which is a commit.
	signWithin = 15 * time.Second
	// verifyEvery is how often the whole log is read and proven: a million rows take some
	// seconds of one processor. It finds what no single row shows, such as a row that is
	// gone, and with it a guess that no longer counts.
	// A file of kept heads is read and compared as often.
	verifyEvery = 10 * time.Minute
	// headsAtOnce bounds what is published in one go.
	headsAtOnce = 100
	// maxHeads bounds the file of kept heads: hundreds of thousands of them.
	maxHeads = 256 << 20
)

// headKeeper signs heads of the audit log in time, and takes every head that any program
// signed out of the database: into the log, and into a file that is best kept elsewhere.
type headKeeper struct {
	db       *sqlstore.DB
	audit    *sqlstore.Audit
	log      *slog.Logger
	alarms   *alarms
	distrust func(error) // is told what proving the log found
	keys     audit.Prover
	file     *headFile // nil: the log alone
	beside   bool      // another server wrote heads when this one was started
	after    int64     // the size of the newest head that was handed on, to the file if there is one
	told     int64     // and to the log
	every    time.Duration
	proves   time.Duration // how often the log is proven, and the file compared
	failing  bool          // said in the log
	kept     witnesses
}

// newHeadKeeper refuses a database that does not begin with the rows of every head in the
// file.
func newHeadKeeper(ctx context.Context, p parts, a *sqlstore.Audit, distrust func(error), alarms *alarms) (*headKeeper, error) {
	k := &headKeeper{
		db: p.DB, audit: a, log: p.Log, alarms: alarms, distrust: distrust, keys: p.Keys,
		beside: p.Beside, every: signEvery, proves: cmp.Or(p.ProveEvery, verifyEvery),
	}
	if p.Heads == "" {
		newest, _, err := p.DB.NewestHead(ctx, p.Keys)
		if errors.Is(err, sqlstore.ErrLogAltered) {
			err = nil // proving the log tells it; meanwhile heads are handed on from the first
		}
		k.after, k.told = newest.Size, newest.Size
		return k, err
	}
	file, heads, cut, err := openHeads(p.Heads, p.Keys)
	if err != nil {
		return nil, err
	}
	if cut > 0 {
		p.Log.Warn("the file of EXPOSURE_AUDIT_HEADS has heads that were cut off, as by a full disk or a lost one: what follows stands on lines of its own", "cut", cut, "whole", len(heads))
	}
	k.file, k.after = file, audit.Newest(heads).Size
	k.told = k.after
	k.kept.add(heads...)
	err = p.DB.BeginsWith(ctx, heads...)
	if err == nil {
		err = k.lacking(ctx, heads)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err), file.Close())
	}
	return k, nil
}

// lacking tells somebody if the file has not got what a server wrote into it before: whoever
// empties it while no server runs takes away what shows that the database was put back. Beside
// another server the newest heads, or all, may be that one's, which has a file of its own.
func (k *headKeeper) lacking(ctx context.Context, kept []audit.Head) error {
	lack, err := k.db.Lacking(ctx, k.keys, kept)
	switch {
	case err != nil:
		return err
	case lack.Inside || lack.Served && !k.beside:
		k.file.fill(kept)
		k.after = 0 // every head that is not left in it is written again
		k.alarms.Note(alarm.HeadsCut)
		k.log.Error("the file of EXPOSURE_AUDIT_HEADS lacks heads that were signed before this start: if it was not just set up, and its disk was there, it was shortened, altered or emptied; compare it with your copy", "has", len(kept), "lacks", lack.Heads)
	case lack.Served:
		k.log.Warn("the file of EXPOSURE_AUDIT_HEADS lacks the newest heads: if it was not written while another server was, they were cut off; compare it with your copy", "has", len(kept), "lacks", lack.Heads)
	case len(kept) == 0:
		k.log.Warn("the file of EXPOSURE_AUDIT_HEADS holds no heads: if it was not just set up, it was emptied; compare it with your copy", "lacks", lack.Heads)
	}
	return nil
}

// run signs and publishes until ctx ends. What fails is tried again: customers can be
// answered meanwhile, their rows are on the disk.
func (k *headKeeper) run(ctx context.Context) error {
	sign, publish := time.NewTicker(k.every), time.NewTicker(publishEvery)
	defer sign.Stop()
	defer publish.Stop()
	compare := time.NewTicker(k.proves)
	defer compare.Stop()
	k.sign(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sign.C:
			k.sign(ctx)
		case <-publish.C:
			k.try(ctx, false)
		case <-compare.C:
			k.try(ctx, true)
		}
	}
}

func (k *headKeeper) sign(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, signWithin)
	defer cancel()
	err := k.audit.Sign(within)
	k.alarms.appended(ctx, err)
	if err != nil && ctx.Err() == nil {
		k.log.Error("the audit log was not signed", "error", err)
	}
	k.try(ctx, false)
}

// try looks at the file, at all of it if so wanted, and publishes. It says once when that
// fails and once when it works again.
func (k *headKeeper) try(ctx context.Context, all bool) {
	err := k.look(all)
	if err == nil {
		err = k.publish(ctx)
	}
	if ctx.Err() != nil {
		return
	}
	if k.alarms.Set(alarm.HeadsNotKept, err != nil); err != nil && !k.failing {
		k.log.Error("heads of the audit log were not kept", "error", err)
	}
	k.failing = err != nil
}

// publish hands on every head that was signed since the last time, in order.
func (k *headKeeper) publish(ctx context.Context) error {
	stray, err := k.db.StrayHead(ctx)
	if err != nil {
		return err
	}
	if stray {
		k.alarms.Note(alarm.AuditAltered)
	}
	for at := k.after; ; {
		heads, err := k.db.HeadsAfter(ctx, at, headsAtOnce)
		if err != nil || len(heads) == 0 {
			return err
		}
		if err := k.hand(k.ours(heads)); err != nil {
			return err
		}
		at = heads[len(heads)-1].Size
	}
}

// ours are the heads that our keys signed. Another one was put into the database: it would
// spoil the file.
func (k *headKeeper) ours(heads []sqlstore.SignedHead) (ours []signedHead) {
	for _, s := range heads {
		h, err := audit.OpenHead(s.Signed, k.keys.AuditVerifiers()...)
		if err != nil || h.Size != s.Size {
			k.alarms.Note(alarm.AuditAltered)
			continue
		}
		ours = append(ours, signedHead{h, s.Signed})
	}
	return ours
}

// hand hands on heads, in order.
func (k *headKeeper) hand(heads []signedHead) (err error) {
	if k.file != nil {
		kept := 0
		kept, err = k.file.add(heads)
		heads = heads[:kept]
	}
	for _, h := range heads {
		k.after = h.Size
		if h.Size > k.told {
			k.told = h.Size
			k.log.Info("audit log signed", "rows", h.Size, "head", h.text)
			k.kept.add(h.Head)
		}
	}
	return err
}

// verify proves the whole log again and again until ctx ends, at once for the first time:
// a start must not wait for it.
func (k *headKeeper) verify(ctx context.Context) error {
	next := time.NewTicker(k.proves)
	defer next.Stop()
	for {
		k.verifyOnce(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
	}
}

// verifyOnce holds the log against its seals and every head that was kept. Only the heads
// of before show that somebody with the keys wrote another log and signed that.
func (k *headKeeper) verifyOnce(ctx context.Context) {
	kept := k.kept.all()
	v, err := k.db.VerifyAudit(ctx, []audit.Prover{k.keys}, kept, nil)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.log.Warn("the audit log was not verified", "error", err)
	case v.Bad != nil:
		k.log.Error("the audit log was altered", "finding", v.Bad.String())
		k.alarms.Note(alarm.AuditAltered)
		k.distrust(fmt.Errorf("%w: the audit log: %s", sqlstore.ErrAltered, v.Bad))
	default:
		k.kept.agreed(kept)
		k.distrust(nil)
	}
}

// look notices that the file of heads was shortened, altered, replaced or removed, and goes on in
// the one that is there now: whoever put the database back would take away what shows it.
func (k *headKeeper) look(all bool) error {
	if k.file == nil {
		return nil
	}
	cut, err := k.file.look(all)
	if cut {
		k.alarms.Note(alarm.HeadsCut)
		k.after = 0 // every head that is not left in it is written again
	}
	return err
}

// close ends the audit log, which signs the last head, and publishes that.
func (k *headKeeper) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), signWithin)
	defer cancel()
	err := k.audit.Close()
	err = errors.Join(err, k.look(false), k.publish(ctx))
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	return err
}
