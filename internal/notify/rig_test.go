package notify_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/notify"
	"exposure/internal/vault"
)

// town is who is on the lists of a version.
type town struct {
	server   *vault.Server
	operator *vault.Operator
	people   []breach.ListedPerson
	live     map[breach.Handle]bool
}

func newTown(t testing.TB) *town {
	t.Helper()
	s, o, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server, err := vault.ParseServer(s)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := vault.ParseOperator(o)
	if err != nil {
		t.Fatal(err)
	}
	return &town{server: server, operator: operator, live: map[breach.Handle]bool{}}
}

func (w *town) Listed(_ context.Context, _ int64, visit func(breach.ListedPerson) error) error {
	for _, p := range w.people {
		if err := visit(p); err != nil {
			return err
		}
	}
	return nil
}

func (w *town) Live(context.Context, int64) (map[breach.Handle]bool, error) { return w.live, nil }

func handle(name string) breach.Handle { return sha256.Sum256([]byte(name)) }

// add puts somebody on the lists: name|postal code|address|e-mail address.
func (w *town) add(t testing.TB, id string, kind breach.PersonKind, contact string) {
	t.Helper()
	p := strings.Split(contact+"|||", "|")
	c := breach.PersonContact{Name: p[0], PostalCode: p[1], Address: p[2]}
	if p[3] != "" {
		a, err := email.Parse(p[3])
		if err != nil {
			t.Fatal(err)
		}
		c.Emails = append(c.Emails, a)
	}
	w.people = append(w.people, breach.ListedPerson{
		Handle: handle(id), Kind: kind, Mail: p[3] != "", Sealed: w.server.SealForOperator(breach.ContactLabel, c.Bytes()),
	})
}

func (w *town) plan(t testing.TB, o notify.Order) notify.Plan {
	t.Helper()
	looked := 0
	plan, err := notify.Planner{
		People: w, Opener: w.operator, Tags: w.server.Tags, Progress: func(n int) { looked += n },
		Fold: func(p notify.Place) notify.Place {
			clean := strings.NewReplacer(" ", "", "-", "", "－", "", "〒", "")
			return notify.Place{Name: clean.Replace(p.Name), PostalCode: clean.Replace(p.PostalCode), Address: clean.Replace(p.Address)}
		},
	}.Plan(t.Context(), 7, w.server.TagKeyID(), o)
	if err != nil {
		t.Fatal(err)
	}
	if looked != len(w.people) || plan.Listed != looked || plan.Version != 7 {
		t.Errorf("looked at %d of %d people: %+v", looked, len(w.people), plan)
	}
	return plan
}

// told is a plan in words.
func told(p notify.Plan) (all []string) {
	for _, l := range p.Letters {
		all = append(all, fmt.Sprintf("%s: %s %s %s %s", l.Kind, l.To.Name, l.To.PostalCode, l.To.Address, strings.Join(l.Tickets, "+")))
	}
	for _, h := range p.ByHand {
		all = append(all, fmt.Sprintf("by hand, %s: %s %s %s", h.Reason, h.To.Name, strings.Join(h.Tickets, "+"), h.Note))
	}
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

func wants(t *testing.T, p notify.Plan, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, told(p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
