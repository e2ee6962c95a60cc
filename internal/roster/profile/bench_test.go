package profile_test

import (
	"testing"

	"exposure/internal/roster/profile"
)

func BenchmarkRecognise(b *testing.B) {
	for b.Loop() {
		profile.Recognise(templateHeader())
	}
}

// BenchmarkRow reads of each row what an import of orders reads.
func BenchmarkRow(b *testing.B) {
	c, err := template(b).Match(profile.Orders, "orders.csv", templateHeader(), profile.MatchOptions{})
	if err != nil {
		b.Fatal(err)
	}
	fields := templateHeader()
	b.ReportAllocs()
	for b.Loop() {
		row := c.Row(fields, 1)
		for _, f := range []profile.Field{profile.OrderID, profile.MemberID, profile.Email, profile.PaymentMethod, profile.Status, profile.Device, profile.Deleted} {
			row.Get(profile.Orders, f)
		}
	}
}
