package main

import (
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
	after    int64     // the size of the newest published head
	every    time.Duration
	failing  bool // said in the log
}

// newHeadKeeper refuses a database that is older than the newest head in the file.
func newHeadKeeper(ctx context.Context, p parts, a *sqlstore.Audit, distrust func(error), alarms *alarms) (*headKeeper, error) {
	k := &headKeeper{db: p.DB, audit: a, log: p.Log, alarms: alarms, distrust: distrust, keys: p.Keys, every: signEvery}
	if p.Heads == "" {
		newest, _, err := p.DB.NewestHead(ctx)
		k.after = newest.Size
		return k, err
	}
	file, newest, err := openHeads(p.Heads, p.Keys)
	if err != nil {
		return nil, err
	}
	k.file = file
	if newest.Size > 0 {
		if err := p.DB.BeginsWith(ctx, newest); err != nil {
			return nil, errors.Join(fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err), file.Close())
		}
		k.after = newest.Size
	}
	return k, nil
}

// run signs and publishes until ctx ends. What fails is tried again: customers can be
// answered meanwhile, their rows are on the disk.
func (k *headKeeper) run(ctx context.Context) error {
	sign, publish := time.NewTicker(k.every), time.NewTicker(publishEvery)
	defer sign.Stop()
	defer publish.Stop()
	k.sign(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sign.C:
			k.sign(ctx)
		case <-publish.C:
			k.try(ctx)
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
	k.try(ctx)
}

// try publishes, and says once when that fails and once when it works again.
func (k *headKeeper) try(ctx context.Context) {
	err := k.publish(ctx)
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
	if err := k.look(); err != nil {
		return err
	}
	for {
		heads, err := k.db.HeadsAfter(ctx, k.after, headsAtOnce)
		if err != nil || len(heads) == 0 {
			return err
		}
		for _, h := range heads {
			if k.file != nil {
				if err := k.file.add(h.Signed); err != nil {
					return err
				}
			}
			k.log.Info("audit log signed", "rows", h.Size, "head", h.Signed)
			k.after = h.Size
		}
	}
}

// verify proves the whole log again and again until ctx ends, at once for the first time:
// a start must not wait for it.
func (k *headKeeper) verify(ctx context.Context) error {
	next := time.NewTicker(verifyEvery)
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

func (k *headKeeper) verifyOnce(ctx context.Context) {
	v, err := k.db.VerifyAudit(ctx, []audit.Prover{k.keys}, nil, nil)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.log.Warn("the audit log was not verified", "error", err)
	case v.Bad != nil:
		k.log.Error("the audit log was altered", "finding", v.Bad.String())
		k.alarms.Note(alarm.AuditAltered)
		k.distrust(fmt.Errorf("%w: the audit log: %s", sqlstore.ErrAltered, v.Bad))
	default:
		k.distrust(nil)
	}
}

// look notices that the file of heads was shortened, replaced or removed, and goes on in
// the one that is there now: whoever put the database back would take away what shows it.
func (k *headKeeper) look() error {
	if k.file == nil {
		return nil
	}
	cut, err := k.file.look()
	if cut {
		k.alarms.Note(alarm.HeadsCut)
	}
	return err
}

// close ends the audit log, which signs the last head, and publishes that.
func (k *headKeeper) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), signWithin)
	defer cancel()
	err := k.audit.Close()
	err = errors.Join(err, k.publish(ctx))
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	return err
}
