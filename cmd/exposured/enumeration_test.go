package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/audit"
	"exposure/internal/demo"
	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// onlooker sees the bytes of a conversation as they come off the network: heads in their
// order, bodies, and the size of every piece.
type onlooker struct {
	base   string
	source netip.Addr
	seen   []string
}

// look sends one request on a connection of its own and notes everything that comes back,
// what is random by its length. It returns the body as it was.
func (o *onlooker) look(t *testing.T, name, request string) string {
	t.Helper()
	_, body := o.hear(t, name, request, masked)
	return body
}

// hear does that with a mask of its own, and returns head and body as they were.
func (o *onlooker) hear(t *testing.T, name, request string, mask func(string) string) (head, body string) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: o.source.AsSlice()}}
	conn, err := dialer.Dial("tcp", strings.TrimPrefix(o.base, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, request)
	must(t, err)
	var pieces []int
	var all strings.Builder
	for buffer := make([]byte, 64<<10); ; {
		n, err := conn.Read(buffer)
		if n > 0 {
			pieces = append(pieces, n)
			all.Write(buffer[:n])
		}
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
	}
	if all.Len() > 4<<10 { // net/http sends it in several writes, and how they come is chance
		pieces = []int{all.Len()}
	}
	head, body, _ = strings.Cut(all.String(), "\r\n\r\n")
	o.seen = append(o.seen, fmt.Sprintf("%s: pieces of %v bytes\n%s\n%s", name, pieces, mask(head), mask(body)))
	return head, body
}

var masks4 = regexp.MustCompile(`(?m)^(X-Request-Id|Date): .*$|"(id|secret|expires_at|request_id)":"[^"]*"|;t=\d+`)

// masked replaces what differs between any two requests by its name and length.
func masked(text string) string {
	return masks4.ReplaceAllStringFunc(text, func(m string) string {
		name, _, _ := strings.Cut(strings.Trim(m, `";`), `"`)
		name, _, _ = strings.Cut(name, ":")
		name, _, _ = strings.Cut(name, "=")
		return fmt.Sprintf("<%s of %d>", name, len(m))
	})
}

const typed = "Content-Type: application/json"

// whole is everything somebody can do about an address without reading its mail: ask
// twice within a minute, begin without a mail, ask for another code, guess five times and once more, and make
// every kind of mistake on the way.
func (o *onlooker) whole(t *testing.T, address string) {
	t.Helper()
	quoted, err := json.Marshal(address)
	must(t, err)
	ask := rawRequest("POST /v1/verifications", fmt.Sprintf(`{"email":%s}`, quoted), typed)
	var v, second wire.Verification
	must(t, json.Unmarshal([]byte(o.look(t, "ask", ask)), &v))
	must(t, json.Unmarshal([]byte(o.look(t, "ask again", ask)), &second))
	var third wire.Verification
	must(t, json.Unmarshal([]byte(o.look(t, "begin without a mail", rawRequest("POST /v1/verifications", fmt.Sprintf(`{"email":%s,"send_code":false}`, quoted), typed))), &third))
	body := func(secret, code string) string { return fmt.Sprintf(`{"secret":%q,"code":%q}`, secret, code) }
	secret := fmt.Sprintf(`{"secret":%q}`, v.Secret)
	for _, step := range []struct{ name, path, body string }{
		{"another code", "/v1/verifications/" + v.Id + "/codes", secret},
		{"another code at once", "/v1/verifications/" + v.Id + "/codes", secret},
		{"another code with a foreign secret", "/v1/verifications/" + v.Id + "/codes", fmt.Sprintf(`{"secret":%q}`, second.Secret)},
		{"no code", confirmation(v), body(v.Secret, "no code")},
		{"no JSON", confirmation(v), body(v.Secret, "12345678") + "x"},
		{"a foreign secret", confirmation(v), body(second.Secret, "12345678")},
		{"no secret", confirmation(v), `{"code":"12345678"}`},
		{"guess 1", confirmation(v), body(v.Secret, "12345678")}, {"guess 2", confirmation(v), body(v.Secret, "12345679")},
		{"guess 3, long", confirmation(v), body(v.Secret, "12345678901234567890")}, {"guess 4", confirmation(v), body(v.Secret, "12345670")},
		{"guess 5", confirmation(v), body(v.Secret, "12345671")}, {"guess 6", confirmation(v), body(v.Secret, "12345672")},
		{"guess at the second", confirmation(second), body(second.Secret, "12345678")},
		{"a short code where none was mailed", confirmation(third), body(third.Secret, "12345678")},
		{"a long one there", confirmation(third), body(third.Secret, "12345678901234567890")},
		{"a third time", "/v1/verifications", fmt.Sprintf(`{"email":%s,"locale":"en"}`, quoted)},
		{"a malformed address", "/v1/verifications", fmt.Sprintf(`{"email":%s}`, strings.Replace(string(quoted), "@", "@@", 1))},
		{"a malformed body", "/v1/verifications", fmt.Sprintf(`{"email":%s,"Email":%s}`, quoted, quoted)},
		{"an unknown locale", "/v1/verifications", fmt.Sprintf(`{"email":%s,"locale":"xx"}`, quoted)},
	} {
		o.look(t, step.name, rawRequest("POST "+step.path, step.body, typed))
	}
}

// stranger is the nth address at the same provider, of the same length, that nobody has.
// An id holds the sealed address, so that its length follows that of what was typed.
func stranger(address string, n int) string {
	at := strings.LastIndexByte(address, '@')
	return fmt.Sprintf("%0*d", at, n) + address[at:]
}

// alike tells which of these people an onlooker can tell from a stranger.
func alike(t *testing.T, base string, people map[string]string, walk func(o *onlooker, address string)) {
	t.Helper()
	n := byte(0)
	next := func() *onlooker { n++; return &onlooker{base: base, source: netip.AddrFrom4([4]byte{127, 0, 9, n})} }
	for who, address := range people {
		unknown, known := next(), next()
		walk(unknown, stranger(address, int(n)))
		walk(known, address)
		if diff := cmp.Diff(unknown.seen, known.seen); diff != "" {
			t.Errorf("%s can be told from a stranger (-stranger +%s):\n%s", who, who, diff)
		}
	}
}

// exhaust writes the ten failures that use up somebody's budget of guesses.
func (s site) exhaust(t *testing.T, addresses ...string) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	var rows []audit.Entry
	for _, address := range addresses {
		a, err := email.Parse(address)
		must(t, err)
		for i := range 10 {
			tag := keys.Tag(a)
			rows = append(rows, audit.Entry{
				At: time.Now(), Actor: audit.Actor{Kind: audit.Customer}, Action: audit.Guess, Outcome: audit.Refused,
				Purpose: "web", Tag: &tag, Attempt: [16]byte{1, byte(i), byte(len(rows))}, Detail: audit.ShortCode,
			})
		}
	}
	must(t, db.Audit(keys).Append(t.Context(), rows...))
}

// TestNobodyCanBeToldFromAnybody compares every byte of everything that can be done about
// an address: on a list or not, in the shop's records and on no list, withdrawn, mailed all
// that it may be mailed, guessed at as often as may be.
func TestNobodyCanBeToldFromAnybody(t *testing.T) {
	s, shop := smallSite(t)
	people := map[string]string{
		"somebody listed": shop.Examples()[0].Email, "a carrier's address": "demo-couple..10@docomo.ne.jp",
		"somebody unknown with a long address": strings.Repeat("u", 150) + "@example.jp",
		"somebody in the records on no list":   only(t, shop.Strangers(), func(p demo.ShopPerson) bool { return true }),
		"somebody who has withdrawn":           only(t, shop.People(), func(p demo.ShopPerson) bool { return p.Withdrawn }),
		"somebody under review":                only(t, shop.Strangers(), func(p demo.ShopPerson) bool { return p.Review != "" }),
		"somebody listed and mailed enough":    only(t, shop.People(), func(p demo.ShopPerson) bool { return p.Cards > 1 }),
		"somebody unknown and mailed enough":   "mailed@example.jp",
		"somebody listed and guessed at":       only(t, shop.People(), func(p demo.ShopPerson) bool { return p.Engraved }),
		"somebody unknown and guessed at":      "guessed@example.jp",
	}
	s.exhaust(t, people["somebody listed and guessed at"], people["somebody unknown and guessed at"])
	office := openPostOffice(t)
	base := s.serve(t, live.Redis(t), office.url).public
	for range 4 { // one mail, the reserve, and then none
		for _, who := range []string{"somebody listed and mailed enough", "somebody unknown and mailed enough"} {
			from(base, here).start(t, people[who])
		}
	}
	alike(t, base, people, func(o *onlooker, address string) { o.whole(t, address) })
	for _, who := range []string{"somebody listed and mailed enough", "somebody unknown and mailed enough"} {
		if n := len(office.box(t, people[who], 2)); n != 2 {
			t.Errorf("%s got %d mails, so that this says nothing", who, n)
		}
	}
	for _, who := range []string{"somebody listed and guessed at", "somebody unknown and guessed at"} {
		if n := evaluated(t, s, people[who], "refused"); n > 10+2 { // two are at long codes, which have no budget
			t.Errorf("%s was guessed at %d times, so that this says nothing", who, n)
		}
	}
}

// only returns the first address of somebody who is like that.
func only(t *testing.T, people []demo.ShopPerson, like func(demo.ShopPerson) bool) string {
	t.Helper()
	for _, p := range people {
		if len(p.Emails) > 0 && like(p) {
			return p.Emails[0]
		}
	}
	t.Fatal("the invented shop has nobody like that")
	return ""
}

// TestADeadDatabaseIsDeadForAll: without its database the program does not even know
// whether the look-up is shut. So it says that it could not check, to everybody alike,
// and mails nobody.
func TestADeadDatabaseIsDeadForAll(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	base := s.serve(t, live.Redis(t), office.url).public
	address := shop.Examples()[0].Email
	v := from(base, here).start(t, address)
	code := office.code(t, address, 1)
	must(t, os.Rename(strings.TrimPrefix(s.database, "sqlite:"), strings.TrimPrefix(s.database, "sqlite:")+".away"))
	saw := map[string][]string{}
	for i, who := range []string{address, stranger(address, 1)} {
		o := &onlooker{base: base, source: netip.AddrFrom4([4]byte{127, 0, 9, byte(i + 1)})}
		body := o.look(t, "ask", rawRequest("POST /v1/verifications", fmt.Sprintf(`{"email":%q}`, who), typed))
		if !strings.Contains(body, "could-not-check") {
			t.Errorf("asking without a database was answered %s", body)
		}
		o.look(t, "guess", rawRequest("POST "+confirmation(v), fmt.Sprintf(`{"secret":%q,"code":%q}`, v.Secret, code), typed))
		saw[who] = o.seen
	}
	for who, seen := range saw {
		if diff := cmp.Diff(saw[stranger(address, 1)], seen); diff != "" {
			t.Errorf("%s is told from somebody unknown:\n%s", who, diff)
		}
	}
	if n := office.count(); n != 1 {
		t.Errorf("%d mails, want the one before", n)
	}
}
