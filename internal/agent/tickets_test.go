package agent_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

// TestWhatIsLeftIsKept: with the row of it, under the agent and the call, sealed so that the
// office reads what was said and nobody who has the database does.
func TestWhatIsLeftIsKept(t *testing.T) {
	d := newTicketDesk(t)
	letter, err := d.RequestLetter(t.Context(), sato, "live", asked)
	again, err2 := d.RequestLetter(t.Context(), sato, "live", asked)
	ticket, err3 := d.Open(t.Context(), sato, "live", agent.TopicDate, " 三月に\n買った ")
	if err := errors.Join(err, err2, err3); err != nil || letter == again {
		t.Fatal(letter, again, err)
	}
	actor := "sato/" + hex.EncodeToString(nonce[:])
	for action, want := range map[audit.Action]int{audit.LetterRequest: 2, audit.TicketOpen: 1} {
		rows := d.rows(t, action)
		if len(rows) != want || rows[0].Actor != (audit.Actor{Kind: audit.Agent, ID: actor}) || rows[0].Purpose != audit.Member {
			t.Errorf("rows of %s: %+v", action, rows)
		}
	}
	store := d.db.Tickets(d.keys)
	for number, want := range map[string]any{letter: agent.LetterNote(asked), ticket: agent.TicketNote{Note: "三月に 買った"}} {
		n, err := agent.ParseTicketNumber(number)
		if err != nil {
			t.Fatal(err)
		}
		k, err := store.ByNumber(t.Context(), n)
		label := map[bool]string{true: agent.LetterRequestLabel, false: agent.TicketNoteLabel}[k.Letter]
		if err != nil || k.Call != nonce || k.Agent != "sato" || k.Letter != (number == letter) || strings.Contains(string(k.Note), "山田") {
			t.Errorf("%+v, %v", k, err)
		}
		plain, err := d.operator.OpenForOperator(label, k.Note)
		if said, _ := json.Marshal(want); err != nil || string(plain) != string(said) {
			t.Errorf("the office reads %s, %v; want %s", plain, err, said)
		}
	}
}

// TestWhatIsRefusedLeavesNothing: no ticket, no row, nothing counted.
func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	d := newTicketDesk(t)
	must := ito
	must.MustChange = true
	letter := func(change func(*agent.LetterRequest)) agent.LetterRequest {
		r := asked
		change(&r)
		return r
	}
	for name, r := range map[string]agent.LetterRequest{
		"no name":         letter(func(r *agent.LetterRequest) { r.Name = " " }),
		"no address":      letter(func(r *agent.LetterRequest) { r.Address = "" }),
		"a card":          letter(func(r *agent.LetterRequest) { r.Note = "4242 4242 4242 4242" }),
		"a card at last":  letter(func(r *agent.LetterRequest) { r.For = "４２４２-４２４２-４２４２-４" }),
		"turned around":   letter(func(r *agent.LetterRequest) { r.Address = "東京\u202e都" }),
		"too long":        letter(func(r *agent.LetterRequest) { r.Note = strings.Repeat("あ", 501) }),
		"broken":          letter(func(r *agent.LetterRequest) { r.Name = "\xff" }),
		"mail as address": letter(func(r *agent.LetterRequest) { r.Address = "hanako＠example.com" }),
	} {
		if n, err := d.RequestLetter(t.Context(), sato, "live", r); !errors.Is(err, agent.ErrText) || n != "" || strings.Contains(err.Error(), "4242") {
			t.Errorf("%s: %q, %v", name, n, err)
		}
	}
	for name, is := range map[string]struct {
		who   agent.Agent
		call  string
		topic agent.Topic
		note  string
		want  error
	}{
		"a card":               {sato, "live", agent.TopicOther, "4242-4242-4242-4242", agent.ErrText},
		"no topic":             {sato, "live", "card", "", agent.ErrChoice},
		"another's call":       {sato, "theirs", agent.TopicOther, "", agent.ErrForeignCall},
		"no call":              {sato, "x", agent.TopicOther, "", agent.ErrNoCall},
		"the first password":   {must, "theirs", agent.TopicOther, "", agent.ErrMustChange},
		"a card in training":   {sato, "training", agent.TopicOther, "4242424242424242", agent.ErrText},
		"no topic, in a drill": {sato, "training", "card", "", agent.ErrChoice},
	} {
		if n, err := d.Open(t.Context(), is.who, is.call, is.topic, is.note); !errors.Is(err, is.want) || n != "" {
			t.Errorf("%s: %q, %v; want %v", name, n, err, is.want)
		}
		if is.want != agent.ErrText && is.want != agent.ErrChoice {
			_, letter := d.RequestLetter(t.Context(), is.who, is.call, asked)
			_, ask := d.Ask(t.Context(), is.who, is.call, agent.DrawTicketNumber().String())
			if !errors.Is(letter, is.want) || !errors.Is(ask, is.want) {
				t.Errorf("%s: %v, %v; want %v", name, letter, ask, is.want)
			}
		}
	}
	if tickets, rows := d.kept(t); tickets != 0 || rows != 0 {
		t.Errorf("%d tickets and %d rows are kept", tickets, rows)
	}
	d.leftFor(t, sato, "live", 60)
}

// TestAnAgentWalksThroughNumbers: asking counts like leaving, found or not, and is on record;
// what is no number costs nothing; others go on.
func TestAnAgentWalksThroughNumbers(t *testing.T) {
	d := newTicketDesk(t)
	number, err := d.Open(t.Context(), ito, "theirs", agent.TopicDate, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Ask(t.Context(), sato, "live", strings.ToLower(strings.ReplaceAll(number, "-", " ")))
	if err != nil || got != (agent.Ticket{Number: number, State: agent.TicketWaiting, Opened: opening}) {
		t.Errorf("%+v, %v", got, err)
	}
	for range 100 {
		if _, err := d.Ask(t.Context(), sato, "live", "7K2M"); !errors.Is(err, agent.ErrTicketSlip) {
			t.Fatal(err)
		}
	}
	for range 9 {
		_, err := d.Ask(t.Context(), sato, "live", agent.DrawTicketNumber().String())
		if !errors.Is(err, agent.ErrNoTicket) || errors.Is(err, agent.ErrTicketSlip) {
			t.Fatal(err)
		}
	}
	d.leftFor(t, sato, "live", 50)
	if _, err := d.Ask(t.Context(), sato, "live", number); !errors.As(err, new(*ratelimit.Exceeded)) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := d.Ask(t.Context(), ito, "theirs", number); err != nil {
		t.Errorf("another agent: %v", err)
	}
	var done, refused int
	for _, r := range d.rows(t, audit.TicketRead) {
		switch {
		case r.Outcome == audit.Done && r.Detail == "waiting":
			done++
		case r.Outcome == audit.Refused && r.Tag == nil && r.Detail == "":
			refused++
		}
	}
	if done != 2 || refused != 9 {
		t.Errorf("rows: %d read, %d of no ticket", done, refused)
	}
}

// TestNothingIsToldWithoutItsRow: with a log that takes no rows a ticket is not told, nor with
// a database that is away a number.
func TestNothingIsToldWithoutItsRow(t *testing.T) {
	d := newTicketDesk(t)
	number, err := d.Open(t.Context(), sato, "live", agent.TopicDate, "")
	if err != nil {
		t.Fatal(err)
	}
	d.log.broken = true
	for _, n := range []string{number, agent.DrawTicketNumber().String()} {
		got, err := d.Ask(t.Context(), sato, "live", n)
		if !errors.Is(err, lookup.ErrCouldNotCheck) || errors.Is(err, agent.ErrNoTicket) || got != (agent.Ticket{}) {
			t.Errorf("without a log: %+v, %v", got, err)
		}
	}
	d.log.broken = false
	for name, harm := range map[string]string{
		"no entries": `CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'full'); END`,
		"no tickets": `CREATE TRIGGER full BEFORE INSERT ON tickets BEGIN SELECT RAISE(ABORT, 'full'); END`,
	} {
		before, rows := d.kept(t)
		if _, err := d.raw(t).Exec(harm); err != nil {
			t.Fatal(err)
		}
		if n, err := d.RequestLetter(t.Context(), sato, "live", asked); !errors.Is(err, lookup.ErrCouldNotCheck) || n != "" {
			t.Errorf("%s are taken, and the number is %q, %v", name, n, err)
		}
		if _, err := d.raw(t).Exec(`DROP TRIGGER full`); err != nil {
			t.Fatal(err)
		}
		if after, left := d.kept(t); after != before || left != rows {
			t.Errorf("%s are taken, and half of it is kept", name)
		}
	}
}

// TestTrainingLeavesNothing: whatever is left or asked in a training call.
func TestTrainingLeavesNothing(t *testing.T) {
	d := newTicketDesk(t)
	real, err := d.Open(t.Context(), ito, "theirs", agent.TopicDate, "")
	if err != nil {
		t.Fatal(err)
	}
	tickets, rows := d.kept(t)
	for range 70 { // more than the limit
		letter, err := d.RequestLetter(t.Context(), sato, "training", asked)
		ticket, err2 := d.Open(t.Context(), sato, "training", agent.TopicDate, "三月")
		if err := errors.Join(err, err2); err != nil || letter != agent.TrainingTicket || ticket != agent.TrainingTicket {
			t.Fatal(letter, ticket, err)
		}
	}
	if got, err := d.Ask(t.Context(), sato, "training", agent.TrainingTicket); err != nil || got.State != agent.TicketWaiting {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := d.Ask(t.Context(), sato, "training", real); !errors.Is(err, agent.ErrNoTicket) {
		t.Errorf("somebody's ticket is told in training: %+v, %v", got, err)
	}
	if _, err := d.Ask(t.Context(), sato, "live", agent.TrainingTicket); !errors.Is(err, agent.ErrNoTicket) {
		t.Errorf("the number of training, in a call: %v", err)
	}
	if after, left := d.kept(t); after != tickets || left != rows {
		t.Errorf("training left %d tickets and %d rows", after-tickets, left-rows)
	}
	d.leftFor(t, sato, "live", 60)
}
