package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

const (
	// signEvery is how old rows may get before a head covers them.
	signEvery = time.Minute
	// publishEvery is how long a signed head may wait for the log and the file.
	publishEvery = time.Second
	// signWithin bounds one signing, which is a commit.
	signWithin = 15 * time.Second
	// headsAtOnce bounds what is published in one go.
	headsAtOnce = 100
	// maxHeads bounds the file of kept heads: hundreds of thousands of them.
	maxHeads = 256 << 20
)

// headKeeper signs heads of the audit log in time, and takes every head that any program
// signed out of the database: into the log, and into a file that is best kept elsewhere.
type headKeeper struct {
	db    *sqlstore.DB
	audit *sqlstore.Audit
	log   *slog.Logger
	file  *headFile // nil: the log alone
	after int64     // the size of the newest published head
	every time.Duration
}

// newHeadKeeper refuses a database that is older than the newest head in the file.
func newHeadKeeper(ctx context.Context, db *sqlstore.DB, a *sqlstore.Audit, keys *vault.Server, path string, log *slog.Logger) (*headKeeper, error) {
	k := &headKeeper{db: db, audit: a, log: log, every: signEvery}
	if path == "" {
		newest, _, err := db.NewestHead(ctx)
		k.after = newest.Size
		return k, err
	}
	file, newest, err := openHeads(path, keys)
	if err != nil {
		return nil, err
	}
	k.file = file
	if newest.Size > 0 {
		if err := db.BeginsWith(ctx, newest); err != nil {
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
	if err := k.audit.Sign(within); err != nil && ctx.Err() == nil {
		k.log.Error("the audit log was not signed", "error", err)
	}
	k.try(ctx)
}

func (k *headKeeper) try(ctx context.Context) {
	if err := k.publish(ctx); err != nil && ctx.Err() == nil {
		k.log.Error("heads of the audit log were not kept", "error", err)
	}
}

// publish hands on every head that was signed since the last time, in order.
func (k *headKeeper) publish(ctx context.Context) error {
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

// headFile is a file that heads are only ever appended to.
type headFile struct {
	*os.File
	torn bool // it does not end with a line's end: something was cut off
}

// openHeads opens or creates the file, readable by its owner only, and returns the newest
// head in it.
func openHeads(path string, keys *vault.Server) (*headFile, audit.Head, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, audit.Head{}, fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err)
	}
	h, torn, err := newestHead(f, keys)
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, audit.Head{}, errors.Join(fmt.Errorf("EXPOSURE_AUDIT_HEADS: %w", err), f.Close())
	}
	return &headFile{f, torn}, h, nil
}

// newestHead is the largest head in the file. All of them must be this installation's: a
// file of another one's would hide a database that was put back.
func newestHead(f *os.File, keys *vault.Server) (newest audit.Head, torn bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return newest, false, err
	}
	if !info.Mode().IsRegular() {
		return newest, false, errors.New("it is not a file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxHeads+1))
	if err != nil {
		return newest, false, err
	}
	if len(text) > maxHeads {
		return newest, false, errors.New("it is far too large; move it away, keep it, and start a new one")
	}
	signed, cut := audit.SplitHeads(string(text))
	if len(signed)+cut == 0 && len(text) > 0 {
		return newest, false, errors.New("it holds something else than heads of an audit log")
	}
	for i, s := range signed {
		h, err := audit.OpenHead(s, keys.AuditVerifiers()...)
		if err != nil {
			return newest, false, fmt.Errorf("head %d in it: %w; if the key file was replaced, move it away, keep it, and start a new one", i+1, err)
		}
		if h.Size > newest.Size {
			newest = h
		}
	}
	return newest, len(text) > 0 && text[len(text)-1] != '\n', nil
}

// add appends a head and returns when it is on the disk. What a failed write left is
// ended with its line, so that it cannot spoil the next head.
func (f *headFile) add(signed string) error {
	text := signed + "\n"
	if f.torn {
		text = "\n" + text
	}
	_, err := f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	f.torn = err != nil
	return err
}

// syncFolder makes the name of a new file durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
