package roster_test

import (
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster"
)

// answers is what the edge cases are checked against.
type answers struct {
	people map[string]roster.Person // by the key in truth.csv, and by member id for guests who registered too late
	truth  map[string]map[string]string
	waits  map[string]bool     // order numbers on the review list
	to     map[string][]string // order number -> truth keys of its recipients
}

func answersOf(t *testing.T) answers {
	r, people := importReal(t)
	a := answers{people: people, truth: map[string]map[string]string{}, waits: map[string]bool{}, to: map[string][]string{}}
	for _, row := range rows(t, "truth.csv") {
		a.truth[row["person_key"]] = row
		p := people[row["person_key_csv"]]
		a.people[row["person_key"]] = p
		if row["kind"] == "guest" && row["member_id"] != "" {
			a.people["M:"+row["member_id"]] = p
		}
		for _, order := range split(row["order_ids"]) {
			if row["kind"] == "recipient" {
				a.to[order] = append(a.to[order], row["person_key"])
			}
		}
	}
	for w := range r.Review() {
		if _, record, ok := strings.Cut(w.ID, "/order/"); ok {
			order, _, _ := strings.Cut(record, ":")
			a.waits[order] = true
		}
	}
	return a
}

// check returns what is wrong about one row of edges.csv, or nothing.
func (a answers) check(row map[string]string) string {
	key, expected := row["person_key"], row["expected"]
	if n, noise := strings.CutPrefix(key, "N:"); noise {
		key = "G:" + n
	}
	x := toldOf(a.people[key])
	listed := func(cohort string) bool { return slices.Contains(x.Cohorts, cohort) }
	for _, cohort := range []string{"card", "member", "purchaser"} {
		if strings.Contains(expected, cohort+":in") && !listed(cohort) || strings.Contains(expected, cohort+":out") && listed(cohort) {
			return cohort
		}
	}
	order := row["row_id"]
	doubtful := strings.Contains(strings.ToUpper(expected), "REVIEW") || strings.Contains(row["why"], "keyed in by staff")
	switch {
	case row["table"] == "dtb_shipping" && !slices.Contains(a.to[order], row["person_key"]):
		return "the recipient's order"
	case row["table"] == "dtb_shipping" && !listed("recipient"):
		return "recipient"
	case strings.HasPrefix(expected, "its addressees: recipient:in") && len(a.to[order]) == 0:
		return "addressees"
	case strings.HasPrefix(expected, "addressee recipient:out") && len(a.to[order]) > 0:
		return "an addressee who is on no list"
	case expected == "recipient:out" && a.hasRecipient(a.truth[row["person_key"]]):
		return "the buyer as a recipient"
	case strings.HasPrefix(expected, "on no list") && len(x.Cohorts) > 0:
		return "on a list"
	case row["table"] == "dtb_order" && !strings.Contains(expected, "addressee") && a.waits[order] != doubtful:
		return "review list"
	case expected == "engraved:no" && slices.Contains(x.Flags, "engraved") != slices.Contains(split(a.truth[row["person_key"]]["flags"]), "engraved"):
		return "engraved"
	}
	if _, rest, ok := strings.Cut(expected, "card:in ("); ok && !strings.HasPrefix(rest, itoa(x.Cards)+" card") {
		return "number of cards"
	}
	return ""
}

func (a answers) hasRecipient(buyer map[string]string) bool {
	_, ok := a.people["R:"+buyer["name"]+"|"+buyer["zip"]+"|"+buyer["address"]]
	return ok
}

func TestEveryEdgeComesOutAsExpected(t *testing.T) {
	needShop(t)
	a := answersOf(t)
	for _, row := range rows(t, "edges.csv") {
		if wrong := a.check(row); wrong != "" {
			t.Errorf("%s (%s) expects %q; wrong: %s", row["edge"], row["why"], row["expected"], wrong)
		}
	}
}
