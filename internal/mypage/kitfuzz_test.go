package mypage_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzKitReports: whatever is sent, the answer is 204, 400 or 413; and what is taken is JSON
// that names no member but as a number may be.
func FuzzKitReports(f *testing.F) {
	good := kitBody(barred("1001", since0), changed("1002", since0, "a"))
	for _, seed := range []string{
		good, kitBody("", ""), `{"version":"0.9","mode":"watch","list_age":null,"findings":["ids","clock"],"barred":[],"changed":[]}`,
		strings.Replace(good, "1001", `\u0031`, 1), strings.Replace(good, "1001", "\x00", 1), strings.Replace(good, "+09:00", "+99:99", 1),
		strings.Replace(good, since0, "9999-12-31T23:59:59.999999999Z", 1), strings.Replace(good, ":12", ":1e9", 1), strings.Replace(good, ":12", ":9223372036854775808", 1),
		strings.Replace(good, `"barred"`, `"Barred"`, 1), strings.Repeat("[", 9000), `{"barred":` + strings.Repeat(`[{"member_id":`, 4000), "\ufeff" + good, good + "\n", `null`, `{}`,
	} {
		f.Add([]byte(seed))
	}
	g := newRig(f, nil)
	key := g.client("kit", "enforce")
	g.clock.Store(int64(time.Hour))
	f.Fuzz(func(t *testing.T, body []byte) {
		g.clock.Add(int64(time.Minute)) // or the limit of calls would answer
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/mypage/kit-reports", strings.NewReader(string(body)))
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		g.Config.Handler.ServeHTTP(w, req)
		switch w.Code {
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		case http.StatusNoContent:
			var r struct {
				Barred, Changed []struct {
					MemberID string `json:"member_id"`
				}
			}
			if err := json.Unmarshal(body, &r); err != nil {
				t.Fatalf("taken and no JSON: %v", err)
			}
			for _, m := range append(r.Barred, r.Changed...) {
				if strings.Trim(m.MemberID, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != "" || len(m.MemberID) > 64 {
					t.Errorf("taken with a member %q", m.MemberID)
				}
			}
		default:
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}
