package roster

import (
	"slices"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster/profile"
)

// vocabulary is every word of the shop that decides something, from the profile (what
// the shop system fixes) and the incident file (what the shop named itself).
type vocabulary struct {
	card, web                       *classifier
	deleted, provisional, cancelled *classifier
	approval, product               *classifier
	withdrawn, attempted            []string // states, folded
	guests, emptyDates              []string
	engravedCodes, engravedNames    []string
	exceptCodes, exceptNames        []string
	items                           map[product]breach.Tri // products that came already
}

// product is one as it is written in a row of the items file.
type product struct{ code, name string }

// mostItems bounds the products that are remembered, should a shop have no end of them.
const mostItems = 10_000

func newVocabulary(p *profile.Profile, v *incident.Vocabulary) vocabulary {
	const file, mapping = "the shop: block of the incident file", "the profile of the shop system, or in a mapping file"
	w := vocabulary{
		card:        newClassifier("payment method", file, v.CardMethods, v.OtherMethods),
		web:         newClassifier("device", file, v.WebDevices, v.OtherDevices),
		deleted:     newClassifier("deletion flag", mapping, p.Yes, p.No),
		provisional: newClassifier("member state", mapping, p.MemberStatus.Provisional, slices.Concat(p.MemberStatus.Full, p.MemberStatus.Withdrawn)),
		cancelled:   newClassifier("order state", mapping, p.OrderStatus.Cancelled, p.OrderStatus.NotCancelled()),
		approval:    newClassifier("settlement action", mapping, p.Settlement.Approved, p.Settlement.Other),
		product:     newClassifier("kind of item", mapping, p.ItemTypes.Product, p.ItemTypes.Other),
		withdrawn:   foldAll(p.MemberStatus.Withdrawn, fold), attempted: foldAll(p.OrderStatus.Attempted, fold),
		guests: p.GuestIDs, emptyDates: p.EmptyDates,
		engravedCodes: foldAll(v.Engraved.Codes, foldCode), engravedNames: foldAll(v.Engraved.Names, foldProduct),
		exceptCodes: foldAll(v.Engraved.Except, foldCode), exceptNames: foldAll(v.Engraved.Except, foldProduct),
		items: map[product]breach.Tri{},
	}
	return w
}

func (w vocabulary) unclassified() error {
	return unclassified(w.card, w.web, w.deleted, w.provisional, w.cancelled, w.approval, w.product)
}

func (w vocabulary) dated(v string) bool { return v != "" && !slices.Contains(w.emptyDates, v) }

func foldAll(words []string, with func(string) string) []string {
	var out []string
	for _, word := range words {
		if f := with(word); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// foldCode makes product codes comparable: width, letter case and dashes vary.
func foldCode(s string) string { return strings.ToUpper(foldAddress(s)) }

// foldProduct makes names of products comparable: width, white space and letter case vary.
func foldProduct(s string) string { return strings.ToLower(squeeze(s)) }

// engraved tells whether an item of this code and name has a name written on it. A
// name matches as part of the product's name, because shops append sizes and
// colours; exceptions, by code or part of the name, come first.
func (w vocabulary) engraved(code, name string) breach.Tri {
	p := product{code, name}
	t, ok := w.items[p]
	if !ok {
		t = w.engravedItem(code, name)
		if len(w.items) < mostItems {
			w.items[product{strings.Clone(code), strings.Clone(name)}] = t
		}
	}
	return t
}

func (w vocabulary) engravedItem(code, name string) breach.Tri {
	code, name = foldCode(code), foldProduct(name)
	within := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case slices.Contains(w.exceptCodes, code), slices.ContainsFunc(w.exceptNames, within):
		return breach.No
	case slices.Contains(w.engravedCodes, code), slices.ContainsFunc(w.engravedNames, within):
		return breach.Yes
	default:
		return breach.No
	}
}
