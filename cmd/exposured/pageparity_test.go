package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestPagesSayWhatTheAPISays lets everybody of the real exports read their answer as a
// page and as JSON, and one person of each kind in every language: nothing that one says
// is missing in the other.
func TestPagesSayWhatTheAPISays(t *testing.T) {
	s := realSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--insecure-no-limits").public, here)
	asked, kinds := map[string]bool{}, map[string]bool{}
	for _, file := range []string{"truth.csv", "noise.csv"} {
		for _, row := range table(t, file) {
			for _, address := range strings.Split(row["emails"]+row["email"], ";") {
				if address == "" || asked[address] {
					continue
				}
				asked[address] = true
				token := b.prove(t, office, address).Token
				for _, l := range []string{"ja", "en", "ja-easy"} {
					said := shown(jsonReport(t, b, token, l))
					if diff := cmp.Diff(said, pageReport(t, b, token, l)); diff != "" {
						t.Fatalf("%s, %s: the page differs from the JSON (-JSON +page):\n%s", row["person_key"], l, diff)
					}
					if kind := kindOf(said); l == "ja" && kinds[kind] {
						break
					} else {
						kinds[kind] = true
					}
				}
			}
		}
	}
	if len(asked) < 1100 || len(kinds) < 10 {
		t.Errorf("only %d addresses were asked about, %d kinds of answer", len(asked), len(kinds))
	}
}

// kindOf is the same for all who are told the same.
func kindOf(r wire.Report) string {
	r.CheckNumber = nil
	return fmt.Sprintf("%+v", r)
}

func jsonReport(t *testing.T, b *browser, token, locale string) wire.Report {
	t.Helper()
	var r wire.Report
	b.do(t, http.MethodGet, "/v1/report?locale="+locale, token, nil).decode(t, &r)
	return r
}

// shown is a report without what a page has no use for, or says in another form: the
// number of the version, instants beside their words, when the line opens.
func shown(r wire.Report) wire.Report {
	r.Incident, r.Version, r.Contact.NextOpen = "", 0, nil
	r.AsOf = r.AsOf.UTC()
	for i := range r.Exposures {
		r.Exposures[i].Period.From, r.Exposures[i].Period.To = nil, nil
	}
	return r
}

// pageReport reads a report out of its page.
func pageReport(t *testing.T, b *browser, token, locale string) wire.Report {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.base+"/result?n=aaaaaaaa&lang="+locale, nil)
	must(t, err)
	req.AddCookie(&http.Cookie{Name: "exposure-result-aaaaaaaa", Value: token})
	resp, err := b.client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	doc, err := html.Parse(resp.Body)
	must(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the page was answered %d", resp.StatusCode)
	}
	return readReport(t, page{doc})
}

func readReport(t *testing.T, p page) wire.Report {
	t.Helper()
	asOf, err := time.Parse(time.RFC3339, p.id("as-of").attr("datetime"))
	must(t, err)
	r := wire.Report{
		AsOf: asOf.UTC(), Status: wire.ReportStatusListed, CheckNumber: p.id("check-number").said(), ChangeNote: p.id("change-note").said(),
		Exposures: []wire.Exposure{}, NotExposed: []wire.Category{}, Undetermined: []wire.UndeterminedCategory{},
		CannotTell: []wire.CannotTell{}, Actions: []wire.Action{},
		Contact: wire.Contact{
			Phone: p.id("help-phone").text(), Email: p.id("help-mail").first("a", "").text(),
			Hours: p.id("help").first("span", "hours").text(), OpenNow: p.id("help-now").attr("data-open") == "yes",
		},
	}
	if p.first("div", "answer answer-not-listed").node != nil {
		r.Status = wire.ReportStatusNotListed
	}
	for _, e := range p.id("exposures").all("data-cohort") {
		r.Exposures = append(r.Exposures, readExposure(e))
	}
	for _, c := range p.id("not-exposed").all("data-category") {
		r.NotExposed = append(r.NotExposed, wire.Category{Id: c.attr("data-category"), Label: c.text()})
	}
	for _, d := range p.id("undetermined").allClass("doubt") {
		for _, c := range d.all("data-category") {
			r.Undetermined = append(r.Undetermined, wire.UndeterminedCategory{Id: c.attr("data-category"), Label: c.text(), Reason: d.first("p", "reason").text()})
		}
	}
	for _, c := range p.id("cannot-tell").all("data-statement") {
		r.CannotTell = append(r.CannotTell, wire.CannotTell{Id: c.attr("data-statement"), Text: c.text()})
	}
	if state := p.id("actions").attr("data-reset"); state != "" {
		r.PasswordReset = &wire.ReportPasswordReset{Required: p.id("actions").attr("data-required") == "true", State: wire.ResetState(state)}
	}
	for _, a := range p.id("actions").all("data-action") {
		r.Actions = append(r.Actions, wire.Action{Id: a.attr("data-action"), Title: a.first("strong", "").text(), Body: a.first("span", "").text()})
	}
	return r
}

func readExposure(e page) wire.Exposure {
	x := wire.Exposure{
		Cohort: e.attr("data-cohort"), Label: e.first("h3", "").text(), Reason: e.first("dd", "reason").text(),
		Period: wire.Period{Label: e.first("dd", "period").text()}, Categories: []wire.ExposedCategory{},
	}
	for _, c := range e.all("data-category") {
		x.Categories = append(x.Categories, wire.ExposedCategory{
			Id: c.attr("data-category"), Label: c.first("span", "").text(), Certainty: wire.Certainty(c.attr("data-certainty")),
		})
	}
	return x
}

// page is an element of a page; one that is not there has no text and no attributes.
type page struct{ node *html.Node }

func (p page) where(is func(page) bool) []page {
	if p.node == nil {
		return nil
	}
	var list []page
	for n := range p.node.Descendants() {
		if n.Type == html.ElementNode && is(page{n}) {
			list = append(list, page{n})
		}
	}
	return list
}

func one(list []page) page {
	if len(list) == 0 {
		return page{}
	}
	return list[0]
}

func (p page) id(id string) page {
	return one(p.where(func(e page) bool { return e.attr("id") == id }))
}

func (p page) all(attribute string) []page {
	return p.where(func(e page) bool { return e.attr(attribute) != "" })
}

func (p page) allClass(class string) []page {
	return p.where(func(e page) bool { return e.attr("class") == class })
}

func (p page) first(tag, class string) page {
	return one(p.where(func(e page) bool { return e.node.Data == tag && (class == "" || e.attr("class") == class) }))
}

func (p page) attr(name string) string {
	if p.node != nil {
		for _, a := range p.node.Attr {
			if a.Key == name {
				return a.Val
			}
		}
	}
	return ""
}

// text is what is read, without the readings over easy Japanese.
func (p page) text() string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			out.WriteString(n.Data)
		case n.Type == html.ElementNode && (n.Data == "rt" || n.Data == "rp"):
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if p.node != nil {
		walk(p.node)
	}
	return out.String()
}

func (p page) said() *string {
	if p.node == nil {
		return nil
	}
	s := p.text()
	return &s
}

var formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"[^>]*id="([a-z]+)-form"`)

// TestWholeJourneyOnPages goes through the pages of the running program, with real mail.
func TestWholeJourneyOnPages(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	b := from(s.serve(t, live.Redis(t), office.url).public, here)
	jar, err := cookiejar.New(nil)
	must(t, err)
	b.client.Jar = jar
	address := shop.Examples()[0].Email
	at, err := url.Parse(b.base)
	must(t, err)
	send := func(path string, form url.Values) (string, *http.Response) {
		t.Helper()
		resp, err := b.client.PostForm(b.base+path, form)
		must(t, err)
		defer resp.Body.Close()
		body := new(strings.Builder)
		must(t, resp.Write(body))
		return body.String(), resp
	}
	action := func(body, form string) string {
		t.Helper()
		for _, m := range formAction.FindAllStringSubmatch(body, -1) {
			if m[2] == form {
				return html.UnescapeString(m[1])
			}
		}
		t.Fatalf("no form %s in %s", form, body)
		return ""
	}
	body, _ := send("/lookup", url.Values{"address": {address}})
	body, _ = send(action(body, "code"), url.Values{"code": {"確認コード: " + office.code(t, address, 1)}})
	if !strings.Contains(body, `data-page="result" data-state="listed"`) {
		t.Fatalf("the answer is %s", body)
	}
	body, resp := send(action(body, "finish"), nil)
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `data-page="finished"`) || len(jar.Cookies(at)) != 0 {
		t.Errorf("the end is %d with %v", resp.StatusCode, jar.Cookies(at))
	}
}
