package agent_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
	"exposure/internal/vault"
)

// calls are calls that are open, each with whose it is.
type calls map[string]struct {
	of   string
	call agent.Call
}

// Get implements agent.CallOf.
func (c calls) Get(_ context.Context, who agent.Agent, id string) (agent.Call, error) {
	switch found, ok := c[id]; {
	case !ok:
		return agent.Call{}, agent.ErrNoCall
	case found.of != who.Name:
		return agent.Call{}, agent.ErrForeignCall
	default:
		return found.call, nil
	}
}

// failing is a log that takes no rows while it is broken.
type failing struct {
	agent.Recorder
	broken bool
}

func (f *failing) Append(ctx context.Context, entries ...audit.Entry) error {
	if f.broken {
		return errors.New("the disk is full")
	}
	return f.Recorder.Append(ctx, entries...)
}

var (
	sato  = agent.Agent{Name: "sato", Role: agent.RoleAgent}
	ito   = agent.Agent{Name: "ito", Role: agent.RoleAgent}
	chief = agent.Agent{Name: "mori", Role: agent.RoleSupervisor}
	nonce = [16]byte{0xab, 15: 7}
)

// ticketDesk is what agents leave, over a real database and real limits. sato is in the calls
// "live" and "training", ito in "theirs".
type ticketDesk struct {
	*agent.Tickets
	*desk
	operator *vault.Operator
	log      *failing
}

func newTicketDesk(t *testing.T) *ticketDesk {
	t.Helper()
	d := &ticketDesk{desk: newDesk(t, nil)}
	server, operator, err := vault.Generate(opening)
	if err == nil {
		d.operator, err = vault.ParseOperator(operator)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.load(t, server)
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse("incident.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	d.log = &failing{Recorder: d.db.Audit(d.keys)}
	open := calls{}
	for id, of := range map[string]string{"live": "sato", "training": "sato", "theirs": "ito"} {
		at := open[id]
		at.of, at.call = of, agent.Known(agent.Call{ID: id, Training: id == "training", Opened: opening}, nonce)
		open[id] = at
	}
	d.Tickets, err = agent.NewTickets(agent.TicketsConfig{
		Store: d.db.Tickets(d.keys), Log: d.db.Audit(d.keys), Recorder: d.log, Calls: open, Limits: d.limits, Sealer: d.keys, Incident: in, Now: d.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// kept counts what is in the database: tickets, and rows about them.
func (d *ticketDesk) kept(t *testing.T) (tickets, rows int) {
	t.Helper()
	raw := d.raw(t)
	if err := errors.Join(raw.QueryRow(`SELECT count(*) FROM tickets`).Scan(&tickets), raw.QueryRow(`SELECT count(*) FROM audit_entries`).Scan(&rows)); err != nil {
		t.Fatal(err)
	}
	return tickets, rows
}

var asked = agent.LetterRequest{Name: "山田花子", PostalCode: "101-0021", Address: "東京都千代田区外神田1-2-3", For: "山田太郎", Note: "<b>急ぎ</b>"}

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

// leftFor wants that an agent may leave so many more notes.
func (d *ticketDesk) leftFor(t *testing.T, who agent.Agent, call string, want int) {
	t.Helper()
	over := new(ratelimit.Exceeded)
	for n := range want + 1 {
		_, err := d.Open(t.Context(), who, call, agent.TopicOther, "")
		if n < want && err != nil || n == want && (!errors.As(err, &over) || over.Name != ratelimit.AgentNote) {
			t.Fatalf("note %d of %d: %v", n+1, want, err)
		}
	}
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

// TestCounts: each figure is that of its rows, of that day in the incident's zone, without
// training, and for supervisors only.
func TestCounts(t *testing.T) {
	d := newTicketDesk(t)
	day := time.Date(2023, 7, 25, 0, 0, 0, 0, time.FixedZone("JST", 9*3600))
	tag := breach.Tag{1}
	row := func(at time.Duration, actor string, a audit.Action, o audit.Outcome, detail string) audit.Entry {
		e := audit.Entry{At: day.Add(at), Actor: audit.Actor{Kind: audit.Agent, ID: actor}, Action: a, Outcome: o, Detail: detail}
		if a == audit.Guess || a == audit.Disclosure {
			e.Tag, e.Purpose, e.Attempt = &tag, "phone", [16]byte{1}
		}
		return e
	}
	const min = time.Minute
	now := opening.Sub(day) // ten o'clock
	if err := d.db.Audit(d.keys).Append(t.Context(),
		row(-min, "sato/0", audit.CallOpen, audit.Done, "card"), // yesterday
		row(0, "sato/1", audit.CallOpen, audit.Done, "card"), row(min, "sato/1", audit.CallCode, audit.Done, ""),
		row(2*min, "sato/1", audit.Guess, audit.Refused, ""), row(3*min, "sato/1", audit.Guess, audit.Accepted, ""),
		row(3*min, "sato/1", audit.Disclosure, audit.Done, ""), row(4*min, "sato/1", audit.CallEnd, audit.Done, "told"),
		row(now-50*min, "ito/2", audit.CallOpen, audit.Done, "family"), row(now-14*min, "ito/2", audit.CallLetter, audit.Refused, ""), // open
		row(now-13*min, "ito/2", audit.CallLetter, audit.Done, ""), row(now-12*min, "ito/2", audit.Disclosure, audit.Refused, "not compared"),
		row(now-16*min, "sato/3", audit.CallOpen, audit.Done, "card"),                                                             // left
		row(now-61*min, "mori/4", audit.CallOpen, audit.Done, "media"), row(now-min, "mori/4", audit.CallAddress, audit.Done, ""), // over
		row(now, "sato/5", audit.CallOpen, audit.Done, "training"), row(now, "sato/5", audit.CallEnd, audit.Done, "training"),
		row(now, "sato/6", audit.CallForeign, audit.Refused, "of ito"), row(now, "sato", audit.AgentSignIn, audit.Refused, ""),
		row(now, "sato", audit.AgentSignIn, audit.Done, ""), row(now, "ito/2", audit.CanaryTouched, audit.Done, ""),
		row(24*time.Hour, "sato/7", audit.CallOpen, audit.Done, "card"), // tomorrow
	); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(t.Context(), sato, "live", agent.TopicDate, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RequestLetter(t.Context(), sato, "live", asked); err != nil {
		t.Fatal(err)
	}
	oldest := opening
	want := agent.Counts{
		Day:      day,
		Calls:    map[agent.Reason]int{agent.ReasonCard: 2, agent.ReasonFamily: 1, agent.ReasonMedia: 1},
		Outcomes: map[agent.Outcome]int{agent.OutcomeTold: 1}, Open: 1, CodesSent: 1, CodesRefused: 2, Proven: 1, LettersProven: 1, LettersRefused: 1,
		SignInsRefused: 1, LettersWaiting: 1, TicketsWaiting: 1, Oldest: &oldest, Canaries: 1, Foreign: 1,
		Agents: map[string]agent.Effort{"sato": {2, 1, 1, 1}, "ito": {1, 0, 1, 1}, "mori": {1, 0, 0, 0}},
	}
	got, err := d.Counts(t.Context(), chief, opening)
	if err != nil {
		t.Fatal(err)
	}
	wanted, _ := json.Marshal(want)
	if have, _ := json.Marshal(got); string(have) != string(wanted) {
		t.Errorf("counted\n%s, want\n%s", have, wanted)
	}
	must := chief
	must.MustChange = true
	for _, no := range []struct {
		who  agent.Agent
		want error
	}{{sato, agent.ErrRole}, {agent.Agent{Name: "x"}, agent.ErrRole}, {must, agent.ErrMustChange}} {
		if c, err := d.Counts(t.Context(), no.who, opening); !errors.Is(err, no.want) || c.Calls != nil {
			t.Errorf("%s: %+v, %v", no.who.Name, c, err)
		}
	}
	if _, err := d.raw(t).Exec(`UPDATE audit_entries SET seal = zeroblob(length(seal)) WHERE action = 'call_code'`); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Counts(t.Context(), chief, opening); !errors.Is(err, lookup.ErrCouldNotCheck) || c.Calls != nil {
		t.Errorf("with an altered row: %+v, %v", c, err)
	}
	if c, err := d.Counts(t.Context(), chief, opening.Add(24*time.Hour)); err != nil || c.Calls[agent.ReasonCard] != 1 {
		t.Errorf("the day after: %+v, %v", c, err)
	}
}
