package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type auditCmds struct {
	Head   auditHeadCmd   `cmd:"" help:"Sign what the log is now, and print it: keep it elsewhere."`
	Verify auditVerifyCmd `cmd:"" help:"Read the whole log and name the first row that is not what was written."`
}

type auditHeadCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

func (auditHeadCmd) Help() string {
	return `Example:
  exposurectl audit head > head-of-today.txt

A head says how many rows the log has and what their hash is, signed. Keep it where nobody who can write the database can
write: print it, mail it to a lawyer. "audit verify --head" tells later whether the log still begins with these rows.`
}

// signedHead is a head as scripts read it.
type signedHead struct {
	Version     int       `json:"version"`
	Size        int64     `json:"size"`
	Root        string    `json:"root"`
	At          time.Time `json:"at"`
	Signed      string    `json:"signed"`
	VerifierKey string    `json:"verifier_key"`
}

func (c auditHeadCmd) Run(p *program) (err error) {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Audit(keys).Sign(p.ctx); err != nil {
		return err
	}
	newest, found, err := db.NewestHead(p.ctx)
	if err != nil {
		return err
	}
	if !found {
		return errors.New("the audit log has no rows yet, so there is nothing to sign")
	}
	h, err := audit.OpenHead(newest.Signed, keys.AuditVerifiers()...)
	if err != nil {
		return err
	}
	if !c.JSON {
		_, err := fmt.Fprint(p.Out, newest.Signed)
		return err
	}
	key, err := verifierOf(newest.Signed, keys)
	if err != nil {
		return err
	}
	return json.NewEncoder(p.Out).Encode(signedHead{1, h.Size, h.Root.String(), h.At, newest.Signed, key})
}

// verifierOf is the public key that a head was signed with. It need not be that of the
// newest key, which may wait, or may have been made since.
func verifierOf(signed string, keys *vault.Server) (string, error) {
	for _, k := range keys.AuditVerifiers() {
		if _, err := audit.OpenHead(signed, k); err == nil {
			return audit.VerifierKey(k)
		}
	}
	return "", errors.New("the newest head of the audit log was signed with none of these keys")
}

type auditVerifyCmd struct {
	Heads   []string `type:"path" placeholder:"FILE" help:"File of kept heads: what EXPOSURE_AUDIT_HEADS names, or what \"audit head\" printed. May be repeated."`
	Head    []string `placeholder:"HEAD" help:"A kept head itself. May be repeated."`
	OldKeys []string `name:"old-key-file" type:"path" placeholder:"FILE" help:"Server key file of earlier days, for rows written under it. May be repeated."`
	JSON    bool     `name:"json" help:"Print as JSON."`
}

func (auditVerifyCmd) Help() string {
	return `Example:
  exposurectl audit verify --heads /mnt/elsewhere/heads.txt
  exposurectl audit verify --head "$(cat head-of-today.txt)"

Finds rows that were edited, removed, moved, added, back-dated or cut off. That the whole database was put back to an earlier
state only shows against a head that was kept elsewhere. It changes nothing and may run beside the server.
Exit codes: 0 the log is as it was written, 1 it is not, 2 usage.`
}

// verdict is the outcome as scripts read it.
type verdict struct {
	Version  int        `json:"version"`
	OK       bool       `json:"ok"`
	Rows     int64      `json:"rows"`
	Root     string     `json:"root"`
	Heads    int        `json:"heads"`
	Kept     int        `json:"kept_heads"`
	Unsigned int64      `json:"rows_after_newest_head"`
	FirstBad *badRow    `json:"first_bad"`
	From     *time.Time `json:"from"`
	To       *time.Time `json:"to"`
}

type badRow struct {
	Row  int64  `json:"row"`
	Last int64  `json:"last"`
	Why  string `json:"why"`
}

func (c auditVerifyCmd) Run(p *program) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	provers := []audit.Prover{keys}
	for _, path := range c.OldKeys {
		old, err := vault.LoadServer(path)
		if err != nil {
			return err
		}
		provers = append(provers, old)
	}
	kept, err := c.kept(p, provers)
	if err != nil {
		return err
	}
	v, err := db.VerifyAudit(p.ctx, provers, kept, p.verifying())
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(p.Out).Encode(asVerdict(v))
	} else {
		err = c.write(p, v)
	}
	if err == nil && v.Bad != nil {
		return errRefused
	}
	return err
}

// kept reads the heads that were kept elsewhere. One that nobody here signed proves
// nothing, so it is refused rather than left out.
func (c auditVerifyCmd) kept(p *program, provers []audit.Prover) ([]audit.Head, error) {
	var all []audit.Head
	for _, path := range c.Heads {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading kept heads: %w", err)
		}
		signed, cut := audit.SplitHeads(string(text))
		if cut > 0 {
			fmt.Fprintf(p.Err, "%s: left out %d heads that are cut off\n", path, cut)
		}
		if len(signed) == 0 {
			return nil, usagef("%s holds no head of an audit log", path)
		}
		for i, s := range signed {
			h, err := openKept(s, provers)
			if err != nil {
				return nil, fmt.Errorf("head %d of %s: %w", i+1, path, err)
			}
			all = append(all, h)
		}
	}
	for _, s := range c.Head {
		h, err := openKept(strings.ReplaceAll(s, `\n`, "\n"), provers)
		switch {
		case errors.Is(err, audit.ErrHead):
			return nil, usagef("--head: %v; give the whole text that \"audit head\" printed", err)
		case err != nil:
			return nil, fmt.Errorf("--head: %w", err)
		}
		all = append(all, h)
	}
	return all, nil
}

func openKept(signed string, provers []audit.Prover) (audit.Head, error) {
	var keys []ed25519.PublicKey
	for _, p := range provers {
		keys = append(keys, p.AuditVerifiers()...)
	}
	return audit.OpenHead(signed, keys...)
}

// verifying counts rows.
func (p *program) verifying() sqlstore.Progress {
	if b := p.progress(progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows")); b != nil {
		return b
	}
	return nil
}

func asVerdict(v audit.Verdict) verdict {
	out := verdict{Version: 1, OK: v.Bad == nil, Rows: v.Rows, Root: v.Root.String(), Heads: v.Heads, Kept: v.Kept, Unsigned: v.Unsigned}
	if v.Bad != nil {
		out.FirstBad = &badRow{v.Bad.Row, v.Bad.Last, v.Bad.Why}
	}
	if v.Rows > 0 {
		out.From, out.To = &v.First, &v.Last
	}
	return out
}

func (c auditVerifyCmd) write(p *program, v audit.Verdict) error {
	if v.Bad != nil {
		_, err := fmt.Fprintf(p.Out, "The audit log is NOT as it was written: %s.\n%d rows before that are.\n", v.Bad, v.Rows)
		return err
	}
	fmt.Fprintf(p.Out, "The audit log is as it was written: %d rows, %d signed heads agree, %d rows are newer than the newest of them.\n", v.Rows, v.Heads, v.Unsigned)
	if v.Kept > 0 {
		_, err := fmt.Fprintf(p.Out, "%d heads kept elsewhere agree: up to the newest of them the database was not put back.\n", v.Kept)
		return err
	}
	_, err := fmt.Fprintln(p.Out, "Whether the whole database was put back to an earlier state only a head kept elsewhere can show: give --heads FILE or --head HEAD.")
	return err
}
