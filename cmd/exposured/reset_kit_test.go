package main

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// desk is what the operator and the shop's programs do beside a running server: they
// have the same file open.
type desk struct {
	*sqlstore.Resets
	db       *sqlstore.DB
	keys     *vault.Server
	incident *breach.Incident
	version  int64
	shop     *reset.Service
}

// openDesk plans the resets of everybody whom the published version asks.
func openDesk(t *testing.T, s site) *desk {
	t.Helper()
	in, err := incident.Load(s.incident)
	must(t, err)
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	published, err := db.Roster(keys, in.Digest).Published(t.Context())
	must(t, err)
	d := &desk{Resets: db.Resets(keys), db: db, keys: keys, incident: in, version: published.ID}
	d.shop = reset.NewService(d.Resets, nil, nil)
	members, err := d.Members(t.Context(), d.version, in.AsksReset)
	must(t, err)
	var planned []reset.Planned
	for _, m := range members {
		planned = append(planned, reset.Planned{MemberID: m.ID, Withdrawn: m.Withdrawn, Fingerprint: keys.PasswordFingerprint(m.ID, []byte("old"))})
	}
	_, err = d.Plan(t.Context(), operatorEntry(audit.ResetPlan), planned)
	must(t, err)
	return d
}

func operatorEntry(a audit.Action) audit.Entry {
	return audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

func (d *desk) step(t *testing.T, a audit.Action, step reset.Step, ids ...string) {
	t.Helper()
	_, err := d.Change(t.Context(), operatorEntry(a), ids, step)
	must(t, err)
}

func (d *desk) order(t *testing.T, ids ...string) {
	t.Helper()
	d.step(t, audit.ResetOrder, func(r breach.Reset) (breach.Reset, error) { return r.Order(time.Now()), nil }, ids...)
}

func (d *desk) state(t *testing.T, id string) breach.ResetState {
	t.Helper()
	r, err := d.Get(t.Context(), id)
	must(t, err)
	return r.State
}

func (d *desk) contact(t *testing.T, id, address string) {
	t.Helper()
	a, err := email.Parse(address)
	must(t, err)
	c := reset.Contact{MemberID: id, Tags: d.keys.Tags(a), By: "Sato", ApprovedBy: "Ito"}
	must(t, d.AddContact(t.Context(), d.version, c, operatorEntry(audit.ContactAdd)))
}

// member is a person of the shop who is asked for a new password.
type member struct{ id, login, other string }

// membersOf are members of the shop who log in with an address that is nobody else's; with
// another address of theirs, too, if it is asked for.
func membersOf(shop *demo.Shop, withdrawn, other bool) (all []member) {
	of := map[string]int{}
	for _, p := range shop.People() {
		for _, e := range p.Emails {
			of[e]++
		}
	}
	for _, p := range shop.People() {
		if p.Kind != "member" || p.Withdrawn != withdrawn || p.Provisional || !slices.Contains(p.Cohorts, "member") || len(p.Emails) == 0 {
			continue
		}
		m := member{id: strconv.Itoa(p.MemberID), login: p.Emails[0]}
		if len(p.Emails) > 1 {
			m.other = p.Emails[1]
		}
		if of[m.login] == 1 && (!other || m.other != "" && of[m.other] == 1) {
			all = append(all, m)
		}
	}
	return all
}

// askReset asks for the way to a new password.
func (b *browser) askReset(t *testing.T, session string) reply {
	t.Helper()
	return b.do(t, http.MethodPost, "/v1/password-reset", session, nil)
}

// ticketOf is the ticket of an answer that gives one.
func ticketOf(t *testing.T, d *desk, r reply) string {
	t.Helper()
	if r.status != http.StatusCreated {
		t.Fatalf("asking for a new password: %d %s", r.status, r.body)
	}
	var got wire.PasswordReset
	r.decode(t, &got)
	u, err := url.Parse(got.Url)
	must(t, err)
	ticket := u.Query().Get("ticket")
	q := u.Query()
	q.Del("ticket")
	u.RawQuery = q.Encode()
	if u.String() != d.incident.ResetURL || len(ticket) != 43 {
		t.Fatalf("the way to a new password is %s", got.Url)
	}
	if left := time.Until(got.ExpiresAt); left > 15*time.Minute || left < 14*time.Minute {
		t.Errorf("it is good for %v", left)
	}
	return ticket
}

func (b *browser) report(t *testing.T, session string) wire.Report {
	t.Helper()
	r := b.do(t, http.MethodGet, "/v1/report", session, nil)
	if r.status != http.StatusOK {
		t.Fatalf("reading the report: %d %s", r.status, r.body)
	}
	var got wire.Report
	r.decode(t, &got)
	return got
}
