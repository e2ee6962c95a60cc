package roster_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

const listHeader = "person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n"

func importList(t *testing.T, example, text string, edit func(*roster.Options)) (*roster.Result, error) {
	t.Helper()
	src, err := incident.Example(example)
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse(example+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "approved.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := roster.Options{Incident: in}
	if edit != nil {
		edit(&o)
	}
	return roster.ImportList(t.Context(), path, o)
}

func TestTheTemplateIsAnApprovedList(t *testing.T) {
	r, err := importList(t, "tougyoku-2023", roster.ListTemplate(), nil)
	if err != nil {
		t.Fatal(err)
	}
	hanako := find(t, r, "M:1042")
	if got := toldOf(hanako); cohortsOf(hanako) != "card member purchaser" || got.Cards != 2 || strings.Join(got.Flags, " ") != "birth? engraved gender" {
		t.Errorf("got %+v", got)
	}
	if got := edgesOf(hanako); got["hanako@example.jp"] != breach.EdgeLogin || got["hanako.mobile@example.ne.jp"] != breach.EdgeOther {
		t.Errorf("addresses %v", got)
	}
	if !hanako.FirstNotice || hanako.MemberID != "1042" {
		t.Errorf("got %+v", hanako)
	}
	if got := certainty(find(t, r, "G:taro@example.jp"), "engraved_name_and_birth_date"); got != breach.PossibleIfEntered {
		t.Errorf("engraved is %s", got)
	}
	if got := r.Reconciliation; got.Total.Found != 3 || got.UnreachableByEmail != 1 || !got.Differs {
		t.Errorf("reconciled as %s", r.JSON(nil, false))
	}
}

func TestAnApprovedListOfAnotherIncident(t *testing.T) {
	r, err := importList(t, "harbour-2024", listHeader+
		"1,guest,ann@books.example,,,subscriber,direct_debit,,,,,,\r\n"+
		"2,guest,\"bob@books.example; ann@books.example\",,,subscriber;borrower,,,0,,,,\r\n"+
		"3,guest,not an address,,,borrower,,,,,,,\r\n"+
		"4,guest,cy@books.example,,,subscriber,direct_debit?,,,,,,\r\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]breach.Certainty{"1": breach.Possible, "2": "absent", "4": breach.PossibleIfEntered} {
		if got := certainty(find(t, r, key), "bank_account"); got != want {
			t.Errorf("%s: bank account %s, want %s", key, got, want)
		}
	}
	if got := r.Reconciliation; got.Total.Found != 4 || got.UnreachableByEmail != 1 || got.UnreadableAddresses != 1 || got.SharedAddresses != 1 {
		t.Errorf("reconciled as %+v", got)
	}
}

func TestMistakesInAnApprovedList(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		says string
	}{
		"a column is missing":        {strings.Replace(listHeader, ",flags", "", 1), "line 1, column flags: the column is missing"},
		"a column nobody knows":      {strings.Replace(listHeader, "flags", "phone", 1), "line 1: the name of column 7"},
		"a column twice":             {strings.Replace(listHeader, "flags", "cards", 1), "column cards: the column occurs twice"},
		"no key":                     {listHeader + ",guest,a@example.jp,,,purchaser,,,,,,,\n", "line 2, column person_key"},
		"a key twice":                {listHeader + "1,guest,,,,purchaser,,,,,,,\n1,guest,,,,purchaser,,,,,,,\n", "line 3, column person_key"},
		"a kind nobody knows":        {listHeader + "1,user,,,,purchaser,,,,,,,\n", "column kind"},
		"a cohort nobody knows":      {listHeader + "1,guest,,,,buyers,,,,,,,\n", "column cohorts: it names a cohort"},
		"in no cohort":               {listHeader + "1,guest,,,,,,,,,,,\n", "column cohorts: it names none"},
		"a flag of another cohort":   {listHeader + "1,guest,,,,purchaser,gender,,,,,,\n", "column flags"},
		"cards without a card":       {listHeader + "1,guest,,,,purchaser,,2,,,,,\n", "column cards: no cohort"},
		"cards that are no number":   {listHeader + "1,guest,,,,card,,two,,,,,\n", "column cards: it must be"},
		"withdrawn perhaps":          {listHeader + "1,guest,,,,card,,,maybe,,,,\n", "column withdrawn"},
		"a member without an id":     {listHeader + "1,member,,,,member,,,,,,,\n", "column member_id"},
		"a guest with a login":       {listHeader + "1,guest,,a@example.jp,,purchaser,,,,,,,\n", "column login_email"},
		"a recipient with a mailbox": {listHeader + "1,recipient,a@example.jp,,,recipient,,,,,,,\n", "column emails"},
		"a time without an offset":   {listHeader + "1,guest,,,,card,,,,2023-04-05 10:00:00,,,\n", "column first_notice_at: the time has no offset"},
		"a time that is none":        {listHeader + "1,guest,,,,card,,,,April,,,\n", "column first_notice_at: it is no time"},
		"a notice after the notice":  {listHeader + "1,guest,,,,card,,,,2023-04-06T00:00:00+09:00,,,\n", "column first_notice_at: it lies after"},
		"a card number":              {listHeader + "1,guest,,,,card,,,,,花子 " + pan + ",,\n", "column name: it holds a card number"},
		"too many columns":           {listHeader + "1,guest,,,,card,,,,,,,,\n", "line 2: it has 14 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := importList(t, "tougyoku-2023", c.text, nil)
			var list *roster.ListError
			if !errors.Is(err, roster.ErrList) || !errors.As(err, &list) {
				t.Fatalf("got %v, %v", r, err)
			}
			if !strings.Contains(err.Error(), "approved.csv "+c.says) && !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error does not say %q:\n%v", c.says, err)
			}
			if strings.Contains(err.Error(), "example.jp") || strings.Contains(err.Error(), pan) {
				t.Errorf("the error repeats a cell:\n%v", err)
			}
		})
	}
}

func TestADeclaredZoneAllowsTimesWithoutAnOffset(t *testing.T) {
	row := listHeader + "1,guest,,,,card,,,,2023-04-05 23:59:59,,,\n"
	r, err := importList(t, "tougyoku-2023", row, func(o *roster.Options) { o.Zone = location(t, "Asia/Tokyo") })
	if err != nil || !find(t, r, "1").FirstNotice {
		t.Errorf("got %v", err)
	}
}

// Somebody who was told first and is in no cohort after all waits for a decision.
func TestFirstNoticeWithoutACohort(t *testing.T) {
	r, err := importList(t, "tougyoku-2023", listHeader+"1,guest,a@example.jp,,,,,,,2023-04-05T10:00:00+09:00,,,\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := waitsFor(find(t, r, "1")); got != "first_notice_only:card+purchaser" || r.Reconciliation.Review[0].People != 1 {
		t.Errorf("waits for %q, %+v", got, r.Reconciliation.Review)
	}
}
