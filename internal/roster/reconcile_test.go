package roster_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/width"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

func TestEverybodyIsCountedOnce(t *testing.T) {
	s := tinyShop().
		add(roster.RoleOrders,
			// No readable address: a letter. And nothing at all about where somebody is: neither.
			"110,0,,無,名子,ム,ナコ,,530,0009,大阪府,北区,9-9,銀行振込,5,0,2022-01-01 00:00:00,10",
			"111,0,,宛,無子,アテ,ナシコ,not an address,,,,,,銀行振込,5,0,2022-01-01 00:00:00,10")
	r := s.importIt(t).Reconciliation
	want := []roster.Group{
		{Cohorts: []breach.CohortID{"card", "purchaser"}, People: 1}, // ichiro
		{Cohorts: []breach.CohortID{"member", "purchaser"}, People: 1},
		{Cohorts: []breach.CohortID{"member"}, People: 2},
		{Cohorts: []breach.CohortID{"purchaser"}, People: 2},
		{Cohorts: []breach.CohortID{"recipient"}, People: 1},
	}
	if diff := cmp.Diff(want, r.Groups); diff != "" {
		t.Errorf("groups (-want +got)\n%s", diff)
	}
	if want := (roster.Channels{Email: 4, LetterOnly: 2, None: 1}); r.Channels != want || r.UnreachableByEmail != 3 {
		t.Errorf("channels %+v, %d without e-mail; want %+v", r.Channels, r.UnreachableByEmail, want)
	}
	if r.Total.Found != 7 {
		t.Errorf("%d people", r.Total.Found)
	}
}

func TestMailboxesOfSeveralPeople(t *testing.T) {
	// Three registrations with one mailbox, one of them with a second shared one.
	r := tinyShop().add(roster.RoleMembers,
		"20,家,族,family@example.jp,,,,2,0,2020-01-01 00:00:00,",
		"21,家,母,family@example.jp,second@example.jp,,,2,0,2020-01-01 00:00:00,",
		"22,家,父,FAMILY@example.jp,,,,2,0,2020-01-01 00:00:00,",
		"23,隣,人,second@example.jp,,,,2,0,2020-01-01 00:00:00,").importIt(t).Reconciliation
	if r.SharedAddresses != 2 || r.SharedBy != 4 {
		t.Errorf("%d mailboxes of %d people, want 2 of 4", r.SharedAddresses, r.SharedBy)
	}
}

// People with one name and address under several keys are counted, and stay apart.
func TestPossibleDuplicates(t *testing.T) {
	order := func(id, name, mail, address string) string {
		return id + ",0,," + name + ",,," + mail + ",530,0007,大阪府,北区," + address + ",銀行振込,5,0,2022-01-01 00:00:00,10"
	}
	for name, c := range map[string]struct {
		orders, deliveries []string
		want               roster.Duplicates
	}{
		"nobody": {},
		"one buyer, two orders, one address": {[]string{order("300", "双,子", "a@example.jp", "7-7"), order("301", "双,子", "a@example.jp", "7-7")},
			nil, roster.Duplicates{}},
		"one name and address, two mailboxes": {[]string{order("300", "双,子", "a@example.jp", "7-7"), order("301", "双,子", "b@example.jp", "７－７")},
			nil, roster.Duplicates{People: 2, Groups: 1}},
		"two people of one name, far apart": {[]string{order("300", "双,子", "a@example.jp", "7-7"), order("301", "双,子", "b@example.jp", "8-8")},
			nil, roster.Duplicates{}},
		"somebody who bought, and got something from another": {[]string{order("300", "双,子", "a@example.jp", "7-7")},
			[]string{"101,1,双,子,,,530,0007,大阪府,北区,7-7"}, roster.Duplicates{People: 2, Groups: 1}},
		"a buyer on no list": {[]string{order("300", "双,子", "a@example.jp", "7-7"),
			strings.ReplaceAll(order("301", "双,子", "b@example.jp", "7-7"), "2022-01-01", "2023-05-01")}, nil, roster.Duplicates{}},
	} {
		t.Run(name, func(t *testing.T) {
			before := tinyShop().importIt(t).Reconciliation.Duplicates
			r := tinyShop().add(roster.RoleOrders, c.orders...).add(roster.RoleDeliveries, c.deliveries...).importIt(t).Reconciliation
			got := roster.Duplicates{People: r.Duplicates.People - before.People, Groups: r.Duplicates.Groups - before.Groups}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDecisionsAndWhatWasAcceptedAreAccountedFor(t *testing.T) {
	s := tinyShop()
	s.edit = func(o *roster.Options) {
		o.Files.Deliveries, o.AcceptMissing = "", []string{"deliveries", "性別", "誕生日"}
		o.NotCard = []string{"備考"}
		o.Decided = func(id string) breach.Decision {
			if strings.HasPrefix(id, "staff_keyed_order/") {
				return breach.DecidedOut
			}
			return breach.DecidedLater
		}
	}
	s.replace(roster.RoleMembers, ",性別,", ",何か,")
	r := s.importIt(t)
	want := []roster.DecisionCount{{Reason: breach.AbandonedCardAttempt, Later: 1}, {Reason: breach.StaffKeyedOrder, Out: 1}}
	if diff := cmp.Diff(want, r.Reconciliation.Decisions); diff != "" {
		t.Errorf("decisions (-want +got)\n%s", diff)
	}
	open := []roster.ReviewCount{{Reason: breach.AbandonedCardAttempt, People: 1, Records: 1}}
	if diff := cmp.Diff(open, r.Reconciliation.Review); diff != "" {
		t.Errorf("still open (-want +got)\n%s", diff)
	}
	// The birth date is there: that its lack was accepted is nobody's concern.
	accepted := roster.Accepted{Missing: []string{"性別 (members.csv)", "deliveries file"}, NotCard: []string{"備考 (members.csv)"}}
	if diff := cmp.Diff(accepted, r.Reconciliation.Accepted); diff != "" {
		t.Errorf("accepted (-want +got)\n%s", diff)
	}
	text := written(t, func(b *bytes.Buffer) error { return r.WriteTable(b) })
	for _, part := range []string{"Accepted by the operator", "性別 (members.csv), deliveries file", "備考 (members.csv)", "Later 保留"} {
		if !strings.Contains(text, part) {
			t.Errorf("the table does not say %q:\n%s", part, text)
		}
	}
	if strings.Contains(text, "before this can be published") {
		t.Error("asks for a decision about what was put off")
	}
}

func TestFilesAreNamed(t *testing.T) {
	s := tinyShop()
	s.first = "ichiro@example.jp\n101\n"
	r := s.importIt(t).Reconciliation
	var got []string
	for _, f := range r.Files {
		got = append(got, f.Name+" "+string(f.Role)+" "+f.Encoding+" "+itoa(f.Rows))
	}
	want := []string{"members.csv members UTF-8 4", "orders.csv orders UTF-8 4", "items.csv items UTF-8 2",
		"deliveries.csv deliveries UTF-8 3", "settlements.csv settlements UTF-8 3", "first.txt first_notice UTF-8 2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.HasPrefix(r.Files[1].Layout, "EC-CUBE 2") {
		t.Errorf("the orders are of %q", r.Files[1].Layout)
	}
}

// Scripts rely on the keys and their order: what else a summary holds is not in there.
func TestTheFixedFormStaysFixed(t *testing.T) {
	r := tinyShop().importIt(t)
	var top map[string]any
	if err := json.Unmarshal(r.JSON(nil, false), &top); err != nil {
		t.Fatal(err)
	}
	want := []string{"cohorts", "committed", "differs", "overlaps", "rejects", "review", "total", "unreachable_by_email", "version"}
	if got := slices.Sorted(maps.Keys(top)); !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
	back, err := roster.ParseSummary(r.Reconciliation.Summary())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Reconciliation, back); diff != "" {
		t.Errorf("the summary loses something (-want +got)\n%s", diff)
	}
}

func TestTheTableOfTheShop(t *testing.T) {
	needShop(t)
	r, err := roster.ImportShop(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := (roster.Channels{Email: 1057, LetterOnly: 187}); r.Reconciliation.Channels != want {
		t.Errorf("channels %+v, want %+v", r.Reconciliation.Channels, want)
	}
	text := written(t, func(b *bytes.Buffer) error { return r.WriteTable(b) })
	verdict := "Nothing differs from what was announced. 公表した数と一致しています。\n" +
		"  1244 people are on a list: 1057 can be reached by e-mail, 187 by letter only.\n" +
		"  対象は1244人（メール1057人、書状だけ187人）。\n" +
		"  18 records wait for a decision before this can be published.\n" +
		"  公開する前に、18件の判断が必要です。\n"
	if !strings.HasPrefix(text, verdict+"\n") || !strings.HasSuffix(text, "\n"+verdict) {
		t.Errorf("the verdict does not stand first and last:\n%s", text)
	}
	once := 0
	for _, g := range r.Reconciliation.Groups {
		once += g.People
	}
	if once != 1244 || len(r.Reconciliation.Groups) != 6 {
		t.Errorf("%d people in %d groups", once, len(r.Reconciliation.Groups))
	}
	for p := range r.People() {
		for _, e := range p.Emails {
			if strings.Contains(text, e.Address.Reveal()) {
				t.Fatal("the table shows an address")
			}
		}
	}
}

// Columns of numbers end at the same place, by what a terminal shows.
func TestTablesAlign(t *testing.T) {
	r := tinyShop().importIt(t)
	text := written(t, func(b *bytes.Buffer) error { return r.WriteTable(b) }) + surveyTable(t, tinyShop().survey(t, nil))
	tables := 0
	for _, block := range strings.Split(text, "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		if len(lines) < 2 || !strings.HasSuffix(lines[0], "数") && !strings.HasSuffix(lines[0], "行") {
			continue
		}
		tables++
		for _, line := range lines[1:] {
			if cells(line) != cells(lines[0]) {
				t.Errorf("not aligned:\n%s", block)
				break
			}
		}
	}
	if tables < 5 {
		t.Errorf("only %d tables were looked at", tables)
	}
}

// cells is the width of a line on a terminal, told apart from the table's own measure by
// not caring for marks: there are none in these words.
func cells(line string) int {
	n := 0
	for _, r := range line {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

func TestPossibleDuplicatesOnAnApprovedList(t *testing.T) {
	r, err := importList(t, "harbour-2024", listHeader+
		"1,guest,a@books.example,,,borrower,,,,,Ann Lee,1000001,1 Quay Street\r\n"+
		"2,guest,b@books.example,,,borrower,,,,,Ann  Lee,100-0001,1 Quay Street\r\n"+
		"3,guest,c@books.example,,,borrower,,,,,Ann Lee,1000001,2 Quay Street\r\n"+
		"4,guest,d@books.example,,,borrower,,,,,,,\r\n5,guest,e@books.example,,,borrower,,,,,,,\r\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Reconciliation.Duplicates, (roster.Duplicates{People: 2, Groups: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if f := r.Reconciliation.Files; len(f) != 1 || f[0].Role != "list" || f[0].Rows != 5 {
		t.Errorf("files %+v", f)
	}
}
