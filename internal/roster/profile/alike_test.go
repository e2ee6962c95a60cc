package profile_test

import (
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster/profile"
)

// without is a header that lacks these columns.
func without(header []string, columns ...string) []string {
	return slices.DeleteFunc(slices.Clone(header), func(c string) bool { return slices.Contains(columns, c) })
}

// TestOneAddressIsWrittenInOneWay: with the prefectures of buyers and addressees, or with
// neither.
func TestOneAddressIsWrittenInOneWay(t *testing.T) {
	h := header(t, "headers/shopify_orders_header.csv")
	o := profile.MatchOptions{AcceptMissing: []string{"deleted"}}
	const buyers, addressees = "Billing Province Name", "Shipping Province Name"
	match := func(h []string) error {
		_, err := builtin(t, "shopify").Match(profile.Orders, "orders.csv", h, o)
		return err
	}
	for _, lacks := range [][]string{{}, {buyers, addressees}} {
		if err := match(without(h, lacks...)); err != nil {
			t.Errorf("without %q: %v", lacks, err)
		}
	}
	refused(t, match(without(h, buyers)), "shopify", buyers, addressees, "export both, or neither")
	refused(t, match(without(h, addressees)), "shopify", addressees, buyers, "export both, or neither")
}

// TestOptionalPartsAreOfBoth: a mapping that could write one address in two ways is refused.
func TestOptionalPartsAreOfBoth(t *testing.T) {
	const (
		buyers     = "            - {names: [建物], nth: 1, before: お届け先区分, optional: true}\n"
		addressees = "            - {names: [建物], nth: 2, after: お届け先区分, optional: true}\n"
		phones     = "        payment_method: {names: [決済方法]}\n"
		extension  = "        phone: {join: [{names: [電話]}, {names: [内線], optional: true}]}\n"
	)
	whole := string(profile.Template())
	for _, part := range []string{buyers, addressees, phones} {
		if strings.Count(whole, part) != 1 {
			t.Fatalf("the template does not hold %q once", part)
		}
	}
	for what, c := range map[string]struct {
		from, to string
		ok       bool
	}{
		"nothing of the kind":             {buyers, buyers, true},
		"the addressee's is gone":         {addressees, "", false},
		"the buyer's is gone":             {buyers, "", false},
		"the addressee's must be there":   {addressees, strings.Replace(addressees, ", optional: true", "", 1), false},
		"the addressee's comes elsewhere": {addressees, addressees + "            - {names: [様方]}\n", false},
		"telephones do not compare":       {phones, phones + extension, true},
	} {
		_, err := profile.Parse("s.yaml", []byte(strings.Replace(whole, c.from, c.to, 1)))
		if c.ok != (err == nil) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "has an optional part") || !strings.Contains(err.Error(), "s.yaml:")) {
			t.Errorf("%s: the refusal is %v", what, err)
		}
	}
}

// TestOptionalPartsOfTelephones: that only one of two has an extension harms nobody.
func TestOptionalPartsOfTelephones(t *testing.T) {
	s := string(profile.Template())
	for after, phone := range map[string]string{
		"        payment_method: {names: [決済方法]}\n":                "        phone: {join: [{names: [電話]}, {names: [内線], optional: true}]}\n",
		"        postal_code: {names: [お届け先郵便番号], strip: \"'\"}\n": "        phone: {join: [{names: [お届け先電話]}, {names: [お届け先内線], optional: true}]}\n",
	} {
		s = strings.Replace(s, after, after+phone, 1)
	}
	p, err := profile.Parse("s.yaml", []byte(s))
	if err != nil {
		t.Fatal(err)
	}
	h := append(templateHeader(), "電話", "内線", "お届け先電話")
	if _, err := p.Match(profile.Orders, "orders.csv", h, profile.MatchOptions{}); err != nil {
		t.Error(err)
	}
}
