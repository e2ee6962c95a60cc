package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/incident"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// ticketOffice is an office in which the call centre left a letter request and a question.
type ticketOffice struct {
	p                *program
	letter, question string
}

func newTicketOffice(t *testing.T) *ticketOffice {
	t.Helper()
	o := &ticketOffice{p: newOffice(t)}
	src, err := incident.Example("tougyoku-2023")
	o.p.Incident = filepath.Join(t.TempDir(), "incident.yaml")
	if err := errors.Join(err, os.WriteFile(o.p.Incident, src, 0o600)); err != nil {
		t.Fatal(err)
	}
	db, keys := o.open(t)
	o.letter = leave(t, db, keys, agent.LetterRequestLabel, agent.LetterNote{Name: "山田花子", PostalCode: "101-0021", Address: "東京都千代田区外神田1-2-3"})
	o.question = leave(t, db, keys, agent.TicketNoteLabel, agent.TicketNote{Note: "三月十五日に\u202e買った"})
	return o
}

func (o *ticketOffice) open(t *testing.T) (*sqlstore.DB, *vault.Server) {
	t.Helper()
	db, keys, err := o.p.store()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, keys
}

func leave(t *testing.T, db *sqlstore.DB, keys *vault.Server, label string, note any) string {
	t.Helper()
	plain, err := json.Marshal(note)
	if err != nil {
		t.Fatal(err)
	}
	k := agent.KeptTicket{Ticket: agent.Ticket{State: agent.TicketWaiting, Opened: time.Now()}, Agent: "sato", Note: keys.SealForOperator(label, plain)}
	e := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Agent, ID: "sato/0a"}, Action: audit.TicketOpen, Outcome: audit.Done}
	if k.Letter = label == agent.LetterRequestLabel; k.Letter {
		e.Action = audit.LetterRequest
	} else {
		k.Topic = agent.TopicDate
	}
	n, err := db.Tickets(keys).Open(t.Context(), k, e)
	if err != nil {
		t.Fatal(err)
	}
	return n.String()
}

// says runs a command line of the office.
func (o *ticketOffice) says(t *testing.T, want int, args ...string) (out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	all := append([]string{"--incident", o.p.Incident, "--key-file", o.p.KeyFile, "--database-url", o.p.Database}, args...)
	if code := run(context.Background(), all, terminal{In: strings.NewReader(""), Out: &stdout, Err: &stderr}); code != want {
		t.Fatalf("%v exits with %d, want %d\n%s%s", args, code, want, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

// TestTheOfficeReadsWhatWasLeft: with the operator's key the notes, without it all but them,
// and with another's which do not open. That it was read is in the log.
func TestTheOfficeReadsWhatWasLeft(t *testing.T) {
	o := newTicketOffice(t)
	operator := "--operator-key-file=" + o.p.KeyFile + ".operator"
	out, _ := o.says(t, exitDone, operator, "tickets", "list")
	for _, want := range []string{o.letter + "  letter request  waiting", "name: 山田花子", "postal code: 101-0021", "address: 東京都千代田区外神田1-2-3",
		o.question + "  ticket: date  waiting", "note: 三月十五日に\uFFFD買った"} {
		if !strings.Contains(out, want) {
			t.Errorf("the list lacks %q:\n%s", want, out)
		}
	}
	out, errs := o.says(t, exitDone, "tickets", "list", "--letters", "--state", "waiting")
	if !strings.Contains(out, o.letter) || strings.Contains(out, o.question) || strings.Contains(out, "山田") || !strings.Contains(errs, "shut") {
		t.Errorf("letters without the operator's key:\n%s%s", out, errs)
	}
	other, _, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := vault.ParseServer(other)
	if err != nil {
		t.Fatal(err)
	}
	db, keys := o.open(t)
	n, err := db.Tickets(keys).Open(t.Context(), agent.KeptTicket{
		Ticket: agent.Ticket{State: agent.TicketWaiting, Opened: time.Now()}, Agent: "sato", Note: foreign.SealForOperator(agent.TicketNoteLabel, []byte(`{"note":"x"}`)),
	}, audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Agent, ID: "sato/0a"}, Action: audit.TicketOpen, Outcome: audit.Done})
	if err != nil {
		t.Fatal(err)
	}
	if out, errs = o.says(t, exitRefused, operator, "tickets", "list"); !strings.Contains(out, "山田花子") || !strings.Contains(errs, n.String()) {
		t.Errorf("a note sealed to another operator:\n%s%s", out, errs)
	}
	out, _ = o.says(t, exitRefused, operator, "tickets", "list", "--json")
	var listed struct {
		Tickets []ticketLine `json:"tickets"`
		Shut    []string     `json:"notes_that_do_not_open"`
	}
	if err := json.Unmarshal([]byte(out), &listed); err != nil || len(listed.Tickets) != 3 || len(listed.Shut) != 1 || listed.Shut[0] != n.String() {
		t.Errorf("%v: %+v", err, listed)
	}
	if rows := rowsOf(t, o, audit.TicketRead); rows != 4 {
		t.Errorf("%d rows say that the list was read, want 4", rows)
	}
	o.says(t, exitUsage, "tickets", "list", "--state", "lost")
}

func rowsOf(t *testing.T, o *ticketOffice, action audit.Action) (n int) {
	t.Helper()
	raw := openRaw(t, strings.TrimPrefix(o.p.Database, "sqlite:"))
	defer raw.Close()
	if err := raw.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_entries WHERE action = ?`, string(action)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheOfficeAnswers with approved texts alone, and nothing in a dry run.
func TestTheOfficeAnswers(t *testing.T) {
	o := newTicketOffice(t)
	o.says(t, exitUsage, "tickets", "answer", o.question, "--text", "hello", "--by", "Ito", "--commit")
	o.says(t, exitUsage, "tickets", "answer", "0OI1L", "--text", "letter_sent", "--by", "Ito", "--commit")
	o.says(t, exitUsage, "tickets", "answer", o.question, "--text", "letter_sent", "--by", " ", "--commit")
	o.says(t, exitRefused, "tickets", "answer", agent.DrawTicketNumber().String(), "--text", "letter_sent", "--by", "Ito", "--commit")
	if _, errs := o.says(t, exitDone, "tickets", "answer", o.question, "--text", "dates_confirmed", "--by", "Ito"); !strings.Contains(errs, "Dry run") || rowsOf(t, o, audit.TicketAnswer) != 0 {
		t.Errorf("a dry run: %s", errs)
	}
	o.says(t, exitDone, "tickets", "answer", strings.ToLower(o.question), "--text", "dates_confirmed", "--by", "Ito", "--commit")
	o.says(t, exitRefused, "tickets", "answer", o.question, "--text", "call_us_again", "--by", "Sato", "--commit")
	out, _ := o.says(t, exitDone, "tickets", "answer", o.question, "--text", "call_us_again", "--instead-of", "dates_confirmed", "--by", "Sato", "--commit", "--json")
	if want := `{"version":1,"committed":true,"number":"` + o.question + `","state":"answered","answer":"call_us_again"}` + "\n"; out != want {
		t.Errorf("%s, want %s", out, want)
	}
	o.says(t, exitDone, "tickets", "close", o.letter, "--by", "Sato", "--commit")
	o.says(t, exitRefused, "tickets", "answer", o.letter, "--text", "letter_sent", "--by", "Sato", "--commit")
	if out, _ := o.says(t, exitDone, "tickets", "list", "--state", "waiting"); !strings.Contains(out, "There is none.") {
		t.Errorf("what waits:\n%s", out)
	}
	if out, _ := o.says(t, exitDone, "tickets", "texts"); !strings.Contains(out, "call_us_again\n") {
		t.Errorf("the texts:\n%s", out)
	}
	if rowsOf(t, o, audit.TicketAnswer) != 2 || rowsOf(t, o, audit.TicketClose) != 1 {
		t.Error("not every change has one row")
	}
}

// TestTheOfficePlantsCanaries: a letter's number is printed once, and only when it is
// watched; nobody reads from the list who they are.
func TestTheOfficePlantsCanaries(t *testing.T) {
	o := newTicketOffice(t)
	o.says(t, exitUsage, "canary", "add", "--by", "Ito")
	o.says(t, exitUsage, "canary", "add", "--email", "no address", "--by", "Ito")
	if out, _ := o.says(t, exitDone, "canary", "add", "--letter", "--by", "Ito"); out != "" {
		t.Errorf("a dry run prints a number: %s", out)
	}
	number, errs := o.says(t, exitDone, "canary", "add", "--letter", "--by", "Ito", "--commit")
	if len(strings.TrimSpace(number)) != len("12345-67890-1234") || !strings.Contains(errs, "once") {
		t.Errorf("a number: %s%s", number, errs)
	}
	o.says(t, exitDone, "canary", "add", "--email", "suzume@example.jp", "--by", "Ito", "--commit")
	o.says(t, exitRefused, "canary", "add", "--email", "Suzume@EXAMPLE.jp", "--by", "Ito", "--commit")
	out, _ := o.says(t, exitDone, "canary", "list")
	if !strings.Contains(out, "2 canaries") || strings.Contains(out, "suzume") || strings.Contains(out, strings.TrimSpace(number)) {
		t.Errorf("the list:\n%s", out)
	}
}
