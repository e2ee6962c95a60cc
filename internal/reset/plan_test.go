package reset_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

// rosterOf has these members and is a real store otherwise.
type rosterOf struct {
	*sqlstore.Resets
	members []reset.Member
}

func (r rosterOf) Members(context.Context, int64, func(breach.Person) bool) ([]reset.Member, error) {
	return r.members, nil
}

// TestMembersWhoCannotBeNamed: nobody is planned whom the shop's programs could not ask about.
// Who would be exempt anyway, or was ordered before, stands in nobody's way.
func TestMembersWhoCannotBeNamed(t *testing.T) {
	g := newShopRig(t, nil, "1", "an old one")
	for name, c := range map[string]struct {
		members []reset.Member
		refused string
	}{
		"as shops number":    {[]reset.Member{{ID: "1"}, {ID: "A-2_b.3"}, {ID: strings.Repeat("9", 64)}}, ""},
		"withdrawn":          {[]reset.Member{{ID: "2"}, {ID: "店 1", Withdrawn: true}}, ""},
		"ordered before":     {[]reset.Member{{ID: "2"}, {ID: "an old one"}}, ""},
		"a blank, an at":     {[]reset.Member{{ID: "2"}, {ID: "a b"}, {ID: "a@example.com"}}, ": 2 of them."},
		"dots, and too long": {[]reset.Member{{ID: "."}, {ID: ".."}, {ID: strings.Repeat("9", 65)}}, ": 3 of them."},
	} {
		draft, err := reset.NewDraft(t.Context(), rosterOf{g.store, c.members}, nil, 1, func(breach.Person) bool { return true }, start)
		switch {
		case c.refused == "" && (err != nil || draft.Size() < len(c.members)):
			t.Errorf("%s: %v", name, err)
		case c.refused != "" && (!errors.Is(err, reset.ErrMemberIDs) || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %v, want a refusal with %q", name, err, c.refused)
		}
	}
}
