package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/demo/shopfront"
)

// loginAttempt is somebody at the shop's login with a password.
type loginAttempt struct{ address, password string }

// Three people with login names of one length: one who is on the list, one of the shop who is
// not, and nobody.
var (
	affectedRight   = loginAttempt{"unverified@example.com", oldPassword("9")}
	affectedWrong   = loginAttempt{"unverified@example.com", "momiji0000"}
	unaffectedRight = loginAttempt{"unaffected@example.com", oldPassword("500")}
	unaffectedWrong = loginAttempt{"unaffected@example.com", "momiji0000"}
	nobodys         = loginAttempt{"unknownone@example.com", oldPassword("9")}
)

// shopDoor is the shop's login over the wire, without what the suite's browser adds.
type shopDoor struct {
	base    string
	sources byte
}

func (s *shopSite) door(t *testing.T, shop *shopfront.Shop) *shopDoor {
	t.Helper()
	srv := httptest.NewServer(shop)
	t.Cleanup(srv.Close)
	return &shopDoor{base: srv.URL}
}

var (
	typedAddress  = regexp.MustCompile(`[a-z]{10}@example\.com`)
	sessionCookie = regexp.MustCompile(`__Host-shop-session=[A-Za-z0-9_-]{43};`)
)

// says is every byte with which the shop answers a login, but for the address typed and the
// session begun. Each comes from an address of its own, as a thief's do.
func (d *shopDoor) says(t *testing.T, a loginAttempt) string {
	t.Helper()
	said, _ := d.logIn(t, a)
	return said
}

func (d *shopDoor) logIn(t *testing.T, a loginAttempt) (said, cookie string) {
	t.Helper()
	form := url.Values{"address": {a.address}, "password": {a.password}}.Encode()
	said, head := d.hear(t, rawRequest("POST /mypage/login", form, "Content-Type: application/x-www-form-urlencoded"))
	return said, strings.TrimSuffix(sessionCookie.FindString(head), ";")
}

func (d *shopDoor) hear(t *testing.T, request string) (said, head string) {
	t.Helper()
	d.sources++
	o := &onlooker{base: d.base, source: netip.AddrFrom4([4]byte{127, 0, 24, d.sources})}
	head, _ = o.hear(t, "the shop", request, func(text string) string {
		return sessionCookie.ReplaceAllString(typedAddress.ReplaceAllString(masked(text), "<typed>"), "<session>;")
	})
	return o.seen[0], head
}

// alike wants the same answer for all of them, with this status.
func (d *shopDoor) alike(t *testing.T, when string, status int, attempts ...loginAttempt) {
	t.Helper()
	first := d.says(t, attempts[0])
	if !strings.Contains(first, fmt.Sprintf("HTTP/1.1 %d ", status)) {
		t.Errorf("%s, %s: %s, want %d", when, attempts[0].address, first, status)
	}
	for _, a := range attempts[1:] {
		if diff := cmp.Diff(first, d.says(t, a)); diff != "" {
			t.Errorf("%s, %s can be told from %s:\n%s", when, a.address, attempts[0].address, diff)
		}
	}
}

// TestAnOldPasswordTellsNothing: whoever tries old passwords at the shop's login learns of
// nobody whether they are affected, not a member, or gave another password: before the order,
// while the gate of the look-up alone bars, once the list has come, and while neither can be
// asked.
func TestAnOldPasswordTellsNothing(t *testing.T) {
	s := newShopSite(t)
	s.server = s.serve(t, "", openPostOffice(t).url)
	key, err := s.operator.NewClient(t.Context(), "shop")
	must(t, err)
	shop := s.openFront(t, &clock{}, key)
	d := s.door(t, shop)
	d.alike(t, "before the order", http.StatusUnprocessableEntity, nobodys, unaffectedWrong, affectedWrong)
	d.alike(t, "before the order, with the right password", http.StatusSeeOther, unaffectedRight, affectedRight)
	_, session := d.logIn(t, affectedRight)
	if !d.letsIn(t, session) {
		t.Fatal("the old password opens nothing before the order")
	}
	must(t, s.order(t))
	barred := []loginAttempt{nobodys, unaffectedWrong, affectedWrong, affectedRight}
	d.alike(t, "while the gate bars", http.StatusUnprocessableEntity, barred...)
	go shop.Run(t.Context())
	for deadline := time.Now().Add(patience); d.letsIn(t, session); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the shop never reads the list")
		}
	}
	d.alike(t, "once the list has come", http.StatusUnprocessableEntity, barred...)
	s.away.Store(true)
	d.alike(t, "while the look-up is away", http.StatusUnprocessableEntity, barred...)
	d.alike(t, "who is not affected", http.StatusSeeOther, unaffectedRight)
}

// letsIn tells whether a session shows MY page.
func (d *shopDoor) letsIn(t *testing.T, session string) bool {
	t.Helper()
	said, _ := d.hear(t, rawRequest("GET /mypage/", "", "Cookie: "+session))
	return strings.Contains(said, "HTTP/1.1 200 ")
}

// TestTheGateKnowsNobodyUnaffected: at the running server the shop's programs are answered
// alike, byte for byte, about a number that nobody has, a member who is not affected, and one
// whose reset is only planned or who is exempt: at the gate, and when a completion is claimed.
func TestTheGateKnowsNobodyUnaffected(t *testing.T) {
	f := openShopfloor(t, nil)
	kit := f.desk.client(t, "kit", "gate,complete")
	members, taken := membersOf(f.shop, false, false), map[string]bool{}
	for _, p := range append(f.shop.People(), f.shop.Strangers()...) {
		taken[strconv.Itoa(p.MemberID)] = true
	}
	outside := slices.IndexFunc(f.shop.Strangers(), func(p demo.ShopPerson) bool { return p.MemberID > 99 && p.MemberID < 1000 })
	unaffected, unknown := strconv.Itoa(f.shop.Strangers()[outside].MemberID), 100
	for taken[strconv.Itoa(unknown)] {
		unknown++
	}
	planned, exempt := members[len(members)-1].id, members[len(members)-2].id
	f.desk.step(t, audit.ResetPlan, func(r breach.Reset) (breach.Reset, error) { return r.Exempt(time.Now()) }, exempt)
	if f.desk.state(t, planned) != breach.ResetPlanned || f.desk.state(t, exempt) != breach.ResetExempt {
		t.Fatal("these members are not what they are to be")
	}
	for who, id := range map[string]string{
		"a member who is not affected": unaffected, "one whose reset is planned": planned, "one who is exempt": exempt,
	} {
		if len(id) != len(strconv.Itoa(unknown)) {
			t.Fatalf("%d and %s differ in length", unknown, id)
		}
		if diff := cmp.Diff(f.claimed(t, kit, strconv.Itoa(unknown)), f.claimed(t, kit, id)); diff != "" {
			t.Errorf("%s can be told from nobody (-nobody +%s):\n%s", who, who, diff)
		}
	}
	if said := f.claimed(t, kit, f.member.id); !strings.Contains(said[0], `"required":true`) {
		t.Errorf("of a member who is barred the gate says %s", said[0])
	}
}

// claimed is all the shop's programs hear about a number for which they have no ticket.
func (f *shopfloor) claimed(t *testing.T, key, id string) []string {
	t.Helper()
	o := &onlooker{base: f.mypage, source: here}
	bearer, path := "Authorization: Bearer "+key, gatePath(id)
	for _, what := range []struct{ line, header string }{
		{"GET " + path, ""}, {"HEAD " + path, ""}, {"POST " + path + "/completion", ""}, {"POST " + path + "/completion", "Idempotency-Key: first-" + id},
		{"POST " + path + "/completion", "Idempotency-Key: first-" + id}, {"POST " + path + "/completion", "Idempotency-Key: again-" + id},
		{"GET " + path, ""}, {"GET " + path + "?state=required", ""}, {"DELETE " + path, ""}, {"GET " + path + "/completion", ""},
	} {
		headers := []string{bearer}
		if what.header != "" {
			headers = append(headers, what.header)
		}
		o.look(t, strings.ReplaceAll(what.line, id, "<id>"), rawRequest(what.line, "", headers...))
	}
	return o.seen
}
