package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

// lastWord is what a purge's report says about the log that was kept.
type lastWord struct {
	report *purgeReport
	head   audit.Head
	keys   []ed25519.PublicKey // the first is the one that signed head
}

// purgedLog is what the check of a kept log rested on, as scripts read it.
type purgedLog struct {
	Installation string    `json:"installation"`
	VerifierKey  string    `json:"verifier_key"`
	SignedAt     time.Time `json:"signed_at"`
}

// readLastWord takes out of a report what the kept log is checked with. A report that
// contradicts itself is refused: it is not the one that the purge wrote.
func readLastWord(path string) (*lastWord, error) {
	r, err := loadPurge(path)
	switch {
	case err != nil:
		return nil, err
	case !r.begun():
		return nil, fmt.Errorf("there is no report of a purge %s: name the one that \"purge\" wrote (purge-report.json, unless --report named another)", path)
	case !r.AuditKept:
		return nil, fmt.Errorf("%s says that the audit log was destroyed as well (--audit-too): there is nothing to check", path)
	case r.AlteredLog != nil:
		return nil, fmt.Errorf("%s says that the audit log was altered before the purge, which left it as it was found and unsigned: %s. It proves nothing; keep it as evidence", path, r.AlteredLog.found())
	}
	w := &lastWord{report: r}
	var oldest ed25519.PublicKey
	for _, text := range append([]string{r.VerifierKey}, r.VerifierKeys...) {
		key, err := audit.ParseVerifierKey(text)
		if err != nil {
			return nil, altered(path, err)
		}
		w.keys, oldest = addKeys(w.keys, key), key
	}
	if w.head, err = audit.OpenHead(r.Head, w.keys[0]); err != nil {
		return nil, altered(path, err)
	}
	if r.Installation != audit.Installation(oldest) {
		return nil, altered(path, errors.New("it names another installation than its public keys are of"))
	}
	if r.FinishedAt != nil && r.AuditRows != w.head.Size {
		return nil, altered(path, fmt.Errorf("it counts %d rows, and its signed head %d", r.AuditRows, w.head.Size))
	}
	return w, nil
}

func altered(path string, err error) error {
	return fmt.Errorf("%s is not as the purge wrote it, so it proves nothing: %w. Look for another copy of it", path, err)
}

// verifyPurged checks the log with what the report holds, and no key file.
func (c auditVerifyCmd) verifyPurged(p *program) (err error) {
	if len(c.OldKeys) > 0 {
		return usagef("--purge-report needs no key file: leave --old-key-file out")
	}
	word, err := readLastWord(c.PurgeReport)
	if err != nil {
		return err
	}
	kept, err := c.kept(p, word.keys)
	if errors.Is(err, audit.ErrSigner) {
		return fmt.Errorf("%w, nor by a key of the purge's report: the head is another log's, or the report is not the one that the purge wrote", err)
	}
	if err != nil {
		return err
	}
	db, err := sqlstore.Open(p.ctx, p.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v, err := db.VerifyPurged(p.ctx, word.head, word.keys, kept, p.verifying())
	if err != nil {
		return err
	}
	if v.Bad == nil {
		if err := word.isOf(p, db, c.PurgeReport); err != nil {
			return err
		}
	}
	return c.tell(p, v, word, nil)
}

// isOf refuses a report of another installation or incident than the log's: the last row,
// which is proven by now, names both.
func (w *lastWord) isOf(p *program, db *sqlstore.DB, path string) error {
	e, err := db.LastRow(p.ctx)
	if err != nil {
		return err
	}
	if want := w.report.subject(); e.Action != audit.Purge || e.Detail != want && !strings.HasPrefix(e.Detail, want+",") {
		return altered(path, errors.New("it is of another installation or incident than the log, whose last row names the purge that it was kept by"))
	}
	return nil
}

// proves says what a kept log's check proves, and what it does not.
func (w *lastWord) proves(v audit.Verdict) []string {
	lines := []string{
		fmt.Sprintf("The audit log is what the purge left: %d rows, no fewer and no more, are those of the last signed head in its report; %d signed heads of the log agree.", v.Rows, v.Heads),
		fmt.Sprintf("It is the log of installation %s, incident %s. Checked with the public key %s", w.report.Installation, w.report.Incident, w.report.VerifierKey),
		"",
		fmt.Sprintf("It proves: whoever had not the key that the purge destroyed has changed, added, moved or removed no row since %s.", w.head.At.UTC().Format("2006-01-02 15:04:05 UTC")),
	}
	if v.Kept > 0 {
		lines = append(lines, fmt.Sprintf("And: the key is that of %d heads kept elsewhere, and the log begins with their rows.", v.Kept))
	}
	lines = append(lines, "It does not prove: that the report is the one that the purge wrote. Whoever can write it and the database can sign a log of their own. "+
		"Compare the installation with the one noted before (\"keygen\" printed it, and a dry run of the purge), or give heads kept elsewhere: --heads FILE.")
	return append(lines, "Nor: that no copy of the key was left; nor anything of the seals of single rows, which only that key could check.")
}
