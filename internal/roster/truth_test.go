package roster_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

// rows reads one of the answer files that come with the exports.
func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(shopData + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = r[i]
		}
		out = append(out, m)
	}
	return out
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	out := strings.Split(s, ";")
	slices.Sort(out)
	return out
}

// told is what a roster and the truth can be compared by.
type told struct {
	Key, Kind, MemberID string
	Emails, Cohorts     []string
	Flags               []string
	Cards               int
	Withdrawn           bool
}

func toldOf(p roster.Person) told {
	x := told{Key: p.Key, Kind: string(p.Kind), MemberID: p.MemberID, Withdrawn: p.Withdrawn}
	for _, e := range p.Emails {
		x.Emails = append(x.Emails, e.Address.Reveal())
	}
	for _, e := range p.Exposures {
		x.Cohorts = append(x.Cohorts, string(e.Cohort))
		x.Cards += e.Cards
		for _, c := range e.Categories {
			flag, ok := map[breach.CategoryID]string{"gender": "gender", "birth_date": "birth", "engraved_name_and_birth_date": "engraved"}[c.Category]
			switch {
			case ok && c.Certainty == breach.Possible:
				x.Flags = append(x.Flags, flag)
			case ok:
				x.Flags = append(x.Flags, flag+"?")
			}
		}
	}
	slices.Sort(x.Emails)
	slices.Sort(x.Cohorts)
	slices.Sort(x.Flags)
	return x
}

func toldByTruth(row map[string]string) told {
	x := told{
		Key: row["person_key_csv"], Kind: row["kind"], MemberID: row["member_id"], Emails: split(row["emails"]),
		Cohorts: split(row["cohorts"]), Withdrawn: row["withdrawn"] == "1", Cards: len(split(row["card_tokens"])),
	}
	if x.Kind == "guest" {
		x.MemberID = "" // a later registration that is in no list
	}
	if row["member_birth"] == "1" {
		x.Flags = append(x.Flags, "birth")
	}
	if slices.Contains(split(row["flags"]), "engraved") {
		x.Flags = append(x.Flags, "engraved")
	}
	if row["member_gender"] == "1" {
		x.Flags = append(x.Flags, "gender")
	}
	return x
}

func importReal(t *testing.T) (*roster.Result, map[string]roster.Person) {
	t.Helper()
	needShop(t)
	r, err := roster.ImportShop(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]roster.Person{}
	for p := range r.People() {
		if _, twice := people[p.Key]; twice {
			t.Errorf("%s is two people", p.Key)
		}
		people[p.Key] = p
	}
	return r, people
}

func TestEveryPersonGetsExactlyTheirAnswer(t *testing.T) {
	_, people := importReal(t)
	listed := 0
	for _, p := range people {
		if len(p.Exposures) > 0 {
			listed++
		}
	}
	truth := rows(t, "truth.csv")
	if listed != len(truth) {
		t.Errorf("%d people are on a list, want %d", listed, len(truth))
	}
	for _, row := range truth {
		want := toldByTruth(row)
		p, ok := people[want.Key]
		if !ok {
			t.Errorf("%s is on no list", want.Key)
			continue
		}
		if diff := cmp.Diff(want, toldOf(p)); diff != "" {
			t.Errorf("%s (%s): (-want +got)\n%s", want.Key, row["note"], diff)
		}
		if p.Kind == breach.KindRecipient && (p.Postal.Zip != row["zip"] || p.Postal.Address != row["address"]) {
			t.Errorf("%s: another postal address", want.Key)
		}
	}
}

// Nobody who must be on no list is on one, under any of their keys.
func TestNobodyElseIsOnAList(t *testing.T) {
	r, people := importReal(t)
	reasons := map[string][]breach.ReviewReason{}
	for w := range r.Review() {
		reasons[w.Person] = append(reasons[w.Person], w.Reason)
	}
	onList := map[string]roster.Person{}
	for _, p := range people {
		for _, e := range p.Emails {
			if len(p.Exposures) > 0 {
				onList[e.Address.Reveal()] = p
			}
		}
	}
	for _, row := range rows(t, "noise.csv") {
		key, name := row["person_key"], strings.TrimPrefix(row["person_key"], "N:")
		for _, k := range []string{key, "G:" + name, "R:" + name, "M:" + row["member_id"]} {
			if p, ok := people[k]; ok && len(p.Exposures) > 0 {
				t.Errorf("%s (%s) is on a list as %s", key, row["why"], k)
			}
		}
		if p, ok := onList[row["email"]]; ok && p.Key != row["same_human_as"] {
			t.Errorf("%s (%s): their address is on a list as %s", key, row["why"], p.Key)
		}
		var want []breach.ReviewReason
		switch {
		case strings.HasPrefix(row["why"], "abandoned card attempt"):
			want = []breach.ReviewReason{breach.AbandonedCardAttempt}
		case strings.HasPrefix(row["why"], "order keyed in by staff"):
			want = []breach.ReviewReason{breach.StaffKeyedOrder}
		}
		if got := reasons["G:"+name]; row["same_human_as"] == "" && !slices.Equal(got, want) {
			t.Errorf("%s (%s) waits for %v, want %v", key, row["why"], got, want)
		}
	}
}

func TestNothingDiffersFromTheNotice(t *testing.T) {
	r, _ := importReal(t)
	var got struct {
		Version   *int64 `json:"version"`
		Committed bool   `json:"committed"`
		Cohorts   []struct {
			ID               string
			Announced, Found map[string]int
		}
		Total              map[string]int
		Overlaps           []roster.Overlap
		Review             []roster.ReviewCount
		UnreachableByEmail int             `json:"unreachable_by_email"`
		Rejects            []roster.Reject `json:"rejects"`
		Differs            bool
	}
	d := json.NewDecoder(bytes.NewReader(r.JSON(nil, false)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := []string{"card 30 38", "member 265 0", "purchaser 1007 0", "recipient 187 0"}
	for i, c := range got.Cohorts {
		for _, side := range []map[string]int{c.Announced, c.Found} {
			if s := c.ID + " " + itoa(side["people"]) + " " + itoa(side["cards"]); s != want[i] {
				t.Errorf("got %q, want %q", s, want[i])
			}
		}
	}
	if got.Total["announced"] != 1244 || got.Total["found"] != 1244 || got.Differs || got.UnreachableByEmail != 187 || len(got.Rejects) != 0 {
		t.Errorf("got %s", r.JSON(nil, false))
	}
	review := []roster.ReviewCount{
		{Reason: breach.AbandonedCardAttempt, People: 10, Records: 12},
		{Reason: breach.StaffKeyedOrder, People: 5, Records: 6},
	}
	if diff := cmp.Diff(review, got.Review); diff != "" {
		t.Errorf("review (-want +got)\n%s", diff)
	}
	overlap := roster.Overlap{Cohorts: [2]breach.CohortID{"member", "purchaser"}, People: 215}
	if !slices.Contains(got.Overlaps, overlap) {
		t.Errorf("overlaps %v lack %v", got.Overlaps, overlap)
	}
}
