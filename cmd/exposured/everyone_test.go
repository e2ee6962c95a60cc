package main

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// table reads one of the UTF-8 tables with the right answers.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(exports, name))
	must(t, err)
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	must(t, err)
	var rows []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}

var cardData = []string{"card_holder_name", "card_number", "card_expiry", "card_security_code"}

// expected is what the truth table says one person must be told, cohort by cohort.
func expected(row map[string]string) map[string][]string {
	flags := strings.Split(row["flags"], ";")
	want := map[string][]string{}
	for _, cohort := range strings.Split(row["cohorts"], ";") {
		switch cohort {
		case "card":
			want[cohort] = cardData
		case "member":
			want[cohort] = []string{"name", "address", "phone", "email", "login_password"}
			if row["member_gender"] == "1" {
				want[cohort] = append(want[cohort], "gender")
			}
			if row["member_birth"] == "1" {
				want[cohort] = append(want[cohort], "birth_date")
			}
		case "purchaser":
			want[cohort] = []string{"name", "address", "phone", "email", "delivery_destination"}
			if slices.Contains(flags, "engraved") {
				want[cohort] = append(want[cohort], "engraved_name_and_birth_date")
			}
		}
	}
	return want
}

func told(r wire.Report) map[string][]string {
	got := map[string][]string{}
	for _, e := range r.Exposures {
		categories := []string{}
		for _, c := range e.Categories {
			categories = append(categories, string(c.Id))
			if c.Certainty != wire.CertaintyPossible {
				categories[len(categories)-1] += "?"
			}
		}
		got[string(e.Cohort)] = categories
	}
	return got
}

// TestEveryoneGetsTheirOwnAnswer lets every person of the shop who has a mailbox, and
// everybody who must be on no list, go through the whole product: real exports, real
// importer, real server, real Redis, real SMTP.
func TestEveryoneGetsTheirOwnAnswer(t *testing.T) {
	s := realSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
	b := from(server.public, here)

	mailboxes := 0
	for _, row := range table(t, "truth.csv") {
		if row["emails"] == "" {
			continue // recipients: no mailbox, told by letter
		}
		mailboxes++
		for _, address := range strings.Split(row["emails"], ";") {
			c := b.prove(t, office, address)
			if diff := cmp.Diff(expected(row), told(c.Report)); diff != "" {
				t.Fatalf("person %s was told something else (-want +got):\n%s", row["person_key"], diff)
			}
			checkListed(t, row, c.Report)
			again := report(t, b, c.Token)
			if diff := cmp.Diff(c.Report, again); diff != "" {
				t.Fatalf("person %s: the report differs when read again:\n%s", row["person_key"], diff)
			}
		}
	}
	if mailboxes != 1057 {
		t.Errorf("%d people have a mailbox, want 1,057", mailboxes)
	}
	strangers(t, b, office)
	if office.count() < mailboxes {
		t.Errorf("%d mails for %d people", office.count(), mailboxes)
	}
}

func report(t *testing.T, b *browser, token string) wire.Report {
	t.Helper()
	r := b.do(t, http.MethodGet, "/v1/report", token, nil)
	if r.status != http.StatusOK {
		t.Fatalf("reading the report again: %d %s", r.status, r.body)
	}
	var got wire.Report
	r.decode(t, &got)
	return got
}

func checkListed(t *testing.T, row map[string]string, r wire.Report) {
	t.Helper()
	if r.Status != wire.ReportStatusListed || r.CheckNumber == nil || len(r.CannotTell) != 0 {
		t.Fatalf("person %s: status %s, check number %v", row["person_key"], r.Status, r.CheckNumber)
	}
	member := strings.Contains(row["cohorts"], "member")
	if (r.PasswordReset != nil) != member {
		t.Errorf("person %s: password reset %v", row["person_key"], r.PasswordReset)
	}
	card := strings.Contains(row["cohorts"], "card")
	open := len(r.Undetermined) > 0
	ruledOut := []string{}
	for _, c := range r.NotExposed {
		ruledOut = append(ruledOut, string(c.Id))
	}
	switch {
	case card && len(ruledOut) > 0:
		t.Errorf("person %s: card data exposed and %v ruled out", row["person_key"], ruledOut)
	case !card && !open && !slices.Equal(ruledOut, cardData):
		t.Errorf("person %s: ruled out %v", row["person_key"], ruledOut)
	}
}

// strangers checks everybody who must be on no list: their addresses, unless somebody
// who is on a list shares them.
func strangers(t *testing.T, b *browser, office *postOffice) {
	t.Helper()
	listed := map[string]bool{}
	for _, row := range table(t, "truth.csv") {
		for _, address := range strings.Split(row["emails"], ";") {
			listed[address] = true
		}
	}
	checked := 0
	for _, row := range table(t, "noise.csv") {
		address := row["email"]
		if address == "" || listed[address] {
			continue
		}
		checked++
		c := b.prove(t, office, address)
		if c.Report.Status != wire.ReportStatusNotListed || len(c.Report.Exposures) != 0 || c.Report.CheckNumber != nil || len(c.Report.CannotTell) == 0 {
			t.Fatalf("stranger %s (%s) was told %+v", row["person_key"], row["why"], c.Report)
		}
		abandoned := strings.Contains(row["why"], "abandoned card attempt")
		if got := len(c.Report.Undetermined) > 0; abandoned && !got {
			t.Errorf("%s: an abandoned card attempt is not called undetermined", row["person_key"])
		}
		if diff := cmp.Diff(c.Report, report(t, b, c.Token)); diff != "" {
			t.Errorf("%s: the report differs when read again:\n%s", row["person_key"], diff)
		}
	}
	if checked < 60 {
		t.Errorf("only %d strangers were checked", checked)
	}
}
