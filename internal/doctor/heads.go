package doctor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// A server writes each head to the file within seconds; it signs one a minute, and one for
// every thousand rows.
const (
	headsLate   = time.Minute
	headsBehind = 1000
	maxHeads    = 256 << 20
)

// heads looks at the file in which heads of the audit log are kept, and holds it against
// the database. It returns the heads.
func (i Installation) heads(ctx context.Context, p *patient, keys *vault.Server) []audit.Head {
	if i.Heads == "" {
		p.note("set EXPOSURE_AUDIT_HEADS to a file on another machine", "no heads of the audit log are kept elsewhere: that a database was put back is not noticed")
		return nil
	}
	f, err := os.OpenFile(i.Heads, os.O_RDWR|os.O_APPEND, 0) // reads, and sees that it could be written
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.warn("start exposured serve, which makes it; if it was there before, bring it back: whoever removed it hides something", "the file of EXPOSURE_AUDIT_HEADS does not exist")
		return nil
	case err != nil:
		p.trouble("give it to the user that runs the server", "the file of EXPOSURE_AUDIT_HEADS cannot be written to: %v", unwrapped(err))
		return nil
	}
	defer f.Close()
	i.headsPlace(p)
	text, err := io.ReadAll(io.LimitReader(f, maxHeads))
	if err != nil {
		p.trouble("look at its disk", "the file of EXPOSURE_AUDIT_HEADS cannot be read: %v", unwrapped(err))
		return nil
	}
	if keys == nil {
		return nil
	}
	kept, _, err := audit.ReadHeads(string(text), keys.AuditVerifiers()...)
	if err != nil {
		p.trouble("find out what happened to it, keep it, compare it with your copy, and start a new one", "the file of EXPOSURE_AUDIT_HEADS holds something else than heads of this installation: %v", err)
		return nil
	}
	i.compareHeads(ctx, p, kept, keys)
	return kept
}

// headsPlace: whoever may write the database must not write the file that tells what the
// database was.
func (i Installation) headsPlace(p *patient) {
	const what = "the file of EXPOSURE_AUDIT_HEADS "
	if info, err := os.Lstat(i.Heads); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		p.warn("set EXPOSURE_AUDIT_HEADS to the file itself", what+"is a symbolic link: whoever may replace the link gives the server another file, which hides that the database was put back")
	}
	if info, err := os.Stat(i.Heads); err == nil && info.Mode().Perm()&0o022 != 0 {
		p.warn("run chmod 600 on it, and compare it with your copy", what+"can be written by others than its owner (mode %04o): whoever puts the database back can take the heads away that show it", info.Mode().Perm())
	}
	database, isFile := strings.CutPrefix(i.Database, "sqlite:")
	if !isFile || database == "" {
		return
	}
	here, err := os.Stat(filepath.Dir(database))
	if err != nil {
		return // found already
	}
	dirs := []string{filepath.Dir(i.Heads)}
	if real, err := filepath.EvalSymlinks(i.Heads); err == nil {
		dirs = append(dirs, filepath.Dir(real))
	}
	for _, dir := range dirs {
		if there, err := os.Stat(dir); err == nil && os.SameFile(here, there) {
			p.warn("move it to another machine, or at least to a folder that nobody can write to who can write the database, and set EXPOSURE_AUDIT_HEADS to it",
				what+"is in the folder of the database: whoever takes or puts back the one has the other as well")
			return
		}
	}
}

func (i Installation) compareHeads(ctx context.Context, p *patient, kept []audit.Head, keys *vault.Server) {
	db, err := sqlstore.Open(ctx, i.Database)
	if err != nil {
		return // found already
	}
	defer db.Close()
	switch err := db.BeginsWith(ctx, kept...); {
	case errors.Is(err, sqlstore.ErrRolledBack):
		p.trouble("stop the server, keep a copy of this database, and bring the right one back", "the file of EXPOSURE_AUDIT_HEADS has a head that this database does not fit: %v", err)
		return
	case err != nil:
		p.trouble(unreadable, "the audit log cannot be held against its heads: %v", err)
		return
	}
	lack, err := db.Lacking(ctx, keys, kept)
	late, err2 := i.headsLate(ctx, db, audit.Newest(kept).Size, keys)
	switch err := errors.Join(err, err2); {
	case err != nil:
		p.trouble(unreadable, "the heads in the database cannot be read: %v", err)
	case lack.Inside:
		p.trouble("keep it as it is, compare it with your copy, find out who wrote to it, and put your copy in its place", "the file of EXPOSURE_AUDIT_HEADS lacks %d heads, some of them older than its newest: it was shortened or overwritten", lack.Heads)
	case late > 0:
		p.trouble("see in the server's log why it cannot write there", "a server runs, but the file of EXPOSURE_AUDIT_HEADS is %d rows behind the audit log", late)
	case lack.Heads > 0 && len(kept) == 0:
		p.warn("if it was not just set up, it was emptied: compare it with your copy, and put that in its place; if it is new, start exposured serve, which writes them", "the file of EXPOSURE_AUDIT_HEADS holds none of the %d heads that were signed", lack.Heads)
	case lack.Served && !i.serving(ctx):
		p.warn("if its disk was there while the server ran, heads were cut off: compare it with your copy, and put that in its place", "the file of EXPOSURE_AUDIT_HEADS lacks the newest %d heads, although a server had the time to write them", lack.Heads)
	default:
		p.ok("the database has every row of the %d heads that are kept", len(kept))
	}
}

// headsLate is by how many rows the file is behind what a server that runs should have
// written long ago; 0 when it is not, or none runs.
func (i Installation) headsLate(ctx context.Context, db *sqlstore.DB, kept int64, keys *vault.Server) (int64, error) {
	missing, err := db.HeadsAfter(ctx, kept, 1)
	if err != nil || len(missing) == 0 || !i.serving(ctx) {
		return 0, err
	}
	last, _, err := db.NewestHead(ctx, keys)
	if err != nil {
		return 0, err
	}
	h, err := audit.OpenHead(missing[0].Signed, keys.AuditVerifiers()...)
	if err != nil || i.Now().Sub(h.At) > headsLate || last.Size-kept > headsBehind {
		return last.Size - kept, nil
	}
	return 0, nil
}

// serving tells whether a server answers on this machine.
func (i Installation) serving(ctx context.Context) bool {
	if i.PrivateAddr == "" {
		return false
	}
	_, _, err := i.get(ctx, i.privateURL("/healthz"))
	return err == nil
}
