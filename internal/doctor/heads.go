package doctor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
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
// the database.
func (i Installation) heads(ctx context.Context, p *patient, keys *vault.Server) {
	if i.Heads == "" {
		p.note("set EXPOSURE_AUDIT_HEADS to a file on another machine", "no heads of the audit log are kept elsewhere: that a database was put back is not noticed")
		return
	}
	f, err := os.OpenFile(i.Heads, os.O_RDWR|os.O_APPEND, 0) // reads, and sees that it could be written
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.warn("start exposured serve, which makes it; if it was there before, bring it back: whoever removed it hides something", "the file of EXPOSURE_AUDIT_HEADS does not exist")
		return
	case err != nil:
		p.trouble("give it to the user that runs the server", "the file of EXPOSURE_AUDIT_HEADS cannot be written to: %v", unwrapped(err))
		return
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHeads))
	if err != nil {
		p.trouble("look at its disk", "the file of EXPOSURE_AUDIT_HEADS cannot be read: %v", unwrapped(err))
		return
	}
	if keys == nil {
		return
	}
	newest, n, err := newestHead(string(text), keys)
	if err != nil {
		p.trouble("find out what happened to it, keep it, and start a new one", "the file of EXPOSURE_AUDIT_HEADS holds something else than heads of this installation: %v", err)
		return
	}
	i.compareHeads(ctx, p, newest, n, keys)
}

// newestHead is the largest of the heads in a text, of which there are n.
func newestHead(text string, keys *vault.Server) (newest audit.Head, n int, err error) {
	signed, cut := audit.SplitHeads(text)
	if len(signed)+cut == 0 && text != "" {
		return newest, 0, errors.New("there is none in it")
	}
	for _, s := range signed {
		h, err := audit.OpenHead(s, keys.AuditVerifiers()...)
		if err != nil {
			return newest, 0, err
		}
		if h.Size > newest.Size {
			newest = h
		}
	}
	return newest, len(signed), nil
}

func (i Installation) compareHeads(ctx context.Context, p *patient, newest audit.Head, n int, keys *vault.Server) {
	db, err := sqlstore.Open(ctx, i.Database)
	if err != nil {
		return // found already
	}
	defer db.Close()
	if newest.Size > 0 {
		switch err := db.BeginsWith(ctx, newest); {
		case errors.Is(err, sqlstore.ErrRolledBack):
			p.trouble("stop the server, keep a copy of this database, and bring the right one back", "the file of EXPOSURE_AUDIT_HEADS has a head over %d rows that this database does not have: it was put back, or its log was rewritten", newest.Size)
			return
		case err != nil:
			p.trouble("read the error", "the audit log cannot be held against its heads: %v", err)
			return
		}
	}
	missing, err := db.HeadsAfter(ctx, newest.Size, 1)
	last, _, err2 := db.NewestHead(ctx)
	if err := errors.Join(err, err2); err != nil {
		p.trouble("read the error", "the heads in the database cannot be read: %v", err)
		return
	}
	if len(missing) > 0 && i.serving(ctx) {
		h, err := audit.OpenHead(missing[0].Signed, keys.AuditVerifiers()...)
		if err != nil || i.Now().Sub(h.At) > headsLate || last.Size-newest.Size > headsBehind {
			p.trouble("see in the server's log why it cannot write there", "a server runs, but the file of EXPOSURE_AUDIT_HEADS is %d rows behind the audit log", last.Size-newest.Size)
			return
		}
	}
	p.ok("the database has every row of the %d heads that are kept", n)
}

// serving tells whether a server answers on this machine.
func (i Installation) serving(ctx context.Context) bool {
	if i.PrivateAddr == "" {
		return false
	}
	_, _, err := i.get(ctx, i.privateURL("/healthz"))
	return err == nil
}
