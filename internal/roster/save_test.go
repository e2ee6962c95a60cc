package roster_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// office is the operator's machine: a database and the server's keys.
type office struct {
	db    *sqlstore.DB
	keys  *vault.Server
	store *sqlstore.Roster

	operator *vault.Operator
}

func newOffice(t testing.TB, incident [32]byte) office {
	t.Helper()
	ctx := t.Context()
	url := "sqlite:" + filepath.Join(t.TempDir(), "exposure.db")
	if err := sqlstore.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	server, owner, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.ParseServer(server)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := vault.ParseOperator(owner)
	if err != nil {
		t.Fatal(err)
	}
	return office{db: db, keys: keys, store: db.Roster(keys, incident), operator: operator}
}

func entry(action audit.Action) audit.Entry {
	return audit.Entry{
		At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "hana@office"}, Action: action, Outcome: audit.Done,
	}
}

// publish makes a version the one that answers, with its open records left open.
func (o office) publish(t *testing.T, version int64) {
	t.Helper()
	if _, err := o.store.DecideLater(t.Context(), version, "Hana", entry(audit.Review)); err != nil {
		t.Fatal(err)
	}
	p := sqlstore.Publication{By: "Hana", ApprovedBy: "Ken", OSUser: "hana", Host: "office"}
	if err := o.store.Publish(t.Context(), version, p, entry(audit.Publish)); err != nil {
		t.Fatal(err)
	}
}

func (o office) answer(t *testing.T, address string) breach.Answer {
	t.Helper()
	a, err := email.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	_, answer, err := o.store.Answer(t.Context(), o.keys.Tags(a))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Everybody of the real shop, looked up in a real database under every address.
func TestEverybodyIsFoundInTheStore(t *testing.T) {
	r, _ := importReal(t)
	o := newOffice(t, options(t).Incident.Digest)
	version, err := roster.Save(t.Context(), o.store, o.keys, o.operator, r, entry(audit.Import), nil)
	if err != nil {
		t.Fatal(err)
	}
	o.publish(t, version)
	want := map[string][]breach.Person{}
	for p := range r.People() {
		for _, e := range p.Emails {
			want[e.Address.Reveal()] = append(want[e.Address.Reveal()], breach.Person{
				Edge: e.Edge, Kind: p.Kind, Withdrawn: p.Withdrawn, Exposures: p.Exposures, Review: p.Review,
			})
		}
	}
	for address, people := range want {
		got := o.answer(t, address).Persons
		for i := range got {
			got[i].Ref = 0 // the store has numbers of its own
		}
		for _, list := range [][]breach.Person{people, got} {
			slices.SortFunc(list, func(a, b breach.Person) int {
				return strings.Compare(fmt.Sprint(a.Kind, a.Edge, a.Withdrawn, a.Exposures), fmt.Sprint(b.Kind, b.Edge, b.Withdrawn, b.Exposures))
			})
		}
		if diff := cmp.Diff(people, got); diff != "" {
			t.Errorf("an address (-want +got)\n%s", diff)
		}
	}
	if got := o.answer(t, "nobody@example.jp"); len(got.Persons) != 0 {
		t.Errorf("a stranger is %v", got)
	}
	stored, err := o.store.Version(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := roster.ParseSummary(stored.Summary)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Reconciliation, summary); diff != "" {
		t.Errorf("the stored summary (-want +got)\n%s", diff)
	}
	if string(summary.JSON(&version, true)) != string(r.JSON(&version, true)) {
		t.Error("reconcile would not print what import printed")
	}
	if _, err := roster.Save(t.Context(), o.store, o.keys, o.operator, r, entry(audit.Import), nil); !errors.Is(err, sqlstore.ErrSameFiles) {
		t.Errorf("the same files again: %v", err)
	}
}

// Two members with one mailbox are one answer of two people.
func TestASharedMailboxIsOneAnswer(t *testing.T) {
	r := tinyShop().add(roster.RoleMembers, "9,山田,夫,hanako@example.jp,,,,2,0,2021-01-01 00:00:00,").importIt(t)
	o := newOffice(t, options(t).Incident.Digest)
	version, err := roster.Save(t.Context(), o.store, o.keys, o.operator, r, entry(audit.Import), nil)
	if err != nil {
		t.Fatal(err)
	}
	o.publish(t, version)
	people := o.answer(t, "hanako@example.jp").Persons
	if len(people) != 2 || people[0].Ref >= people[1].Ref {
		t.Errorf("got %v", people)
	}
	if got := o.answer(t, "minoru@example.jp"); got.Listed() || len(got.Persons) != 1 || len(got.Persons[0].Review) != 1 {
		t.Errorf("somebody who only waits for a decision: %v", got)
	}
}

func TestNothingIsSavedWithRejects(t *testing.T) {
	r := tinyShop().add(roster.RoleItems, "100,A,B,C").importIt(t)
	o := newOffice(t, options(t).Incident.Digest)
	if _, err := roster.Save(t.Context(), o.store, o.keys, o.operator, r, entry(audit.Import), nil); !errors.Is(err, roster.ErrRejects) {
		t.Errorf("got %v", err)
	}
	if all, err := o.store.Versions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d versions, %v", len(all), err)
	}
}

// failing breaks off a staging at one of its steps.
type failing struct {
	*sqlstore.Roster
	step    string
	aborted *bool
}

type failingStaging struct {
	*sqlstore.Staging
	failing
}

var errBroken = errors.New("broken")

func (f failing) Stage(ctx context.Context, meta breach.VersionMeta) (failingStaging, error) {
	s, err := f.Roster.Stage(ctx, meta)
	return failingStaging{Staging: s, failing: f}, err
}

func (f failingStaging) AddPerson(ctx context.Context, p breach.StagedPerson) error {
	if f.step == "person" {
		return errBroken
	}
	return f.Staging.AddPerson(ctx, p)
}

func (f failingStaging) AddTag(ctx context.Context, tag breach.Tag, a breach.Answer) error {
	if f.step == "tag" {
		return errBroken
	}
	return f.Staging.AddTag(ctx, tag, a)
}

func (f failingStaging) Commit(ctx context.Context, e audit.Entry) (int64, error) {
	if f.step == "commit" {
		return 0, errBroken
	}
	return f.Staging.Commit(ctx, e)
}

func (f failingStaging) Abort(ctx context.Context) error {
	*f.aborted = true
	return f.Staging.Abort(ctx)
}

func TestABrokenSaveLeavesNothing(t *testing.T) {
	for _, step := range []string{"person", "tag", "commit"} {
		t.Run(step, func(t *testing.T) {
			o := newOffice(t, options(t).Incident.Digest)
			aborted := false
			st := failing{Roster: o.store, step: step, aborted: &aborted}
			if _, err := roster.Save(t.Context(), st, o.keys, o.operator, tinyShop().importIt(t), entry(audit.Import), nil); !errors.Is(err, errBroken) {
				t.Errorf("got %v", err)
			}
			all, err := o.store.Versions(t.Context())
			if err != nil || len(all) != 0 || !aborted {
				t.Errorf("%d versions, aborted %v, %v", len(all), aborted, err)
			}
		})
	}
}

// Names, postal addresses and e-mail addresses stay out of what a version keeps.
func TestTheSummaryHoldsNoCustomer(t *testing.T) {
	summary := string(tinyShop().importIt(t).Reconciliation.Summary())
	if i := slices.IndexFunc(customers, func(cell string) bool { return contains(summary, cell) }); i >= 0 {
		t.Errorf("the summary holds %q", customers[i])
	}
}
