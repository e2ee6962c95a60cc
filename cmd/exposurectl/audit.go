package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
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
	h, signed, err := db.NewestHead(p.ctx, keys)
	if err != nil {
		return err
	}
	if signed == "" {
		return errors.New("the audit log has no rows yet, so there is nothing to sign")
	}
	if !c.JSON {
		_, err := fmt.Fprint(p.Out, signed)
		return err
	}
	key, err := verifierOf(signed, keys)
	if err != nil {
		return err
	}
	return json.NewEncoder(p.Out).Encode(signedHead{1, h.Size, h.Root.String(), h.At, signed, key})
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

	PurgeReport string `type:"path" placeholder:"FILE" help:"After a purge: check the log that it left with the report it wrote. Needs no key file."`
}

func (auditVerifyCmd) Help() string {
	return `Example:
  exposurectl audit verify --heads /mnt/elsewhere/heads.txt
  exposurectl audit verify --head "$(cat head-of-today.txt)"
  exposurectl audit verify --purge-report purge-report.json --heads /mnt/elsewhere/heads.txt

Finds rows that were edited, removed, moved, added, back-dated or cut off, and that the newest publication, or the newest order
to shut or open the look-up, was removed from the tables beside the log. That the whole database was put back to an earlier
state only shows against a head that was kept elsewhere. It changes nothing and may run beside the server.

A purge destroys the keys and keeps the log. Its report holds the last signed head and the public keys: with --purge-report the
rows, their order and their number are proven to be those of that head. Seals of single rows cannot be checked any more, so a
changed row is named as one between two heads. Whoever can write the report and the database can forge both: keep the report
elsewhere, or give a head kept elsewhere as well.
Exit codes: 0 the log is as it was written, 1 it is not, 2 usage.`
}

func (c auditVerifyCmd) Run(p *program) error {
	if c.PurgeReport != "" {
		return c.verifyPurged(p)
	}
	provers, public, err := c.provers(p)
	if err != nil {
		return err
	}
	kept, err := c.kept(p, public)
	if err != nil {
		return err
	}
	db, err := sqlstore.Open(p.ctx, p.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	v, err := db.VerifyAudit(p.ctx, provers, kept, p.verifying())
	if err != nil {
		return err
	}
	var gone error // an altered log is no measure of anything
	if v.Bad == nil {
		if gone, err = lost(p.ctx, db, provers); err != nil {
			return err
		}
	}
	return c.tell(p, v, nil, gone)
}

// lost is what the tables beside the log have lost of what it has. Any other error is no finding:
// a database that is busy is not one that somebody broke into.
func lost(ctx context.Context, db *sqlstore.DB, provers []audit.Prover) (gone, err error) {
	switch err := db.Agrees(ctx, provers...); {
	case err == nil:
		return nil, nil
	case errors.Is(err, sqlstore.ErrAltered), errors.Is(err, sqlstore.ErrLogAltered): // ErrPublicationGone, ErrPauseGone
		return err, nil
	default:
		return nil, fmt.Errorf("holding the tables against the audit log: %w", err)
	}
}

// provers are the key files that the log may have been written under, and their public keys.
func (c auditVerifyCmd) provers(p *program) (all []audit.Prover, public []ed25519.PublicKey, err error) {
	if p.KeyFile == "" {
		return nil, nil, usagef("no key file: set --key-file or EXPOSURE_KEY_FILE; after a purge, which destroyed it, give its report: --purge-report FILE")
	}
	for _, path := range append([]string{p.KeyFile}, c.OldKeys...) {
		keys, err := vault.LoadServer(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("%w; name the one that the log was written under, no new one can check it. If a purge destroyed it, give its report: --purge-report FILE", err)
		}
		if err != nil {
			return nil, nil, err
		}
		all, public = append(all, keys), addKeys(public, keys.AuditVerifiers()...)
	}
	return all, public, nil
}

// addKeys adds public keys that are not there yet: of two that are the same a signed note
// cannot say which signed it. A key file of earlier days shares keys with today's.
func addKeys(all []ed25519.PublicKey, more ...ed25519.PublicKey) []ed25519.PublicKey {
	for _, k := range more {
		if !slices.ContainsFunc(all, func(o ed25519.PublicKey) bool { return o.Equal(k) }) {
			all = append(all, k)
		}
	}
	return all
}

// kept reads the heads that were kept elsewhere. One that nobody here signed proves
// nothing, so it is refused rather than left out.
func (c auditVerifyCmd) kept(p *program, keys []ed25519.PublicKey) ([]audit.Head, error) {
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
			h, err := audit.OpenHead(s, keys...)
			if err != nil {
				return nil, fmt.Errorf("head %d of %s: %w", i+1, path, err)
			}
			all = append(all, h)
		}
	}
	for _, s := range c.Head {
		h, err := audit.OpenHead(strings.ReplaceAll(s, `\n`, "\n"), keys...)
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

// verifying counts rows.
func (p *program) verifying() sqlstore.Progress {
	if b := p.progress(progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows")); b != nil {
		return b
	}
	return nil
}
