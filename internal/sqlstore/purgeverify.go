package sqlstore

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"exposure/internal/audit"
)

// VerifyPurged checks the log that a purge left, when no secret key is left to check it
// with: it must be exactly the rows that the last head was signed over, no fewer and no
// more. The caller has checked the heads with audit.OpenHead; keys are the public ones.
//
// The seals of single rows cannot be checked any more, so an altered row is named only as
// one between two heads. The verdict counts last among neither kind of heads.
func (db *DB) VerifyPurged(ctx context.Context, last audit.Head, keys []ed25519.PublicKey, kept []audit.Head, p Progress) (audit.Verdict, error) {
	v, err := db.VerifyAudit(ctx, []audit.Prover{publicOnly(keys)}, append(slices.Clone(kept), last), p)
	if err != nil {
		return v, err
	}
	if v.Bad == nil && v.Rows > last.Size {
		v.Bad = &audit.Finding{Row: last.Size + 1, Last: last.Size + 1, Why: "was added after the log was signed for the last time"}
		v.Rows = last.Size
	}
	if v.Bad == nil {
		v.Kept--
	}
	return v, nil
}

// LastRow reads the last row of the log, of which nothing is checked here.
func (db *DB) LastRow(ctx context.Context) (audit.Entry, error) {
	var encoded []byte
	err := db.read.QueryRowContext(ctx, `SELECT encoded FROM audit_entries ORDER BY seq DESC LIMIT 1`).Scan(&encoded)
	if err != nil {
		return audit.Entry{}, fmt.Errorf("reading the last row of the audit log: %w", err)
	}
	return audit.Decode(encoded)
}

// publicOnly is an audit.Prover without a secret. It takes every seal for good, and is of
// use only beside a head over all rows: that alone proves them.
type publicOnly []ed25519.PublicKey

// AuditSealed implements audit.Prover.
func (publicOnly) AuditSealed([32]byte, string, ...[]byte) bool { return true }

// AuditVerifiers implements audit.Prover.
func (p publicOnly) AuditVerifiers() []ed25519.PublicKey { return p }
