package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/wire"
)

// clerk looks into the audit log after every answer: what was done is there already.
type clerk struct {
	site
	*floorAgent
	last int64  // the row it has seen
	call string // the path of the call the agent is in
}

// saw wants the rows that one step left, all of them of this agent.
func (w *clerk) saw(t *testing.T, step string, want ...string) {
	t.Helper()
	db := w.site.open(t)
	defer db.Close()
	found, err := db.Query(`SELECT seq, encoded FROM audit_entries WHERE seq > ? ORDER BY seq`, w.last)
	must(t, err)
	defer found.Close()
	var said []string
	for found.Next() {
		var encoded []byte
		must(t, found.Scan(&w.last, &encoded))
		e, err := audit.Decode(encoded)
		must(t, err)
		said = append(said, rowSays(e))
		name, call, _ := strings.Cut(e.Actor.ID, "/")
		if e.Actor.Kind != audit.Agent || name != w.name || len(call) != 32 {
			t.Errorf("%s: a row is by %+v", step, e.Actor)
		}
	}
	must(t, found.Err())
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("%s left other rows (-want +got):\n%s", step, diff)
	}
}

func rowSays(e audit.Entry) string {
	said := fmt.Sprint(e.Action, " ", e.Outcome)
	if e.Purpose != "" {
		said += " by " + e.Purpose
	}
	if e.Tag != nil {
		said += " of somebody"
	}
	return said
}

// does is one step of the call and the rows that it leaves.
func (w *clerk) does(t *testing.T, status int, method, step string, body any, want ...string) reply {
	t.Helper()
	r := w.want(t, status, method, w.call+step, body)
	w.saw(t, step, want...)
	return r
}

func (w *clerk) begins(t *testing.T) {
	t.Helper()
	w.call = w.takes(t)
	w.saw(t, "taking a call", "call_open done")
}

// caughtUp has seen everything so far.
func (w *clerk) caughtUp(t *testing.T) {
	t.Helper()
	db := w.site.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT max(seq) FROM audit_entries`).Scan(&w.last))
}

// TestACallLeavesItsRows: every step of every kind of call is in the audit log before it is
// answered, in its order, with agent, call, purpose and outcome; the log verifies, and does
// not any more once a row was altered.
func TestACallLeavesItsRows(t *testing.T) {
	s, shop := smallSite(t)
	room := s.postRoom(t)
	room.write(t, room.recipients(t)[:1], letterNumbers(1))
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, floorFlags()...)
	w := &clerk{site: s, floorAgent: s.hire(t, server.private, "sato", agent.RoleAgent)}
	other := s.hire(t, server.private, "tanaka", agent.RoleAgent)
	foreign := other.takes(t)
	w.caughtUp(t)
	w.byMail(t, office, shop.Examples()[0].Email)
	w.byLetter(t, letterNumbers(2))
	w.forTheShop(t)
	w.begins(t)
	w.want(t, http.StatusForbidden, http.MethodGet, foreign, nil)
	w.saw(t, "another agent's call", "call_foreign refused")
	if v := s.verifyLog(t, nil); v.Bad != nil {
		t.Fatalf("the audit log: %v", v.Bad)
	}
	s.exec(t, `UPDATE audit_entries SET outcome = 'done' WHERE action = 'call_foreign'`)
	if v := s.verifyLog(t, nil); v.Bad == nil {
		t.Error("an altered row is not found")
	}
}

// byMail is a call with a phone code, a wrong one before it.
func (w *clerk) byMail(t *testing.T, office *postOffice, address string) {
	t.Helper()
	w.begins(t)
	w.does(t, http.StatusOK, http.MethodPut, "/address", map[string]string{"email": address}, "call_address done of somebody")
	w.does(t, http.StatusConflict, http.MethodGet, "/report", nil)
	w.does(t, http.StatusAccepted, http.MethodPost, "/code", nil, "call_code done by phone of somebody")
	code := office.phoneCode(t, address)
	w.does(t, http.StatusUnprocessableEntity, http.MethodPost, "/confirmation", map[string]string{"code": wrong(code)}, "guess refused by phone of somebody")
	r := w.does(t, http.StatusOK, http.MethodPost, "/confirmation", map[string]string{"code": code},
		"guess accepted by phone of somebody", "disclosure done by phone of somebody")
	var told wire.Told
	r.decode(t, &told)
	w.does(t, http.StatusOK, http.MethodGet, "/report", nil, "disclosure done by phone of somebody")
	w.does(t, http.StatusOK, http.MethodPost, "/extension", nil, "call_extend done of somebody")
	w.does(t, http.StatusOK, http.MethodPost, "/check-number", map[string]string{"check_number": *told.ReportJa.CheckNumber}, "call_number done of somebody")
	w.does(t, http.StatusNoContent, http.MethodPost, "/end", map[string]string{"outcome": "told"}, "call_end done")
	w.does(t, http.StatusNotFound, http.MethodGet, "/report", nil)
}

// byLetter is a call with the number of a letter, a number that is nobody's before it.
func (w *clerk) byLetter(t *testing.T, numbers []breach.LetterNumber) {
	t.Helper()
	w.begins(t)
	w.does(t, http.StatusUnprocessableEntity, http.MethodPost, "/letter-confirmation", map[string]string{"letter_number": numbers[1].Grouped()}, "call_letter refused by letter")
	w.does(t, http.StatusOK, http.MethodPost, "/letter-confirmation", map[string]string{"letter_number": numbers[0].Grouped()},
		"call_letter done by letter of somebody", "disclosure done by letter of somebody")
	w.call = w.takes(t) // and the one before is over
	w.saw(t, "the next call", "call_end done", "call_open done")
}

// forTheShop leaves what the shop must do.
func (w *clerk) forTheShop(t *testing.T) {
	t.Helper()
	w.does(t, http.StatusCreated, http.MethodPost, "/letter-requests", map[string]string{"name": "見本 花子", "postal_code": "100-0001", "address": "東京都千代田区見本町1-2-3"}, "letter_request done by member of somebody")
	r := w.does(t, http.StatusCreated, http.MethodPost, "/tickets", map[string]string{"topic": "date"}, "ticket_open done by member of somebody")
	var ticket struct{ Number string }
	r.decode(t, &ticket)
	w.does(t, http.StatusOK, http.MethodPost, "/ticket-questions", map[string]string{"number": ticket.Number}, "ticket_read done")
	w.does(t, http.StatusNoContent, http.MethodPost, "/end", map[string]string{"outcome": "refused"}, "call_end done")
}
