package doctor

import (
	"context"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// log reads the whole audit log and finds the first row that is not what was written.
func (i Installation) log(ctx context.Context, p *patient, keys *vault.Server) {
	if keys == nil {
		return // found already
	}
	db, err := sqlstore.Open(ctx, i.Database)
	if err != nil {
		return // found already
	}
	defer db.Close()
	switch v, err := db.VerifyAudit(ctx, []audit.Prover{keys}, nil, nil); {
	case err != nil:
		p.trouble(unreadable, "the audit log cannot be read: %v", err)
	case v.Bad != nil:
		p.trouble("keep a copy of the database as it is, run exposurectl audit verify, and find out who wrote to it", "the audit log is not as it was written: %s", v.Bad)
	default:
		p.ok("the audit log is as it was written, all %d rows of it", v.Rows)
	}
}
