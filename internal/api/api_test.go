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

func TestJourney(t *testing.T) {
	j := &journey{answer: someone()}
	ts := open(t, j)
	for _, c := range []struct {
		operation string
		status    int
		asked     []string
	}{
		{"getIncident", 200, nil},
		{"startVerification", 202, []string{"start", "hanako@example.jp"}},
		{"resendCode", 202, []string{"resend", "AYx0cQ", "jK3mB0"}},
		{"confirmVerification", 200, []string{"confirm", "AYx0cQ", "jK3mB0", "1234-5678"}},
		{"confirmLetter", 200, []string{"letter", "12345-67890-1244"}},
		{"getReport", 200, []string{"report", "t0k3n"}},
		{"requestPasswordReset", 201, []string{"reset", "t0k3n"}},
		{"endSession", 204, []string{"end", "t0k3n"}},
	} {
		for _, r := range requests {
			if r.operation != c.operation {
				continue
			}
			j.asked = nil
			got := call(t, ts, r.method, r.path, r.body, session, "Bearer t0k3n")
			if got.status != c.status {
				t.Errorf("%s: got %d %s, want %d", c.operation, got.status, got.body, c.status)
			}
			if strings.Join(j.asked, " ") != strings.Join(c.asked, " ") {
				t.Errorf("%s asked %q, want %q", c.operation, j.asked, c.asked)
			}
			if j.asked != nil && j.client.String() != "127.0.0.1" {
				t.Errorf("%s: the client was %s", c.operation, j.client)
			}
		}
	}
}

func TestAnswersHoldWhatTheJourneySaid(t *testing.T) {
	j := &journey{answer: someone()}
	ts := open(t, j)
	started := call(t, ts, "POST", "/v1/verifications", `{"email":"hanako@example.jp"}`)
	want := `{"code_digits":8,"expires_at":"2023-07-26T13:05:00+09:00","id":"AYx0cQ","resend_after":60,"secret":"jK3mB0"}`
	if got := strings.TrimSpace(started.body); got != want {
		t.Errorf("started: got %s, want %s", got, want)
	}
	confirmed := call(t, ts, "POST", "/v1/verifications/AYx0cQ/confirmation?locale=en", `{"secret":"jK3mB0","code":"1234-5678"}`)
	if got := confirmed.field(t, "report", "status"); got != "listed" {
		t.Errorf("status: %v", got)
	}
	if got := confirmed.field(t, "expires_at"); got != "2023-07-26T13:05:00+09:00" {
		t.Errorf("expires_at: %v", got)
	}
	ticket := call(t, ts, "POST", "/v1/password-reset", "", session, "Bearer t0k3n")
	want = `{"expires_at":"2023-07-26T13:05:00+09:00","url":"https://shop.example/mypage/new?ticket=T1cket"}`
	if got := strings.TrimSpace(ticket.body); got != want {
		t.Errorf("the way to a new password: got %s, want %s", got, want)
	}
	j.answer = breach.Answer{}
	unlisted := call(t, ts, "GET", "/v1/report?locale=en", "", session, "Bearer t0k3n")
	if got, has := unlisted.field(t, "change_note").(string); has {
		t.Errorf("nothing changed, but it says %q", got)
	}
	if got := unlisted.field(t, "status"); got != "not_listed" || !strings.Contains(unlisted.body, "Another address") {
		t.Errorf("not listed: %s", unlisted.body)
	}
}

// TestDroppedIsSaid in every language, to people an earlier list held, and never to those
// whom the present one holds.
func TestDroppedIsSaid(t *testing.T) {
	j := &journey{answer: breach.Answer{Dropped: true}}
	ts := open(t, j)
	for l, want := range map[string]string{
		"ja":      "前回の確認結果から変わりました。2023年7月24日 午後6時（18:00）時点の調査では、このメールアドレスは一覧にありません。",
		"en":      "This differs from your last result: as of 24 July 2023, 18:00 (JST) this address is not on the list.",
		"ja-easy": "前の こたえと ちがいます。いまは、この メールでは 見つかりません。",
	} {
		got := call(t, ts, "GET", "/v1/report?locale="+l, "", session, "Bearer t0k3n")
		if got.field(t, "change_note") != want || got.field(t, "status") != "not_listed" {
			t.Errorf("%s: %s", l, got.body)
		}
		confirmed := call(t, ts, "POST", "/v1/verifications/AYx0cQ/confirmation?locale="+l, `{"secret":"jK3mB0","code":"1234-5678"}`)
		if confirmed.field(t, "report", "change_note") != want {
			t.Errorf("%s: %s", l, confirmed.body)
		}
	}
	j.answer = someone()
	j.answer.Dropped = true
	if got := call(t, ts, "GET", "/v1/report", "", session, "Bearer t0k3n"); got.field(t, "change_note") != nil || got.field(t, "status") != "listed" {
		t.Errorf("listed: %s", got.body)
	}
}

// TestNothingDependsOnTheAddress: the same journey answer gives the same bytes, whoever
// is asked about; this door adds nothing that could differ.
func TestNothingDependsOnTheAddress(t *testing.T) {
	ts := open(t, &journey{})
	var first response
	for i, address := range []string{"a@b.jp", "hanako@example.jp", strings.Repeat("x", 200) + "@example.jp", "ａ＠ｂ．ｊｐ"} {
		got := call(t, ts, "POST", "/v1/verifications", `{"email":"`+address+`"}`)
		got.header.Del("X-Request-Id")
		got.header.Del("Date")
		if i == 0 {
			first = got
			continue
		}
		if got.status != first.status || got.body != first.body || len(got.header) != len(first.header) {
			t.Errorf("%.20s: got %+v, want %+v", address, got, first)
		}
	}
}

func TestEveryErrorOnEveryRoute(t *testing.T) {
	for _, err := range []error{
		lookup.ErrMalformedAddress, lookup.ErrMalformedCode, lookup.ErrNotFound, lookup.ErrUnauthenticated, lookup.ErrClosed,
		lookup.ErrResetNotApplicable, lookup.ErrCouldNotCheck, lookup.ErrUnavailable, breach.ErrUnproven, context.DeadlineExceeded,
		&lookup.Rejected{AttemptsLeft: 2}, &lookup.Rejected{AttemptsLeft: -1}, &ratelimit.Exceeded{RetryAfter: time.Minute}, &lookup.PausedError{}, io.ErrUnexpectedEOF,
	} {
		ts := open(t, &journey{err: err, answer: someone()})
		for _, r := range requests {
			if r.operation == "getIncident" {
				continue // depends on nothing that fails
			}
			got := call(t, ts, r.method, r.path, r.body, session, "Bearer t0k3n")
			if got.status < 400 || !strings.Contains(got.body, "urn:exposure:problem:") {
				t.Errorf("%s after %v: got %d %s", r.operation, err, got.status, got.body)
			}
			for _, told := range []string{"t0k3n", "listed", "4821", "hanako", "jK3mB0"} {
				if strings.Contains(got.body, told) {
					t.Errorf("%s after %v tells %q: %s", r.operation, err, told, got.body)
				}
			}
		}
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := api.New(nil, nil); err == nil {
		t.Error("New(nil, nil) returned no error")
	}
}
