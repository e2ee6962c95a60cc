package shopgen

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

//go:embed incident.yaml
var incidentText string

// Figures are how many people are on each list, and on any of them.
type Figures struct{ Card, Cards, Member, Purchaser, Recipient, People int }

// Figures counts the people of Truth.
func (s *Shop) Figures() Figures {
	var f Figures
	for p := range s.Truth() {
		f.Cards += p.Cards
		for cohort, n := range map[string]*int{card: &f.Card, member: &f.Member, purchaser: &f.Purchaser, recipient: &f.Recipient} {
			if slices.Contains(p.Cohorts, cohort) {
				*n++
			}
		}
		if len(p.Cohorts) > 0 {
			f.People++
		}
	}
	return f
}

// AcceptMissing lists what the exports of this shop lack and the operator must accept
// by name, as the option of that name takes it.
func (s *Shop) AcceptMissing() []string {
	out := slices.Clone(s.d.lacks)
	if s.d.has(deletedFlag) || !s.d.has(attempts) {
		return out
	}
	for c := range s.clusters() {
		if slices.ContainsFunc(c.orders, func(o *order) bool { return o.state == pending }) {
			return out
		}
	}
	return append(out, "pending_orders")
}

// Incident is an incident file, as YAML, that fits the shop: its words, rules that ask
// for nothing its exports cannot tell, and the figures of its truth as announced.
func (s *Shop) Incident() []byte {
	list := func(words []string) string {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = fmt.Sprintf("%q", w)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	web, staff := slices.DeleteFunc(slices.Clone(s.d.web), func(v string) bool { return v == "" }), []string{}
	if s.d.staff != "" {
		staff = []string{s.d.staff}
	}
	zone := "Asia/Tokyo"
	if s.o.Zone != nil {
		zone = s.o.Zone.String()
	}
	var out bytes.Buffer
	template.Must(template.New("incident").Parse(incidentText)).Execute(&out, map[string]any{
		"Zone": zone, "Cards": list(s.d.cardMethods), "Others": list(s.d.otherMethods), "Web": list(web), "Staff": list(staff),
		"Devices": s.d.has(devices), "Figures": s.Figures(),
	})
	return out.Bytes()
}
