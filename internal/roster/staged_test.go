package roster_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
)

// watched is the real store; it also keeps what was staged.
type watched struct {
	*sqlstore.Roster
	people  *[]breach.StagedPerson
	reviews *[]breach.StagedReview
}

type watchedStaging struct {
	*sqlstore.Staging
	watched
}

func (w watched) Stage(ctx context.Context, meta breach.VersionMeta) (watchedStaging, error) {
	s, err := w.Roster.Stage(ctx, meta)
	return watchedStaging{Staging: s, watched: w}, err
}

func (w watchedStaging) AddPerson(ctx context.Context, p breach.StagedPerson) error {
	*w.people = append(*w.people, p)
	return w.Staging.AddPerson(ctx, p)
}

func (w watchedStaging) AddReview(ctx context.Context, r breach.StagedReview) error {
	*w.reviews = append(*w.reviews, r)
	return w.Staging.AddReview(ctx, r)
}

// counting is a progress that adds up.
type counting struct{ begun, total, done, ended int64 }

func (c *counting) Begin(_ string, total int64) { c.begun++; c.total += total }
func (c *counting) Add(n int64)                 { c.done += n }
func (c *counting) End()                        { c.ended++ }

func (o office) stage(t *testing.T, r *roster.Result) ([]breach.StagedPerson, []breach.StagedReview) {
	t.Helper()
	var people []breach.StagedPerson
	var reviews []breach.StagedReview
	progress := &counting{}
	st := watched{Roster: o.store, people: &people, reviews: &reviews}
	if _, err := roster.Save(t.Context(), st, o.keys, o.operator, r, entry(audit.Import), progress); err != nil {
		t.Fatal(err)
	}
	all := int64(r.Size())
	for p := range r.People() {
		if len(p.Exposures) > 0 {
			all++ // once more, for the contact
		}
	}
	if want := (counting{2, all, all, 2}); *progress != want {
		t.Errorf("progress %+v, want %+v", *progress, want)
	}
	return people, reviews
}

// What a version keeps for the operator opens with the operator's key and the handle only,
// and names the same people and records in the next version.
func TestWhatAVersionKeepsForTheOperator(t *testing.T) {
	o := newOffice(t, options(t).Incident.Digest)
	shop := doubtful()
	shop.edit = func(o *roster.Options) {
		o.Decided = deciding("staff_keyed_order/order/103:purchaser", breach.DecidedOut)
	}
	r := shop.importIt(t)
	people, reviews := o.stage(t, r)
	for p := range r.People() {
		at := slices.IndexFunc(people, func(s breach.StagedPerson) bool { return s.Handle == o.keys.PersonHandle(p.Key) })
		if at < 0 {
			t.Fatalf("person %d was not staged", p.Ref)
		}
		staged := people[at]
		if staged.Ref != int64(at+1) || at > 0 && bytes.Compare(people[at-1].Handle[:], staged.Handle[:]) >= 0 {
			t.Errorf("person %d was staged as %d: numbers go by handles", p.Ref, staged.Ref)
		}
		plain, err := o.operator.OpenEvidence(staged.Evidence, staged.Handle[:])
		if err != nil {
			t.Fatal(err)
		}
		if list, err := roster.DecodeEvidence(plain); err != nil || !slices.Equal(list, r.Evidence(p.Ref)) {
			t.Errorf("person %d: %v, %v", p.Ref, list, err)
		}
		if _, err := o.operator.OpenEvidence(staged.Evidence, people[staged.Ref%int64(len(people))].Handle[:]); err == nil {
			t.Errorf("the evidence of person %d opens as somebody else's", p.Ref)
		}
	}
	var ids, applied []string
	for _, s := range reviews {
		plain, err := o.operator.OpenEvidence(s.Sealed, s.Handle[:])
		if err != nil {
			t.Fatal(err)
		}
		record, err := roster.DecodeReview(plain)
		if err != nil || s.Handle != o.keys.RecordHandle(record.ID) || s.Reason != record.Reason {
			t.Errorf("a record came back as %+v, %v", record, err)
		}
		ids = append(ids, record.ID)
		if s.Applied != "" {
			applied = append(applied, record.ID+" "+string(s.Applied))
		}
	}
	if _, all := openRecords(r); !cmp.Equal(all, ids) || !cmp.Equal(applied, []string{"staff_keyed_order/order/103:purchaser out"}) {
		t.Errorf("records %q, applied %q", ids, applied)
	}

	// The same shop another day: one address less, one decision less.
	again, _ := o.stage(t, doubtful().replace(roster.RoleMembers, "hanako@mobile.example.jp", "").importIt(t))
	for _, p := range people {
		i := slices.IndexFunc(again, func(q breach.StagedPerson) bool { return q.Handle == p.Handle })
		if i < 0 {
			t.Fatalf("person %d has another handle", p.Ref)
		}
		if moved := again[i].Reach != p.Reach; moved != (p.Handle == o.keys.PersonHandle("M:1")) {
			t.Errorf("person %d: other addresses: %v", p.Ref, moved)
		}
	}
}
