package main

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/wire"
)

var elsewhere = here.Next() // another browser, at another address

// TestAUsedCodeIsWorthNothing: whoever looked over a shoulder, or reads the mail later.
func TestAUsedCodeIsWorthNothing(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, other, address := from(g.public, here), from(g.public, elsewhere), g.somebody()
		v, code := g.ask(t, b, address, 1)
		r := b.confirm(t, v, code)
		if r.status != http.StatusOK {
			t.Fatalf("the right code: %d %s", r.status, r.body)
		}
		var c wire.Confirmation
		r.decode(t, &c)
		theirs := other.start(t, address)
		refused(t, b.confirm(t, v, code), 0)
		refused(t, other.confirm(t, v, code), 0)      // with everything the first browser knows
		refused(t, other.confirm(t, theirs, code), 4) // a verification of its own: one of its tries
		if r := b.do(t, http.MethodDelete, "/v1/session", c.Token, nil); r.status != http.StatusNoContent {
			t.Fatalf("ending the session: %d", r.status)
		}
		refused(t, b.confirm(t, v, code), 0) // also once the session is over
		accepted, told := g.rows(t, address, "guess", "accepted"), g.rows(t, address, "disclosure", "done")
		if accepted != 1 || told != 1 || g.sessions(t) > 0 {
			t.Errorf("%d accepted, %d disclosures, %d sessions left; want 1, 1 and none", accepted, told, g.sessions(t))
		}
	}, "--insecure-no-limits")
}

// TestCodesStayWhereTheyBelong: codes, secrets and verifications of two people, exchanged
// in every way, in one browser.
func TestCodesStayWhereTheyBelong(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, anna, ben := from(g.public, here), g.somebody(), g.somebody()
		a1, codeA := g.ask(t, b, anna, 1)
		b1, codeB := g.ask(t, b, ben, 1)
		a2, codeA2 := g.ask(t, b, anna, 2) // another browser of Anna's
		if codeA == codeB || codeA == codeA2 {
			t.Fatal("two codes are the same, which happens twice in a hundred million runs: run it again")
		}
		// Codes of another verification are wrong codes, and are charged as such.
		refused(t, b.confirm(t, b1, codeA), 4)
		refused(t, b.confirm(t, a1, codeB), 4)
		refused(t, b.confirm(t, a2, codeA), 4)
		// Without its own secret a verification says nothing and charges nobody.
		before := []int{g.rows(t, anna, "guess", "refused"), g.rows(t, ben, "guess", "refused")}
		mixed := []wire.Verification{{Id: a1.Id, Secret: b1.Secret}, {Id: b1.Id, Secret: a1.Secret}, {Id: a1.Id, Secret: a2.Secret}}
		for _, v := range append(mixed, wire.Verification{Id: a1.Id, Secret: strings.Repeat("A", 43)}) {
			for _, code := range []string{codeA, codeB, codeA2} {
				refused(t, b.confirm(t, v, code), 0)
			}
		}
		if after := []int{g.rows(t, anna, "guess", "refused"), g.rows(t, ben, "guess", "refused")}; !slices.Equal(before, after) || before[0] != 2 || before[1] != 1 {
			t.Errorf("failures of both before and after: %v, %v; want 2 and 1", before, after)
		}
		if k, known := g.kept(t, anna); known && (k.tries() != 2 || len(k.Failures) != 2) {
			t.Errorf("Redis holds %+v of the first", k)
		}
		// An id that was tampered with, or cut, reaches nothing.
		sealed, err := base64.RawURLEncoding.DecodeString(a1.Id)
		must(t, err)
		for i := range sealed {
			forged := slices.Clone(sealed)
			forged[i] ^= 1
			v := wire.Verification{Id: base64.RawURLEncoding.EncodeToString(forged), Secret: a1.Secret}
			if r := b.confirm(t, v, codeA); r.status != http.StatusNotFound {
				t.Fatalf("an id with byte %d changed: %d %s", i, r.status, r.body)
			}
		}
		for _, right := range []struct {
			v    wire.Verification
			code string
		}{{a1, codeA}, {b1, codeB}, {a2, codeA2}} {
			if r := b.confirm(t, right.v, right.code); r.status != http.StatusOK {
				t.Errorf("a code where it belongs: %d %s", r.status, r.body)
			}
		}
	}, "--insecure-no-limits")
}

// TestCookiesCarryNothing: the secret of a verification and the session are in bodies and
// headers that no other site can set, so a planted cookie is nobody.
func TestCookiesCarryNothing(t *testing.T) {
	g := aim(t, nil, "--insecure-no-limits")
	b, address, mine := from(g.public, here), g.somebody(), g.somebody()
	attacker := b.prove(t, g.office, mine)
	v, code := g.ask(t, b, address, 1)
	jar := "__Host-secret=" + v.Secret + "; __Host-secret=" + v.Secret + "; session=" + attacker.Token
	// The secret left out, twice, or in cookies only.
	for body, want := range map[string]int{
		`{"code":"` + code + `"}`: 400, `{"secret":"","code":"` + code + `"}`: 400,
		`{"secret":"` + v.Secret + `","secret":"` + v.Secret + `","code":"` + code + `"}`: 400,
		`{"secret":"x","code":"` + code + `"}`:                                            422,
	} {
		if r := b.post(t, confirmation(v), body, "Cookie", jar); r.status != want {
			t.Errorf("%s: %d %s, want %d", body, r.status, r.body, want)
		}
	}
	if n := g.rows(t, address, "guess", "refused"); n != 0 {
		t.Errorf("%d failures were charged to the owner", n)
	}
	// A session that was there before is not the one that is issued, and tells its own.
	r := b.post(t, confirmation(v), `{"secret":"`+v.Secret+`","code":"`+code+`"}`, "Cookie", jar, "Authorization", "Bearer "+attacker.Token)
	var c wire.Confirmation
	r.decode(t, &c)
	if r.status != http.StatusOK || c.Token == attacker.Token || len(c.Token) != 43 || r.header.Get("Set-Cookie") != "" {
		t.Errorf("a right code under a planted session: %d, cookies %q", r.status, r.header.Get("Set-Cookie"))
	}
	if r := b.get(t, "/v1/report", "Cookie", "session="+c.Token+"; token="+c.Token+"; Authorization=Bearer "+c.Token); r.status != http.StatusUnauthorized {
		t.Errorf("a token in a cookie: %d %s", r.status, r.body)
	}
	if report(t, b, attacker.Token).CheckNumber == nil || *report(t, b, attacker.Token).CheckNumber == *report(t, b, c.Token).CheckNumber {
		t.Error("the session from before tells somebody else's report")
	}
	for _, made := range []string{strings.Repeat("A", 43), v.Secret, c.Token[:42], c.Token + "A", strings.ToLower(c.Token)} {
		if r := b.get(t, "/v1/report", "Authorization", "Bearer "+made); r.status != http.StatusUnauthorized {
			t.Errorf("a token nobody issued: %d %s", r.status, r.body)
		}
	}
}

// TestOneLongCodeTwoBrowsers: two browsers that never asked for it type it in the same
// moment.
func TestOneLongCodeTwoBrowsers(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, address, stranger := from(g.public, here), g.somebody(), g.somebody()
		g.ask(t, b, address, 1)
		g.ask(t, b, address, 2)
		_, long := g.ask(t, b, address, 3)
		if len(long) != 20 {
			t.Fatalf("the third mail carries a code of %d digits", len(long))
		}
		refused(t, b.confirm(t, b.start(t, stranger), long), 4)
		browsers := []*browser{from(g.public, here), from(g.public, elsewhere)}
		var verifications []wire.Verification
		for _, b := range browsers {
			verifications = append(verifications, b.start(t, address))
		}
		got := inParallel(t, 2, func(i int) (reply, error) {
			return browsers[i].try(http.MethodPost, confirmation(verifications[i]), "", guess(verifications[i], long))
		})
		if got[200] != 1 || got[422] != 1 {
			t.Errorf("two browsers with one long code were answered %v", got)
		}
		if n := g.rows(t, address, "disclosure", "done"); n != 1 {
			t.Errorf("%d disclosures, want 1", n)
		}
		if n := g.rows(t, stranger, "guess", "accepted"); n != 0 {
			t.Error("the code of one address was accepted for another")
		}
	}, "--insecure-no-limits")
}

// TestCodesThatAreOver: what Redis keeps is made older, so that time passes for the code
// and not for the test.
func TestCodesThatAreOver(t *testing.T) {
	onEveryRedis(t, codesThatAreOver, "--insecure-no-limits")
}

func codesThatAreOver(t *testing.T, g *target) {
	b := from(g.public, here)
	for _, c := range []struct {
		name   string
		mail   int // the third is a long one
		passed time.Duration
		status int
	}{
		{"short, just before", 1, 30*time.Minute - 30*time.Second, 200},
		{"short, a second after", 1, 30*time.Minute + time.Second, 422},
		{"long, just before", 3, 24*time.Hour - time.Minute, 200},
		{"long, a second after", 3, 24*time.Hour + time.Second, 422},
	} {
		address := g.somebody()
		var v wire.Verification
		var code string
		for n := range c.mail {
			v, code = g.ask(t, b, address, n+1)
		}
		g.pass(t, address, c.passed)
		if len(code) == 20 { // its verification is over by then
			v = b.start(t, address)
			g.office.box(t, address, 4)
		}
		if r := b.confirm(t, v, code); r.status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, r.status, r.body, c.status)
		}
		if n := g.rows(t, address, "guess", "refused"); len(code) == 8 && n != 0 {
			t.Errorf("%s: a code whose time is over was charged to the person", c.name)
		}
	}
}

// TestVerificationsThatAreOver: an hour after its first code was mailed a verification takes no
// code any more, neither a short one that is not yet as old nor a long one that lives on.
func TestVerificationsThatAreOver(t *testing.T) {
	onEveryRedis(t, verificationsThatAreOver, "--insecure-no-limits")
}

func verificationsThatAreOver(t *testing.T, g *target) {
	b := from(g.public, here)
	for passed, status := range map[time.Duration]int{time.Hour - 30*time.Second: 200, time.Hour + time.Second: 422} {
		address := g.somebody()
		v, _ := g.ask(t, b, address, 1)
		g.pass(t, address, 45*time.Minute)
		b.resend(t, v)
		code := g.office.code(t, address, 2)
		g.pass(t, address, passed-45*time.Minute)
		if r := b.confirm(t, v, code); r.status != status || digitsOf(code) != 8 {
			t.Errorf("%v after the first mail the code of the second, of %d digits: %d %s, want %d", passed, digitsOf(code), r.status, r.body, status)
		}

		address = g.somebody()
		v, _ = g.ask(t, b, address, 1)
		g.ask(t, b, address, 2)
		_, long := g.ask(t, b, address, 3)
		g.pass(t, address, passed)
		if r := b.confirm(t, v, long); r.status != status {
			t.Errorf("%v after its first mail a long code in a verification: %d %s, want %d", passed, r.status, r.body, status)
		}
		if r := b.confirm(t, b.start(t, address), long); (r.status == 200) == (status == 200) {
			t.Errorf("%v later the long code in a new verification: %d %s", passed, r.status, r.body)
		}
	}
}
