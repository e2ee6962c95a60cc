package api_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"exposure/internal/api"
	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/ratelimit"
)

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
