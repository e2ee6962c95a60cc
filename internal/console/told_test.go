package console_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/wire"
	"exposure/internal/wording"
)

// listed is what is told of somebody on the list of cards.
func listed(t testing.TB, in *breach.Incident, call agent.Call) agent.Told {
	t.Helper()
	c := in.Cohort("card")
	if c == nil {
		t.Fatal("the case has no cards")
	}
	e := breach.Exposure{Cohort: c.ID}
	for _, x := range c.Exposes {
		e.Categories = append(e.Categories, breach.Exposed{Category: x.Category, Certainty: breach.Possible})
	}
	r := breach.NewReport(breach.Facts{
		Incident: in, Version: 1, PublishedAt: noon, CheckNumber: breach.CheckNumber{Word: 5, Digits: "0417"}, ByLetter: call.ByLetter, Now: noon,
		Answer: breach.Answer{Persons: []breach.Person{{Ref: 1, Kind: breach.KindGuest, Edge: breach.EdgeOther, Exposures: []breach.Exposure{e}}}},
	})
	return agent.Told{Call: call, Report: r, Script: wording.Script(in, r)}
}

func example(t testing.TB) *breach.Incident {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	must(t, err)
	in, _, err := incident.Parse("tougyoku-2023", src)
	must(t, err)
	return in
}

// toldOf is how the API says it.
func toldOf(t agent.Told) wire.Told {
	c := t.Call
	w := wire.Told{
		Call: wire.Call{
			Id: callID, Reason: "am_i_listed", OpenedAt: noon, EndsAt: noon.Add(15 * time.Minute), CodeSent: c.CodeSent,
			Proven: true, ByLetter: c.ByLetter, ProvenUntil: &c.ProvenUntil, ExtensionsLeft: 1,
		},
		ReportJa: wire.FromReport(t.Report, breach.Japanese), ReportEn: wire.FromReport(t.Report, breach.English),
	}
	if address := c.Address.Reveal(); address != "" {
		w.Call.Email = &address
	}
	for _, line := range t.Script {
		w.Script = append(w.Script, wire.ScriptLine{Part: line.Part, Ja: line.Ja, En: line.En})
	}
	return w
}

// TestWhatIsToldIsWhole: the three answers that tell a report hold every field of the call,
// both reports with the check number, and the script, by mail and by letter.
func TestWhatIsToldIsWhole(t *testing.T) {
	g, in := newRig(t, "http"), example(t)
	for _, byLetter := range []bool{false, true} {
		call := g.desk.told.Call
		call.ByLetter, call.Extended, call.ProvenUntil = byLetter, 1, noon.Add(agent.Shown+time.Minute)
		if byLetter {
			call.Address, call.CodeSent = email.Address{}, false
		}
		g.desk.call, g.desk.told = call, listed(t, in, call)
		want := toldOf(g.desk.told)
		if want.ReportJa.CheckNumber == nil || want.ReportEn.CheckNumber == nil || want.ReportJa.Status != "listed" || len(want.Script) == 0 {
			t.Fatalf("nothing is told: %+v", want)
		}
		for step, body := range map[string]string{"report": "", "confirmation": `{"code":"12345678"}`, "letter-confirmation": `{"letter_number":"12345-67890-1234"}`} {
			method := "POST"
			if body == "" {
				method = "GET"
			}
			var got wire.Told
			must(t, json.Unmarshal([]byte(g.ask(method, ofCall+"/"+step, body).Body), &got))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, by letter %t (-want +got):\n%s", step, byLetter, diff)
			}
		}
		var got wire.Call
		must(t, json.Unmarshal([]byte(g.ask("GET", ofCall, "").Body), &got))
		if diff := cmp.Diff(want.Call, got); diff != "" {
			t.Errorf("the call, by letter %t (-want +got):\n%s", byLetter, diff)
		}
	}
}
