package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/notify"
	"exposure/internal/otp"
)

// TestWhoGetsALetter: who has no address, and who is asked for, unless a number counts.
func TestWhoGetsALetter(t *testing.T) {
	w := newTown(t)
	w.add(t, "r1", breach.KindRecipient, "山田太郎|1500001|東京都渋谷区1-2-3")
	w.add(t, "r2", breach.KindRecipient, "佐藤健|150-0002|東京都渋谷区4-5-6")
	w.add(t, "m1", breach.KindMember, "鈴木愛|〒１５０－０００３|東京都渋谷区7-8-9|ai@example.jp")
	w.add(t, "g1", breach.KindGuest, " 伊藤　実 |1500004|東京都\t渋谷区1-1")
	w.live[handle("r2")] = true
	plan := w.plan(t, notify.Order{Missing: true})
	wants(t, plan, "recipient: 山田太郎 150-0001 東京都渋谷区1-2-3", "customer: 伊藤 実 150-0004 東京都 渋谷区1-1")
	if plan.HaveNumber != 1 {
		t.Errorf("%d have a number", plan.HaveNumber)
	}
	asked := notify.Order{Asked: map[breach.Handle]string{handle("m1"): "line 1", handle("r2"): "line 2", handle("x"): "line 3"}}
	wants(t, w.plan(t, asked), "customer: 鈴木愛 150-0003 東京都渋谷区7-8-9", "by hand, on_no_list:   line 3")
	asked.Replace = map[breach.Handle]bool{handle("r2"): true}
	wants(t, w.plan(t, asked), "recipient: 佐藤健 150-0002 東京都渋谷区4-5-6", "customer: 鈴木愛 150-0003 東京都渋谷区7-8-9", "by hand, on_no_list:   line 3")
}

// TestCheckNumbersAreThoseOfTheLookUp: of whoever has an address the letter prints the check
// number that mails to it have.
func TestCheckNumbersAreThoseOfTheLookUp(t *testing.T) {
	w := newTown(t)
	w.add(t, "m1", breach.KindMember, "鈴木愛|1500003|東京都渋谷区7-8-9|ai@example.jp")
	w.add(t, "r1", breach.KindRecipient, "山田太郎|1500001|東京都渋谷区1-2-3")
	plan := w.plan(t, notify.Order{Missing: true, Asked: map[breach.Handle]string{handle("m1"): ""}})
	a, err := email.Parse("ai@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Letters[0].Check.Equal(w.server.Tags(a)) {
		t.Error("another check number than on the page")
	}
	if tag, ok := plan.Letters[1].Check.Of(w.server.TagKeyID()); !ok || tag != breach.Tag(handle("r1")) {
		t.Error("the check number of a recipient is not made of the handle")
	}
}

// TestByHand: what cannot be printed is never printed, and never left out.
func TestByHand(t *testing.T) {
	w := newTown(t)
	for i, c := range []string{
		"|1500001|東京都", "山田|1500001|", "?野さくら|1500001|東京都", "山田\ue000|1500001|東京都", "山田\u202e太郎|1500001|東京都", "山田|1500001|東京都〓区",
		"=HYPERLINK(1)|1500001|東京都", "＠SUM|1500001|東京都", "山田|1500001|+81 東京都", "山田||東京都", "山田|15000|東京都", "山田\x00|1500001|東京都", "𠮷野|1500001|東京都",
	} {
		w.add(t, fmt.Sprint(i), breach.KindRecipient, c)
	}
	w.people = append(w.people, breach.ListedPerson{Handle: handle("bare"), Kind: breach.KindRecipient},
		breach.ListedPerson{Handle: handle("torn"), Kind: breach.KindRecipient, Sealed: []byte("torn")},
		breach.ListedPerson{Handle: handle("other"), Kind: breach.KindRecipient, Sealed: w.server.SealForOperator("letter-request", []byte("{}"))},
		breach.ListedPerson{Handle: handle("form"), Kind: breach.KindRecipient, Sealed: w.server.SealForOperator(breach.ContactLabel, []byte("x"))})
	plan := w.plan(t, notify.Order{Missing: true})
	var reasons []notify.Reason
	for _, h := range plan.ByHand {
		reasons = append(reasons, h.Reason)
	}
	want := []notify.Reason{"no_name", "no_address", "does_not_print", "does_not_print", "does_not_print", "does_not_print", "looks_like_a_formula", "looks_like_a_formula",
		"looks_like_a_formula", "no_postal_code", "no_postal_code", "does_not_print", "no_contact", "contact_does_not_open", "contact_does_not_open", "contact_does_not_open"}
	if diff := cmp.Diff(want, reasons); diff != "" || len(plan.Letters) != 1 || plan.Letters[0].To.Name != "𠮷野" {
		t.Errorf("%v\n%s", told(plan), diff)
	}
	mended := map[breach.Handle]notify.Place{}
	for _, h := range plan.ByHand {
		mended[h.Person] = notify.Place{Name: "吉野さくら", PostalCode: "1500001", Address: "東京都"}
	}
	if plan := w.plan(t, notify.Order{Mended: mended}); len(plan.Letters) != len(mended) || len(plan.ByHand) != 0 {
		t.Errorf("mended: %v", told(plan))
	}
	gone := map[breach.Handle]notify.Place{handle("nobody"): {Name: "山田"}}
	wants(t, w.plan(t, notify.Order{Mended: gone}), "by hand, on_no_list: 山田")
}

// TestRequests: each request is one letter, to the address that the shop has, or a line.
func TestRequests(t *testing.T) {
	w := newTown(t)
	w.add(t, "m1", breach.KindMember, "鈴木愛|1500003|東京都渋谷区7-8-9|ai@example.jp")
	w.add(t, "r1", breach.KindRecipient, "山田太郎|1500001|東京都渋谷区1-2-3")
	w.add(t, "r2", breach.KindRecipient, "佐藤健|1500002|東京都渋谷区4-5-6")
	w.add(t, "g2", breach.KindGuest, "佐藤健|1500002|東京都渋谷区4-5-6|ken@example.jp")
	w.add(t, "r3", breach.KindRecipient, "?野|1500009|東京都渋谷区9-9")
	w.live[handle("r1")] = true
	request := func(ticket, who, about string) notify.Request {
		p := strings.Split(who, "|")
		return notify.Request{Ticket: ticket, From: notify.Place{Name: p[0], PostalCode: p[1], Address: p[2]}, For: about, Note: "note"}
	}
	o := notify.Order{Requests: []notify.Request{
		request("A", "鈴木 愛|150-0003|東京都渋谷区7－8－9", ""), request("B", "山田太郎|1500001|東京都渋谷区1-2-3", ""),
		request("C", "鈴木愛|1500003|東京都渋谷区7-8-9", ""), request("D", "佐藤健|1500002|東京都渋谷区4-5-6", ""),
		request("E", "高橋|1500009|東京都渋谷区8-8", ""), request("F", "高橋|150|東京都渋谷区8-8", ""),
		request("G", "山田花子|1500001|東京都渋谷区1-2-3", "山田太郎"), request("H", "?野|1500009|東京都渋谷区9-9", ""),
	}}
	plan := w.plan(t, o)
	wants(t, plan,
		"customer: 鈴木愛 150-0003 東京都渋谷区7-8-9 A+C", "recipient: 山田太郎 150-0001 東京都渋谷区1-2-3 B+G", "nothing_found: 高橋 150-0009 東京都渋谷区8-8 E",
		"by hand, request_fits_several: 佐藤健 D note", "by hand, request_nothing_found: 高橋 E note", "by hand, no_postal_code: 高橋 F note", "by hand, does_not_print: ?野 H note")
	o.Missing = true
	for _, l := range w.plan(t, o).Letters {
		if l.Person == handle("r1") && len(l.Tickets) != 2 {
			t.Errorf("of somebody who would get a letter anyway: %v", l.Tickets)
		}
	}
	w.people[2].Sealed = nil // now nobody can say that nothing was found
	unsure := 0
	for _, h := range w.plan(t, o).ByHand {
		if h.Reason == notify.RequestUnsure {
			unsure++
		}
	}
	if unsure != 2 {
		t.Errorf("%d requests could not be checked, want 2", unsure)
	}
}

// issued is what was kept, until it fails.
type issued struct {
	all  []breach.LetterIssue
	most int
}

var errFull = errors.New("full")

func (i *issued) Issue(_ context.Context, version int64, issues []breach.LetterIssue, _ audit.Entry) error {
	if version != 7 || len(issues) > notify.AtOnce || len(i.all)+len(issues) > i.most {
		return errFull
	}
	i.all = append(i.all, issues...)
	return nil
}

// TestNumbers: every letter of somebody has a number of its own, which is kept as it is
// printed; an end in the middle keeps whole stretches.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 3*notify.AtOnce).Draw(rt, "letters")
		plan := notify.Plan{Version: 7}
		for i := range n {
			l := notify.Letter{Kind: notify.NothingFound}
			if i%7 != 3 {
				l.Person = handle(fmt.Sprint(i))
			}
			plan.Letters = append(plan.Letters, l)
		}
		again := otp.DrawLetterNumber()
		draws := 0
		plan.Draw(func() breach.LetterNumber {
			if draws++; draws <= 2 {
				return again
			}
			return otp.DrawLetterNumber()
		})
		var want []breach.LetterIssue
		for _, l := range plan.Letters {
			if (l.Number == breach.LetterNumber{}) != (l.Person == breach.Handle{}) {
				rt.Fatal("a letter of somebody has no number, or of nobody one")
			}
			if (l.Person != breach.Handle{}) {
				if slices.ContainsFunc(want, func(i breach.LetterIssue) bool { return i.Number == l.Number }) {
					rt.Fatal("a number of two people")
				}
				want = append(want, breach.LetterIssue{Person: l.Person, Number: l.Number})
			}
		}
		to, progress := &issued{most: rapid.SampledFrom([]int{notify.AtOnce, 10_000}).Draw(rt, "room")}, 0
		err := plan.Issue(t.Context(), to, audit.Entry{}, func(n int) { progress += n })
		if whole := len(want) <= to.most; whole != (err == nil) || !whole && !errors.Is(err, errFull) {
			rt.Fatalf("%d letters, room for %d: %v", len(want), to.most, err)
		}
		if progress != len(to.all) || !slices.Equal(to.all, want[:len(to.all)]) || err == nil && len(to.all) != len(want) {
			rt.Fatalf("%d of %d numbers were kept", len(to.all), len(want))
		}
	})
}

// TestNothingPrintsAPlace: not even a plan that somebody logs.
func TestNothingPrintsAPlace(t *testing.T) {
	w := newTown(t)
	w.add(t, "r1", breach.KindRecipient, "山田太郎|1500001|東京都渋谷区1-2-3")
	plan := w.plan(t, notify.Order{Missing: true})
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, plan); strings.Contains(s, "山田") || strings.Contains(s, "渋谷") {
			t.Errorf("%s prints %s", format, s)
		}
	}
}
