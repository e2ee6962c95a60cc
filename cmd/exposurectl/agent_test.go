package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/audit"
)

// TestWhoChangedAnAccountIsOnRecord: each change has one row that names who decided it.
func TestWhoChangedAnAccountIsOnRecord(t *testing.T) {
	p := newOffice(t)
	p.Out = io.Discard
	by := func(name string) given { return given{onePerson: onePerson{name}, Commit: true} }
	err := errors.Join(
		agentAddCmd{Name: "sato.hana", Role: agent.RoleAgent, given: by("Ito Ken")}.Run(p),
		agentResetCmd{Name: "sato.hana", given: by("Mori Aki")}.Run(p),
		agentDisableCmd{Name: "sato.hana", onePerson: onePerson{"Abe Jun"}, Commit: true}.Run(p),
	)
	if err != nil {
		t.Fatal(err)
	}
	raw := openRaw(t, strings.TrimPrefix(p.Database, "sqlite:"))
	defer raw.Close()
	for action, detail := range map[audit.Action]string{
		audit.AgentAdd: "sato.hana by Ito Ken", audit.AgentReset: "sato.hana by Mori Aki", audit.AgentDisable: "sato.hana by Abe Jun",
	} {
		var rows, named int
		const query = `SELECT count(*), coalesce(sum(instr(encoded, CAST(? AS BLOB)) > 0), 0) FROM audit_entries WHERE action = ?`
		if err := raw.QueryRowContext(t.Context(), query, detail, string(action)).Scan(&rows, &named); err != nil || rows != 1 || named != 1 {
			t.Errorf("%s: %d rows, %d of them name who did it: %v", action, rows, named, err)
		}
	}
}
