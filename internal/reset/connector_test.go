package reset_test

import (
	"context"
	"slices"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/reset"
)

// mistaken is a shop that answers about others than it was asked for.
type mistaken struct {
	*liteShop
	mistake func([]reset.Held) []reset.Held
}

func (m mistaken) Read(ctx context.Context, ids []string) ([]reset.Held, error) {
	held, err := m.liteShop.Read(ctx, ids)
	return m.mistake(held), err
}

// oneVersion is the store with a version of the roster that has these members.
type oneVersion struct {
	reset.PlanStore
	members []reset.Member
}

func (v oneVersion) Members(context.Context, int64, func(breach.Person) bool) ([]reset.Member, error) {
	return v.members, nil
}

// TestAShopThatMistakesMembers: what it says of others is taken for nobody's: no password
// goes, no reset is completed, nothing is planned.
func TestAShopThatMistakesMembers(t *testing.T) {
	for name, mistake := range map[string]func([]reset.Held) []reset.Held{
		"one too few":    func(all []reset.Held) []reset.Held { return all[1:] },
		"one too many":   func(all []reset.Held) []reset.Held { return append(all, all[0]) },
		"in wrong order": func(all []reset.Held) []reset.Held { slices.Reverse(all); all[0].MemberID += "0"; return all },
	} {
		b := newBench(t, "1", "2")
		b.redeems(t, "1")
		b.shop.sets(t, "1", "new")
		shop := mistaken{b.shop, mistake}
		held := func(context.Context) (bool, error) { return false, nil }
		if err := reset.NewEnforcer(reset.EnforcerConfig{Resets: b.store, Connector: shop, Now: b.now, Held: held}).Turn(t.Context()); err == nil {
			t.Errorf("%s: the enforcer works with it", name)
		}
		if _, err := reset.NewService(b.store, shop, b.now).Complete(t.Context(), "shop", "1"); err == nil {
			t.Errorf("%s: a reset is completed on it", name)
		}
		members := oneVersion{b.store, []reset.Member{{ID: "1"}, {ID: "2"}}}
		if _, err := reset.NewDraft(t.Context(), members, shop, 1, nil, b.now()); err == nil {
			t.Errorf("%s: a plan is drawn up on it", name)
		}
		if b.state(t, "1") != breach.ResetTicketIssued || b.state(t, "2") != breach.ResetRequired || b.shop.password(t, "2") != "old" {
			t.Errorf("%s: they are %s and %s, password %q", name, b.state(t, "1"), b.state(t, "2"), b.shop.password(t, "2"))
		}
	}
}
