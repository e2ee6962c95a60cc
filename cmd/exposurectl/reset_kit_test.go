package main

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestKitScripts is what operators see of a kit; read testdata/kit first. "report CLIENT MODE
// AGE FINDINGS" is a report of a kit that came so long ago, "audited DETAIL" looks into the log.
func TestKitScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/kit", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error { return newResetShop(t).set(e) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sql":     runSQL,
			"report":  noteReport,
			"audited": audited,
			"forgot":  showForgot,
		},
	})
}

// noteReport keeps a report as the server does.
func noteReport(ts *testscript.TestScript, _ bool, args []string) {
	keys, err := vault.LoadServer(ts.MkAbs("site.key"))
	ts.Check(err)
	db, err := sqlstore.Open(context.Background(), "sqlite:"+ts.MkAbs("site.db"))
	ts.Check(err)
	defer db.Close()
	ago, err := time.ParseDuration(args[2])
	ts.Check(err)
	listAge := 12 * time.Second
	ts.Check(db.Clients(keys).NoteKit(context.Background(), reset.Kit{
		Client: args[0], At: time.Now().Add(-ago), Version: "1.2.0", On: args[1] == "on", ListAge: &listAge, Findings: args[3:],
	}))
}

func audited(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs("site.db"))
	ts.Check(err)
	defer db.Close()
	var n int
	ts.Check(db.QueryRow(`SELECT count(*) FROM audit_entries WHERE instr(encoded, ?) > 0`, args[0]).Scan(&n))
	if n != 1 {
		ts.Fatalf("%d rows of the audit log say so", n)
	}
}
