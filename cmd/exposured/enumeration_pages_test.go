package main

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/demo"
	"exposure/internal/live"
)

// walker walks through the pages as a browser does, with its cookies.
type walker struct {
	*onlooker
	address string
	cookies map[string]string
}

var (
	tabOf     = regexp.MustCompile(`\bn=[a-z2-7]{8}`)
	cookieOf  = regexp.MustCompile(`(?m)^Set-Cookie: (\w+-\w+(?:-[a-z2-7]{8})?)=([^;\r]*)`)
	onPage    = regexp.MustCompile(`(?m)^(?:X-Request-Id|Date): .*$|\bn=[a-z2-7]{8}`)
	cookieTab = regexp.MustCompile(`-[a-z2-7]{8}=`)
)

// hidden is a page without what is random or was typed.
func (v *walker) hidden(text string) string {
	text = cookieOf.ReplaceAllStringFunc(text, func(m string) string {
		name, value, _ := strings.Cut(m, "=")
		return fmt.Sprintf("%s <%d>", cookieTab.ReplaceAllString(name+"=", "-tab"), len(value))
	})
	text = onPage.ReplaceAllStringFunc(text, func(m string) string { return fmt.Sprintf("<%d>", len(m)) })
	local, _, _ := strings.Cut(v.address, "@") // is shown back
	return strings.ReplaceAll(text, local, "LOCAL")
}

// visit asks for a page, or sends a form, and follows where it leads.
func (v *walker) visit(t *testing.T, path string, form url.Values) (where string) {
	t.Helper()
	header := []string{"Sec-Fetch-Site: same-origin", "Accept-Language: ja"}
	for _, name := range slices.Sorted(maps.Keys(v.cookies)) {
		header = append(header, "Cookie: "+name+"="+v.cookies[name])
	}
	line, body := "GET "+path, ""
	if form != nil {
		line, body = "POST "+path, form.Encode()
		header = append(header, "Content-Type: application/x-www-form-urlencoded")
	}
	head, _ := v.hear(t, tabOf.ReplaceAllString(line, "n=tab"), rawRequest(line, body, header...), v.hidden)
	for _, m := range cookieOf.FindAllStringSubmatch(head, -1) {
		v.cookies[m[1]] = m[2]
	}
	_, rest, leads := strings.Cut(head, "\r\nLocation: ")
	if !leads {
		return path
	}
	where, _, _ = strings.Cut(rest, "\r\n")
	return v.visit(t, where, nil)
}

// TestThePagesTellNobodyApart: page by page, cookies included, strangers and listed people
// see the same, whatever they do without the code.
func TestThePagesTellNobodyApart(t *testing.T) {
	s, shop := smallSite(t)
	people := map[string]string{
		"somebody listed":            shop.Examples()[0].Email,
		"somebody on no list":        only(t, shop.Strangers(), func(demo.ShopPerson) bool { return true }),
		"somebody who has withdrawn": only(t, shop.People(), func(p demo.ShopPerson) bool { return p.Withdrawn }),
		"somebody guessed at":        only(t, shop.People(), func(p demo.ShopPerson) bool { return p.Engraved }),
	}
	s.exhaust(t, people["somebody guessed at"])
	now := time.Now() // and stays so for the server: else a minute may end between two visitors
	base := s.serveBy(t, func() time.Time { return now }, live.Redis(t), openPostOffice(t).url).public
	alike(t, base, people, func(o *onlooker, address string) {
		v := &walker{onlooker: o, address: address, cookies: map[string]string{}}
		v.visit(t, "/lookup", url.Values{"address": {strings.Replace(address, "@", "@@", 1)}})
		at := v.visit(t, "/lookup", url.Values{"address": {address}})
		if !strings.HasPrefix(at, "/code?") {
			t.Fatalf("after the address came %s", at)
		}
		again := strings.Replace(at, "/code", "/code/resend", 1)
		v.visit(t, again, url.Values{})
		for i := range 6 {
			v.visit(t, at, url.Values{"code": {fmt.Sprintf("1234567%d", i)}})
		}
		v.visit(t, again, url.Values{})
		v.visit(t, at, url.Values{"code": {"no code"}})
		v.visit(t, "/lookup", url.Values{"address": {address}})
		held := v.visit(t, "/long-code", url.Values{"address": {address}})
		for range 2 {
			v.visit(t, held, url.Values{"code": {"12345678901234567890"}})
			v.visit(t, held, url.Values{"code": {"12345678"}})
		}
	})
}
