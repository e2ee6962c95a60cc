package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/wire"
	"exposure/internal/wording"
)

// realLetterSite is realSite with letters on their way.
func realLetterSite(t *testing.T) site {
	t.Helper()
	needExports(t)
	s := newSite(t)
	src, err := os.ReadFile(s.incident)
	must(t, err)
	must(t, os.WriteFile(s.incident, []byte(strings.Replace(string(src), "letters_from: null", lettersOpen, 1)), 0o600))
	s.importExports(t)
	return s
}

// TestEveryRecipientReadsTheirLetter lets every recipient of the real exports use the number
// of their letter, as JSON and as a page: both say the same, what is exposed about
// recipients, and the check number that the letter prints.
func TestEveryRecipientReadsTheirLetter(t *testing.T) {
	s := realLetterSite(t)
	room := s.postRoom(t)
	people := room.recipients(t)
	numbers := letterNumbers(len(people))
	room.write(t, people, numbers)
	b := from(s.serve(t, live.Redis(t), openPostOffice(t).url, "--insecure-no-limits").public, here)
	if len(people) != 187 {
		t.Fatalf("%d recipients, want 187", len(people))
	}
	want := map[string][]string{"recipient": {"name", "address", "phone"}}
	checks := map[string]bool{}
	for i, person := range people {
		c := b.proveByLetter(t, numbers[i])
		if diff := cmp.Diff(want, told(c.Report)); diff != "" || c.Report.Status != wire.ReportStatusListed {
			t.Fatalf("recipient %d was told something else (-want +got):\n%s", i, diff)
		}
		if c.Report.PasswordReset != nil || *c.Report.CheckNumber != wording.CheckNumber(room.keys.CheckNumber(room.checkTags(person)), breach.Japanese) {
			t.Errorf("recipient %d: reset %v, check number %s", i, c.Report.PasswordReset, *c.Report.CheckNumber)
		}
		checks[*c.Report.CheckNumber] = true
		if diff := cmp.Diff(c.Report, report(t, b, c.Token)); diff != "" {
			t.Fatalf("recipient %d: the report differs when read again:\n%s", i, diff)
		}
		said, doc := readByPage(t, b, numbers[i].Grouped())
		if diff := cmp.Diff(shown(c.Report), said); diff != "" {
			t.Fatalf("recipient %d: the page differs from the JSON (-JSON +page):\n%s", i, diff)
		}
		if h1 := doc.first("h1", "").text(); h1 != "お届け先として登録された情報が漏えいした可能性があります" || doc.id("checked-address").node != nil || doc.id("reset").node != nil {
			t.Errorf("recipient %d: the page says %q", i, h1)
		}
	}
	if len(checks) < 180 {
		t.Errorf("%d different check numbers of 187 people", len(checks))
	}
	recipientsWords(t, b, numbers[0])
}

// recipientsWords are the sentences that recipients read, in every language.
func recipientsWords(t *testing.T, b *browser, n breach.LetterNumber) {
	t.Helper()
	token := b.proveByLetter(t, n).Token
	for locale, scope := range map[string]string{
		"ja": "お届け先として登録された情報には、次の情報はありません", "en": "The recipient data does not contain", "ja-easy": "荷物を 受け取る 人の 情報に、つぎの 情報は ありません",
	} {
		said := jsonReport(t, b, token, locale)
		var actions []string
		for _, a := range said.Actions {
			actions = append(actions, string(a.Id))
		}
		if diff := cmp.Diff([]string{"beware_of_contacts"}, actions); diff != "" {
			t.Errorf("%s: what to do: %s", locale, diff)
		}
		doc := answerPage(t, b, token, locale)
		if got := doc.id("scope").text(); got != scope {
			t.Errorf("%s: above what is ruled out: %q, want %q", locale, got, scope)
		}
		if diff := cmp.Diff(shown(said), readReport(t, doc)); diff != "" {
			t.Errorf("%s: the page differs from the JSON (-JSON +page):\n%s", locale, diff)
		}
	}
}
