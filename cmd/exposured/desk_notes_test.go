package main

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"exposure/internal/agent"
	"exposure/internal/canary"
	"exposure/internal/live"
	"exposure/internal/vault"
)

// notes is how many tickets are kept, and the newest as the operator reads it.
func (s site) notes(t *testing.T, label string) (n int, newest string) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM tickets`).Scan(&n))
	if label == "" {
		return n, ""
	}
	operator, err := vault.LoadOperator(s.keys + ".operator")
	must(t, err)
	var sealed []byte
	must(t, db.QueryRow(`SELECT note FROM tickets ORDER BY change DESC LIMIT 1`).Scan(&sealed))
	plain, err := operator.OpenForOperator(label, sealed)
	must(t, err)
	return n, string(plain)
}

// leave types a text into the ticket and into each field of a letter request, by the API
// and by the page.
func (a *floorAgent) leave(t *testing.T, call, text string, took func(what string, api bool, r reply)) {
	t.Helper()
	page := "/console/calls/" + strings.TrimPrefix(call, "/v1/agent/calls/")
	own := []string{"Sec-Fetch-Site", "same-origin", "Cookie", "exposure-agent=" + a.token}
	quoted := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x07", `\u0007`, "\x00", `\u0000`).Replace(s) + `"`
	}
	took("ticket", true, a.post(t, call+"/tickets", `{"topic":"other","note":`+quoted(text)+`}`, "Authorization", "Bearer "+a.token))
	took("ticket", false, a.form(t, page+"/ticket", url.Values{"topic": {"other"}, "note": {text}}, own...))
	names := map[string]string{"name": "name", "address": "address", "postal_code": "postal", "note": "note"}
	for field, input := range names {
		body, form := "{", url.Values{}
		for f, i := range names {
			value := "1-2"
			if f == field {
				value = text
			}
			body += quoted(f) + ":" + quoted(value) + ","
			form.Set(i, value)
		}
		took("letter's "+field, true, a.post(t, call+"/letter-requests", strings.TrimSuffix(body, ",")+"}", "Authorization", "Bearer "+a.token))
		took("letter's "+input, false, a.form(t, page+"/letter-request", form, own...))
	}
}

// TestTextsThatMustNotBeKept: numbers of cards in any width, thirteen digits, what does not
// print, and what is too long is refused at every field, and no byte of it is kept.
func TestTextsThatMustNotBeKept(t *testing.T) {
	s, _ := smallSite(t)
	redis := live.NewRedis(t)
	server := s.serve(t, redis.URL(), openPostOffice(t).url, floorFlags("--limits", tireless)...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	call := a.takes(t)
	row := s.lastRow(t)
	for what, c := range map[string]struct {
		text string
		card bool // not even shown back
	}{
		"a card": {"4111111111111111", true}, "a wide card": {"４１１１１１１１１１１１１１１１", true}, "a card in groups": {"4111-1111 1111.1111", true},
		"half of it wide": {"41111111１１１１１１１１", true}, "thirteen digits": {"1234567890123", false}, "digits in Japanese": {"四一一一一一一一一一一一一一一一", false},
		"a control character": {"kanary\x07bell", false}, "a zero": {"kanary\x00zero", false}, "a turned text": {"kanary\u202egnp.exe", false},
		"a hidden letter": {"kana\u200bry", false}, "a joiner": {"kana\u2066ry", false}, "no UTF-8": {"kanary\xff\xfe", false}, "501 characters": {strings.Repeat("鸚", 501), false},
	} {
		a.leave(t, call, c.text, func(field string, api bool, r reply) {
			if r.status != http.StatusUnprocessableEntity && r.status != http.StatusBadRequest {
				t.Errorf("%s as the %s (API %v): %d", what, field, api, r.status)
			}
			if (api || c.card) && strings.Contains(html.UnescapeString(string(r.body)), c.text) {
				t.Errorf("%s as the %s (API %v) is shown back", what, field, api)
			}
			if strings.Contains(server.log.String(), c.text) {
				t.Errorf("%s as the %s is logged", what, field)
			}
		})
		if strings.Contains(contents(t, redis), c.text) {
			t.Errorf("Redis holds %s", what)
		}
	}
	if n, _ := s.notes(t, ""); n != 0 || s.lastRow(t) != row {
		t.Errorf("%d tickets are kept, %d rows were written", n, s.lastRow(t)-row)
	}
}

// TestTextsThatArePrograms: what a browser or a spreadsheet would run is kept, sealed, as it
// was typed, and never shown but escaped.
func TestTextsThatArePrograms(t *testing.T) {
	s, _ := smallSite(t)
	server := s.serve(t, live.Redis(t), openPostOffice(t).url, floorFlags("--limits", tireless)...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	call := a.takes(t)
	page := "/console/calls/" + strings.TrimPrefix(call, "/v1/agent/calls/")
	own := []string{"Sec-Fetch-Site", "same-origin", "Cookie", "exposure-agent=" + a.token}
	for _, text := range []string{`<script>a()</script>`, `=HYPERLINK("x")`} {
		a.leave(t, call, text, func(field string, api bool, r reply) {
			if field == "letter's postal_code" || field == "letter's postal" {
				return // too long for it, and shown back as below
			}
			label := agent.LetterRequestLabel
			if field == "ticket" {
				label = agent.TicketNoteLabel
			}
			n, kept := s.notes(t, label)
			var fields map[string]string
			must(t, json.Unmarshal([]byte(kept), &fields))
			found := false
			for _, f := range fields {
				found = found || f == text
			}
			if n == 0 || !found || r.status != http.StatusCreated && r.status != http.StatusSeeOther || strings.Contains(string(r.body), text) {
				t.Errorf("%s as the %s (API %v): %d, kept as typed: %v", text, field, api, r.status, found)
			}
		})
		// A form that is refused for something else shows it back.
		r := a.form(t, page+"/ticket", url.Values{"topic": {"none"}, "note": {text}}, own...)
		if body := string(r.body); r.status != http.StatusUnprocessableEntity || strings.Contains(body, "<script") || !strings.Contains(html.UnescapeString(body), text) {
			t.Errorf("%s shown back: %d %s", text, r.status, body)
		}
		if left := a.get(t, page+"/left", own...); strings.Contains(html.UnescapeString(string(left.body)), text) {
			t.Errorf("%s is on the page after it", text)
		}
	}
	db, err := os.ReadFile(s.file())
	must(t, err)
	if strings.Contains(string(db), "HYPERLINK") {
		t.Error("the database holds a note in clear")
	}
}

// TestCanariesOfTheDesk: nothing that is said or typed at the desk is in the log, the
// metrics, Redis or the database.
func TestCanariesOfTheDesk(t *testing.T) {
	s := letterSite(t, "a")
	room := s.postRoom(t)
	number := letterNumbers(1)
	room.write(t, room.recipients(t), number)
	office, redis, set := openPostOffice(t), live.NewRedis(t), canary.New()
	server := s.serve(t, redis.URL(), office.url, floorFlags()...)
	a := s.hire(t, server.private, "sato", agent.RoleAgent)
	set.Text("password", a.password)
	set.Text("session", a.token)
	set.Text("letter number", number[0].Reveal())
	set.Text("letter number in groups", number[0].Grouped())
	given := s.enrol(t, "tanaka", agent.RoleAgent)
	set.Text("first password", given.Password)
	set.Text("TOTP secret", given.TOTP)
	for _, p := range given.Papers {
		set.Text("paper code "+p[:2], p)
	}
	code, err := totp.GenerateCode(given.TOTP, time.Now())
	must(t, err)
	a.want(t, http.StatusCreated, http.MethodPost, "/v1/agent/sessions", map[string]string{"name": "tanaka", "password": given.Password, "code": code})
	a.want(t, http.StatusUnauthorized, http.MethodPost, "/v1/agent/sessions", map[string]string{"name": "sato", "password": a.password + "x", "code": given.Papers[1]})

	call := a.takes(t)
	const address = "hanako@example.com"
	set.Address("address", address)
	a.asks(t, call, address)
	phone := office.phoneCode(t, address)
	set.Text("phone code", phone)
	set.Text("phone code without dash", strings.ReplaceAll(phone, "-", ""))
	a.tells(t, call, phone)
	note, name, home := "金糸雀の鳴き声がする canaryNote7Q", "鸚鵡鵲 鶺鴒子", "金糸雀県鸚鵡市鶺鴒町七丁目"
	set.Text("note", note)
	set.Text("name", name)
	set.Text("home", home)
	a.want(t, http.StatusCreated, http.MethodPost, call+"/tickets", map[string]string{"topic": "other", "note": note})
	a.want(t, http.StatusCreated, http.MethodPost, call+"/letter-requests", map[string]string{"name": name, "postal_code": "100-0001", "address": home, "note": note})
	a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/tickets", map[string]string{"topic": "other", "note": note + " 4111111111111111"})
	second := a.takes(t)
	a.tellsByLetter(t, second, number[0].Grouped())
	a.want(t, http.StatusNoContent, http.MethodPost, second+"/end", map[string]string{"outcome": "told"})

	metrics := from(server.private, here).get(t, "/metrics")
	places := map[string][]byte{"Redis": []byte(contents(t, redis)), "metrics": metrics.body}
	if server.stop() != 0 {
		t.Error("the server ended badly")
	}
	places["log"] = []byte(server.log.String())
	files, err := filepath.Glob(s.file() + "*")
	must(t, err)
	for _, f := range files {
		places[filepath.Base(f)], err = os.ReadFile(f)
		must(t, err)
	}
	for place, sign := range map[string]string{"Redis": "exposure:", "metrics": "exposure_", "log": `"msg":"request"`, filepath.Base(s.file()): "SQLite format 3"} {
		if !strings.Contains(string(places[place]), sign) {
			t.Errorf("%s is not what it should be", place)
		}
	}
	for place, content := range places {
		for _, hit := range set.Search(content) {
			t.Errorf("%s: %s", place, hit)
		}
	}
}
