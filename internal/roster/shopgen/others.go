package shopgen

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed mapping.yaml
var mapping string

// others are a shop at Shopify, whose customers were exported with two columns from the
// Admin API, and one of a shop system nobody knows, described by a mapping of its own:
// names and postal codes in one column, days and times in two.
func others() []dialect {
	return []dialect{
		{
			profile: "generic", version: "1", mapping: mapping, style: Style{UTF8BOM, "\r\n", RFC4180},
			traits: listsMembers | ordersNameMembers | mobileAddress | withdrawals | keepsAddresses | provisionals | personal | deletedFlag |
				devices | attempts | manyAddressees | blankNames | kana,
			web: []string{"PC", "スマートフォン"}, staff: "電話", cardMethods: japaneseCards(), otherMethods: japaneseMethods(), numbers: "P",
			files: []file{
				{"members", ofMembers, genericMembers()}, {"orders", ofOrders, genericOrders()}, {"items", ofItems, genericItems()},
				{"deliveries", ofDeliveries, genericDeliveries()}, settlements(),
			},
		},
		{
			profile: "shopify", version: "2024", style: Style{UTF8, "\n", RFC4180}, traits: listsMembers | provisionals | devices,
			web: []string{"web"}, staff: "shopify_draft_order", numbers: "#", lacks: []string{"Gender", "Birth Date", "deleted"},
			cardMethods: []string{"Shopify Payments"}, otherMethods: []string{"Cash on Delivery (COD)", "Bank Deposit", "PayPal Express Checkout"},
			files: []file{{"members", ofMembers, shopifyMembers()}, {"orders", ofItems, shopifyOrders()}, settlements()},
		},
	}
}

func yes(b bool, v string) string {
	if b {
		return v
	}
	return ""
}

func shopifyMembers() []column {
	state := func(x cell) string {
		if x.reg.provisional {
			return "invited"
		}
		return "enabled"
	}
	return append([]column{
		{"Customer ID", func(x cell) string { return "'" + memberID(x) }}, {"First Name", memberGiven}, {"Last Name", memberFamily}, {"Email", memberMail},
		{"Accepts Email Marketing", fixed("no")}, {"Default Address Company", blank}, {"Default Address Address1", memberAddress2},
		{"Default Address Address2", blank}, {"Default Address City", func(x cell) string { return x.reg.home.name }},
		{"Default Address Province Code", func(x cell) string { return "JP-" + twoDigits(x.reg.home.number) }}, {"Default Address Country Code", fixed("JP")},
		{"Default Address Zip", func(x cell) string { return "'" + memberZip1(x) + "-" + memberZip2(x) }}, {"Default Address Phone", blank},
		{"Phone", func(x cell) string { return "'" + memberTel(x) }}, {"Accepts SMS Marketing", fixed("no")}, {"Total Spent", fixed("0.00")},
		{"Total Orders", fixed("0")}, {"Note", memberNote}, {"Tax Exempt", fixed("no")}, {"Tags", blank},
	}, column{"Created At", func(x cell) string { return x.s.withOffset(x.reg.at) }}, column{"State", state})
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// shopifyAddress is a postal address in Shopify's two lines below the city.
func shopifyAddress(p place, w writing) (string, string) {
	first, second := p.lines(w)
	if rest := strings.TrimPrefix(first, p.name); rest != "" {
		return rest, second
	}
	return second, ""
}

func billed(f func(h *human, w writing) string) func(cell) string {
	return func(x cell) string { return f(x.o.buyer, x.o.writing) }
}

func sent(f func(a addressee) string) func(cell) string {
	return func(x cell) string { return f(x.o.to[0]) }
}

// shopifyOrders has 79 columns. Those of the order are filled in its first row only,
// but for its number and the buyer's address; those of an item in every row.
func shopifyOrders() []column {
	known := map[string]func(cell) string{
		"Financial Status": fixed("paid"), "Currency": fixed("JPY"), "Total": orderTotal, "Accepts Marketing": fixed("no"),
		"Paid at": func(x cell) string { return x.s.withOffset(x.o.paid) }, "Created at": func(x cell) string { return x.s.withOffset(x.o.placed) },
		"Cancelled at": func(x cell) string {
			return yes(x.o.state == cancelled, x.s.withOffset(x.o.updated))
		},
		"Billing Name":     func(x cell) string { return orderFamily(x) + " " + orderGiven(x) },
		"Billing Address1": billed(func(h *human, w writing) string { a, _ := shopifyAddress(h.home, w); return a }),
		"Billing Address2": billed(func(h *human, w writing) string { _, b := shopifyAddress(h.home, w); return b }),
		"Billing City":     billed(func(h *human, _ writing) string { return h.home.name }),
		"Billing Zip":      func(x cell) string { return "'" + orderZip1(x) + "-" + orderZip2(x) },
		"Billing Province": billed(func(h *human, _ writing) string { return "JP-" + twoDigits(h.home.number) }), "Billing Country": fixed("JP"),
		"Billing Province Name": orderPrefecture, "Billing Phone": func(x cell) string { return "'" + orderTel(x) },
		"Shipping Name":     sent(func(a addressee) string { f, g := a.name(); return a.writing.blanks(f.kanji) + " " + g.kanji }),
		"Shipping Address1": sent(func(a addressee) string { first, _ := shopifyAddress(a.place(), a.writing); return first }),
		"Shipping Address2": sent(func(a addressee) string { _, second := shopifyAddress(a.place(), a.writing); return second }),
		"Shipping City":     sent(func(a addressee) string { return a.place().name }),
		"Shipping Zip":      sent(func(a addressee) string { return "'" + a.place().zip1 + "-" + a.place().zip2 }),
		"Shipping Province": sent(func(a addressee) string { return "JP-" + twoDigits(a.place().number) }), "Shipping Country": fixed("JP"),
		"Shipping Province Name": sent(func(a addressee) string { return a.place().prefecture }),
		"Notes":                  orderWishes, "Payment Method": orderMethod, "Source": orderDevice,
		"Id": func(x cell) string { return strconv.Itoa(5_000_000_000 + x.o.number) }, "Tags": orderMemo, "Risk Level": fixed("Low"),
	}
	everyRow := map[string]func(cell) string{
		"Name": orderNumber, "Email": orderMail, "Lineitem quantity": fixed("1"), "Lineitem name": productName, "Lineitem price": productPrice,
		"Lineitem sku": productCode, "Lineitem requires shipping": fixed("true"), "Lineitem taxable": fixed("true"), "Vendor": fixed("shop"),
		"Lineitem fulfillment status": fixed("fulfilled"), "Lineitem discount": fixed("0.00"),
	}
	var out []column
	for name := range strings.SplitSeq(shopifyNames, ",") {
		f := everyRow[name]
		if known[name] != nil {
			f = func(x cell) string { return yes(x.first, known[name](x)) }
		}
		if f == nil {
			f = blank
		}
		out = append(out, column{name, f})
	}
	return out
}

const shopifyNames = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total," +
	"Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku," +
	"Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2," +
	"Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1," +
	"Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes," +
	"Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level," +
	"Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value," +
	"Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
