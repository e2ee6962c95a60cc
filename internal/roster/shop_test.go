package roster_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
)

const shopData = "../../../shared/data/eccube2-a/"

// needShop skips a test where the real exports are not at hand.
func needShop(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(shopData); err != nil {
		live.Missing(t, "the exports of a real shop are not at "+shopData)
	}
}

func options(t *testing.T) roster.Options { return benchOptions(t) }

func benchOptions(t testing.TB) roster.Options {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	in, words, err := incident.Parse("tougyoku-2023.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return roster.Options{
		Incident: in, Vocabulary: words, Profile: "eccube2",
		Files: roster.Files{
			Members: shopData + "all_members.csv", Orders: shopData + "all_orders.csv", Items: shopData + "order_items.csv",
			Deliveries: shopData + "deliveries.csv", Settlements: shopData + "card_settlements.csv",
		},
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func contains(s, part string) bool { return strings.Contains(s, part) }
