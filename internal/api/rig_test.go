package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"exposure/internal/api"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
)

var jst = time.FixedZone("JST", 9*60*60)

func text(ja, en string) breach.Text { return breach.Text{breach.Japanese: ja, breach.English: en} }

// incident is a small one in the shape of the case.
func incident() *breach.Incident {
	end := time.Date(2023, 3, 17, 0, 0, 0, 0, jst)
	return &breach.Incident{
		ID: "shop-2023", Zone: jst, Locales: breach.Locales(), PublishedAt: time.Date(2023, 7, 25, 0, 0, 0, 0, jst),
		Site:    breach.Site{Name: text("店", "Shop"), Origin: "https://shop.example.jp"},
		Mail:    breach.Mail{From: "notice@shop.example.jp"},
		Contact: breach.Contact{Phone: "0120-00-0000", Email: "help@shop.example.jp", Label: text("平日", "Weekdays"), Hours: breach.OfficeHours{Zone: jst}},
		Categories: []breach.Category{
			{ID: "card_number", Label: text("カード番号", "Card number")}, {ID: "name", Label: text("氏名", "Name")}, {ID: "gender", Label: text("性別", "Gender")},
		},
		Actions:  []breach.Action{{ID: "reset_password", Title: text("題", "Title"), Body: text("文", "Body")}},
		Timeline: []breach.Event{{On: end, What: text("発見", "Found")}},
		FAQ:      []breach.Question{{ID: "q", Ask: text("問", "Ask"), Answer: text("答", "Answer")}},
		Cohorts: []breach.Cohort{{
			ID: "member", Label: text("会員", "Member"), Reason: text("理由", "Reason"), Period: breach.Period{Label: text("まで", "Until"), To: &end},
			RulesOut: []breach.CategoryID{"card_number"}, Actions: []breach.CohortAction{{ID: "reset_password"}},
			Exposes: []breach.Exposes{{Category: "name"}, {Category: "gender"}},
		}},
		CannotTell: []breach.Statement{{ID: "other_address", Text: text("ほかのアドレス", "Another address")}},
	}
}

func report(answer breach.Answer) breach.Report {
	return breach.NewReport(breach.Facts{
		Incident: incident(), Version: 3, PublishedAt: time.Date(2023, 7, 24, 18, 0, 0, 0, jst), Answer: answer,
		CheckNumber: breach.CheckNumber{Digits: "4821"}, Now: time.Date(2023, 7, 26, 12, 0, 0, 0, jst),
	})
}

func someone() breach.Answer {
	return breach.Answer{Persons: []breach.Person{{
		Ref: 1, Kind: breach.KindMember, Edge: breach.EdgeLogin,
		Exposures: []breach.Exposure{{Cohort: "member", Categories: []breach.Exposed{
			{Category: "name", Certainty: breach.Possible}, {Category: "gender", Certainty: breach.PossibleIfEntered},
		}}},
	}}}
}

// journey stands in for the use case: it answers what it is told to and remembers what
// it was asked.
type journey struct {
	err    error
	answer breach.Answer
	asked  []string
	client netip.Addr
	usage  map[ratelimit.Name]ratelimit.Usage
	pause  *breach.Pause
}

func (j *journey) ask(c lookup.Client, args ...string) error {
	j.asked, j.client = args, c.Addr
	for name, u := range j.usage {
		c.Usage(name, u)
	}
	return j.err
}

func (j *journey) started() lookup.Started {
	return lookup.Started{
		ID: "AYx0cQ", Secret: "jK3mB0", ExpiresAt: time.Date(2023, 7, 26, 4, 5, 0, 7, time.UTC), ResendAfter: time.Minute, CodeDigits: 8,
	}
}

func (j *journey) confirmed() lookup.Confirmed {
	return lookup.Confirmed{Token: "t0k3n", ExpiresAt: time.Date(2023, 7, 26, 4, 5, 0, 7, time.UTC), Report: report(j.answer)}
}

func (j *journey) Start(_ context.Context, c lookup.Client, address string) (lookup.Started, error) {
	return j.started(), j.ask(c, "start", address)
}

func (j *journey) Begin(_ context.Context, c lookup.Client, address string) (lookup.Started, error) {
	return j.started(), j.ask(c, "begin", address)
}

func (j *journey) Resend(_ context.Context, c lookup.Client, id, secret string) (lookup.Started, error) {
	return j.started(), j.ask(c, "resend", id, secret)
}

func (j *journey) Confirm(_ context.Context, c lookup.Client, id, secret, code string) (lookup.Confirmed, error) {
	return j.confirmed(), j.ask(c, "confirm", id, secret, code)
}

func (j *journey) ConfirmLetter(_ context.Context, c lookup.Client, number string) (lookup.Confirmed, error) {
	return j.confirmed(), j.ask(c, "letter", number)
}

func (j *journey) Report(_ context.Context, c lookup.Client, token string) (breach.Report, error) {
	return report(j.answer), j.ask(c, "report", token)
}

func (j *journey) RequestReset(_ context.Context, c lookup.Client, token string) (lookup.Ticket, error) {
	return lookup.Ticket{URL: "https://shop.example/mypage/new?ticket=T1cket", ExpiresAt: time.Date(2023, 7, 26, 4, 5, 0, 7, time.UTC)}, j.ask(c, "reset", token)
}

func (j *journey) End(_ context.Context, c lookup.Client, token string) error {
	return j.ask(c, "end", token)
}

func (j *journey) Public(context.Context) lookup.Public {
	in := incident()
	return lookup.Public{Incident: in, Pause: j.pause, Contact: in.ContactAt(time.Date(2023, 7, 26, 12, 0, 0, 0, jst))}
}

// open serves the journey over real HTTP, through the real server.
func open(t *testing.T, j *journey) *httptest.Server {
	t.Helper()
	a, err := api.New(j, j)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{
		PublicAddr: "127.0.0.1:0", PrivateAddr: "127.0.0.1:0", PublicURL: &url.URL{Scheme: "https", Host: "check.example.jp"},
		Doors: []server.Door{a}, Ready: func(context.Context) error { return nil }, Phone: "0120-00-0000",
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s.PublicHandler())
	t.Cleanup(ts.Close)
	return ts
}

type response struct {
	status int
	header http.Header
	body   string
}

// call sends a request and checks the answer against openapi.yaml, whatever it is.
func call(t *testing.T, ts *httptest.Server, method, path, body string, header ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body = http.NoBody
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := ts.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := response{res.StatusCode, res.Header, string(b)}
	checkAgainstDocument(t, req, r)
	return r
}

func (r response) field(t *testing.T, path ...string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

const session = "Authorization"

// requests is one good request for every operation of the public door.
var requests = []struct{ operation, method, path, body string }{
	{"getIncident", "GET", "/v1/incident", ""},
	{"startVerification", "POST", "/v1/verifications", `{"email":"hanako@example.jp","locale":"ja"}`},
	{"resendCode", "POST", "/v1/verifications/AYx0cQ/codes", `{"secret":"jK3mB0"}`},
	{"confirmVerification", "POST", "/v1/verifications/AYx0cQ/confirmation", `{"secret":"jK3mB0","code":"1234-5678"}`},
	{"confirmLetter", "POST", "/v1/letter-verifications", `{"letter_number":"12345-67890-1244"}`},
	{"getReport", "GET", "/v1/report", ""},
	{"requestPasswordReset", "POST", "/v1/password-reset", ""},
	{"endSession", "DELETE", "/v1/session", ""},
}
