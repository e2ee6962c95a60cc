package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/wire"
)

// TestASecondIncident runs an incident that shares nothing with the first (other
// cohorts, UTC, English only, an approved list) through the same programs.
func TestASecondIncident(t *testing.T) {
	s := newSite(t)
	src, err := incident.Example("harbour-2024")
	must(t, err)
	must(t, os.WriteFile(s.incident, src, 0o600))
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	list := filepath.Join(s.dir, "approved.csv")
	must(t, os.WriteFile(list, []byte(strings.Join([]string{
		"person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address",
		"S:1,member,ann@example.org;ann.work@example.net,ann@example.org,1,subscriber;borrower,direct_debit,,0,,,,",
		"S:2,member,bob@example.org,bob@example.org,2,subscriber,?,,0,,,,",
		"S:3,guest,cat@example.org,,,subscriber,,,,,,,",
	}, "\n")+"\n"), 0o600))
	result, err := roster.ImportList(t.Context(), list, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
	office := openPostOffice(t)
	b := from(s.serve(t, "", office.url).public, here)

	for address, want := range map[string]map[string][]string{
		"Ann.Work@example.net": {"subscriber": {"name", "email", "bank_account"}, "borrower": {"name", "membership_card", "reading_history"}},
		"bob@example.org":      {"subscriber": {"name", "email", "bank_account?"}},
		"cat@example.org":      {"subscriber": {"name", "email"}},
		"dan@example.org":      {},
	} {
		c := b.prove(t, office, address)
		if diff := cmp.Diff(want, told(c.Report)); diff != "" {
			t.Errorf("%s was told something else (-want +got):\n%s", address, diff)
		}
		if listed := c.Report.Status == wire.ReportStatusListed; listed != (len(want) > 0) {
			t.Errorf("%s is %s", address, c.Report.Status)
		}
		if c.Report.PasswordReset != nil {
			t.Errorf("%s is asked for a password this incident knows nothing of", address)
		}
		if c.Report.AsOf.Location().String() != "UTC" {
			t.Errorf("times are in %s", c.Report.AsOf.Location())
		}
		if mail := office.box(t, address, 1)[0].body; !strings.Contains(mail, "Your code: ") || strings.Contains(mail, "確認コード") {
			t.Errorf("an English incident mailed\n%s", mail)
		}
	}
	r := b.do(t, http.MethodGet, "/v1/incident?locale=ja", "", nil)
	var public wire.Incident
	r.decode(t, &public)
	if public.Locale != "en" || len(public.Timeline) != 0 {
		t.Errorf("a Japanese reader of an English incident got locale %q", public.Locale)
	}
}
