package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestCanaries goes every way through a server whose every secret is known here, and
// searches what it leaves behind for each of them, in every form.
func TestCanaries(t *testing.T) {
	a := openAviary(t)
	a.spray(t, 1996, 1996) // so that a few wrong codes trip the breaker
	a.order(t)
	a.opened(t)
	c := a.launch(t, "EXPOSURE_LIMITS=send-global=90/24h,request-ip=100/1h")
	if c.public == "" {
		t.Fatalf("the server did not start:\n%s", c.out.String())
	}
	a.success(t, c)
	a.wrongCodes(t, c)
	a.malformed(t, c)
	a.refusedMails(t, c)
	a.breaker(t, c)
	a.withoutOutbox(t, c)
	a.overLimits(t, c)
	a.private(t, c, "as all is well")
	a.withoutDatabase(t, c)
	a.withoutRedis(t, c)
	a.end(t, c, "the first server", syscall.SIGTERM)
	a.keepDatabase(t, "after the first server")
	if _, err := os.Stat(filepath.Join(a.dir, "heads.txt")); err != nil {
		t.Errorf("no heads were kept: %v", err)
	}

	a.opened(t) // the one before was ended with its password
	c = a.launch(t)
	a.hang(t, c)
	a.end(t, c, "the killed server, goroutines and all", syscall.SIGQUIT)
	if dump := string(a.places["what the killed server, goroutines and all printed"]); !strings.Contains(dump, "goroutine ") {
		t.Error("the killed server printed no goroutines")
	}
	a.closed(t)
	a.keepDatabase(t, "after a kill")
	a.refusals(t)
	a.places["alarms"] = []byte(a.alarms.String())
	a.placesAreComplete(t)
	a.lookFor(t)
}

// success: people find out what they came for, however they type.
func (a *aviary) success(t *testing.T, c *child) {
	v := a.visitor(c.public, "people who succeed", 1)
	for _, typed := range []string{a.shop.Member, strings.ToUpper(a.shop.Mobile), " ＣＡＮＡＲＹ＿ＧＵＥＳＴ＋ｋｊｑ４＠ｅｘａｍｐｌｅ．ｏｒｇ", a.shop.Stranger} {
		w, r := v.ask(t, typed)
		if r.status != http.StatusAccepted {
			t.Fatalf("asking: %d", r.status)
		}
		code := a.office.code(t, typed, 1)
		r = v.try(t, w, code)
		if r.status != http.StatusOK {
			t.Fatalf("a right code: %d %s", r.status, r.body)
		}
		var got struct{ Token string }
		r.decode(t, &got)
		for _, locale := range []string{"ja", "en", "ja-easy"} {
			v.keep("a report", v.do(t, http.MethodGet, "/v1/report?locale="+locale, got.Token, nil))
		}
		v.newPassword(t, c, got.Token, typed == a.shop.Member && a.key != "")
		v.try(t, w, code) // used up
		v.keep("the end", v.do(t, http.MethodDelete, "/v1/session", got.Token, nil))
		v.keep("after the end", v.do(t, http.MethodGet, "/v1/report", got.Token, nil))
	}
}

// wrongCodes: five tries, another code, a letter number.
func (a *aviary) wrongCodes(t *testing.T, c *child) {
	v := a.visitor(c.public, "people who guess", 2)
	address := a.shop.Others.Examples()[0].Email
	w, _ := v.ask(t, address)
	code := a.office.code(t, address, 1)
	for i := range 7 {
		guess := fmt.Sprintf("%08d", 73918462+1000*i)
		if guess == strings.ReplaceAll(code, "-", "") {
			continue
		}
		a.plant("wrong code", guess)
		v.try(t, w, guess)
	}
	v.try(t, w, a.plant("wrong long code", "73918462739184620017"))
	other := w
	other.Secret = a.plant("wrong secret", "Z2Vlc2UtYW5kLWNhbmFyaWVzLWFyZS1iaXJkcy4uLi4")
	v.try(t, other, code)
	other = w
	other.Id = a.plant("wrong id", "Y2FuYXJ5LWlkLWNhbmFyeS1pZC1jYW5hcnktaWQtY2FuYXJ5")
	v.try(t, other, code)
	r := v.do(t, http.MethodPost, "/v1/verifications/"+w.Id+"/codes", "", map[string]string{"secret": w.Secret})
	v.keep("another code", r, w.Id, w.Secret)
	number := a.plant("letter number", "84620-17395-2660")
	v.keep("a letter number", v.do(t, http.MethodPost, "/v1/letter-verifications", "", map[string]string{"letter_number": number}))
}

// malformed puts canaries wherever a client may write.
func (a *aviary) malformed(t *testing.T, c *child) {
	m, token := a.shop.Member, a.plant("made-up token", "canary-token-8fK2mQ9xW4vB7nL1")
	v := a.visitor(c.public, "people who write nonsense", 3)
	start := "/v1/verifications"
	for i, body := range []string{
		`"` + m + `"`, `{"` + m + `":"x"}`, `{"email":["` + m + `"]}`, `{"email":"` + m + `","email":"` + m + `"}`, `{"email":"` + m + `"}{}`,
		`{"email":"` + m + `","token":"` + token + `"}`, `{"email":"` + m, "\ufeff" + `{"email":"` + m + `"}`, `{"email":"` + m + "\xff\"}",
		`{"email":"` + m + `,` + m + `"}`, `{"email":"<` + m + `>\r\nBcc: ` + a.shop.Guest + `"}`, `{"email":"` + m + `","locale":"` + m + `"}`,
		`{"email":"` + m + strings.Repeat("a", 9000) + `"}`, `[{"email":"` + m + `"}]`, `email=` + m, `{"EMAIL":"` + m + `"}`,
		`{"email":{"` + m + `":null}}`, `{"email":"` + m + `@` + m + `"}`, `{"secret":"` + token + `","code":"` + m + `"}`,
	} {
		v.send(t, fmt.Sprint("body ", i), http.MethodPost, start, nil, body)
		v.send(t, fmt.Sprint("body of a code ", i), http.MethodPost, start+"/"+token+"/confirmation", nil, body)
	}
	v = a.visitor(c.public, "people who write into headers", 4)
	for name, header := range map[string]http.Header{
		"type": {"Content-Type": {"text/" + token}}, "agent": {"User-Agent": {m}, "Referer": {"https://x/" + m}, "Cookie": {"id=" + token}},
		"bearer": {"Authorization": {"Bearer " + token}}, "basic": {"Authorization": {"Basic " + m}}, "language": {"Accept-Language": {m}},
		"id": {"X-Request-Id": {m}, "Traceparent": {token}}, "proxy": {"X-Forwarded-For": {m}, "Forwarded": {"for=" + m}}, "host": {"Host": {"canary." + token}},
		"encoding": {"Content-Encoding": {m}}, "origin": {"Origin": {"https://" + token}}, "name": {"X-" + token: {m}}, "override": {"X-Http-Method-Override": {m}},
	} {
		v.send(t, name, http.MethodPost, start, header, `{"email":"`+m+`","x":1}`)
		v.send(t, name, http.MethodGet, "/v1/report?email="+m+"&token="+token, header, "")
	}
	v = a.visitor(c.public, "people who write into addresses", 5)
	for i, path := range []string{"/" + m, "/v1/report?locale=" + m, "/v1/verifications/" + m + "/codes", "/v1/incident?locale=" + m, "/v1/%2e%2e/" + m, "/v1/" + token + "#" + m} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead, "CANARY-" + strings.ToUpper(token)} {
			v.send(t, fmt.Sprint("path ", i), method, path, nil, "")
		}
	}
	// Believed proxies may write nonsense as well.
	proxy := &visitor{from(c.public, mustAddr("127.9.9.9")), a, "a proxy"}
	proxy.send(t, "no address", http.MethodGet, "/v1/incident", http.Header{"X-Forwarded-For": {m}}, "")
	for _, raw := range []string{"GET /" + m + " HTTP/9.9\r\n\r\n", token + "\r\n\r\n", "GET / HTTP/1.1\r\nHost: " + m + " x\r\n" + m + "\r\n\r\n", "\x16\x03\x01" + m} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.public, "http://"))
		must(t, err)
		_, _ = conn.Write([]byte(raw))
		var answer [512]byte
		must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
		n, _ := conn.Read(answer[:])
		conn.Close()
		v.keep("no HTTP", reply{body: answer[:n]})
	}
}

// refusedMails: a mail server that repeats address, code and password in its refusals.
func (a *aviary) refusedMails(t *testing.T, c *child) {
	v := a.visitor(c.public, "people who get no mail", 6)
	for i, mood := range []string{"unknown", "content", "later", "login"} {
		a.office.be(mood)
		v.ask(t, a.shop.Others.Examples()[1+i].Email)
		a.office.await(t, mood)
	}
	a.office.be("")
}

// breaker: the wrong codes that are still missing trip it.
func (a *aviary) breaker(t *testing.T, c *child) {
	for i := range 3 {
		v := a.visitor(c.public, "people of many networks", byte(40+i))
		address := a.shop.Others.People()[100+i].Emails[0]
		w, _ := v.ask(t, address)
		v.try(t, w, wrong(a.office.code(t, address, 1)))
	}
	if !strings.Contains(c.out.String(), "the breaker tripped") {
		t.Error("the breaker did not trip")
	}
}

// withoutOutbox: Redis does all but take mails, so that queueing one is what fails.
func (a *aviary) withoutOutbox(t *testing.T, c *child) {
	v := a.visitor(c.public, "people whose mail could not be queued", 12)
	a.store.Do("ACL SETUSER canary -xadd")
	if _, r := v.ask(t, a.shop.Others.People()[200].Emails[0]); r.status != http.StatusServiceUnavailable {
		t.Errorf("without an outbox: %d", r.status)
	}
	eventually(t, "the log says that no mail could be queued", func() bool { return strings.Contains(c.out.String(), "queueing a code mail") })
	a.store.Do("ACL SETUSER canary +xadd")
}

// overLimits: too many requests of one network, too many mails to one address, no mails
// left for anybody.
func (a *aviary) overLimits(t *testing.T, c *child) {
	v := a.visitor(c.public, "people over their limit", 7)
	statuses := map[int]int{}
	for range 101 {
		r := v.send(t, "one too many", http.MethodPost, "/v1/letter-verifications", nil, `{"letter_number":"84620-17395-2660"}`)
		statuses[r.status]++
	}
	v = a.visitor(c.public, "people who want many mails", 8)
	for range 8 {
		v.ask(t, a.shop.Guest)
	}
	v = a.visitor(c.public, "people for whom no mail is left", 9)
	for i := 0; statuses[http.StatusServiceUnavailable] == 0 && i < 95; i++ {
		_, r := v.ask(t, fmt.Sprintf("canary-stranger.vw52+%d@example.net", i))
		statuses[r.status]++
	}
	if statuses[http.StatusTooManyRequests] == 0 || statuses[http.StatusServiceUnavailable] == 0 {
		t.Errorf("no limit was reached: %v", statuses)
	}
}

// private asks what operators ask.
func (a *aviary) private(t *testing.T, c *child, when string) {
	v := &visitor{from(c.private, here), a, "operators, " + when}
	for i, path := range []string{"/healthz", "/readyz", "/metrics", "/metrics?name=" + a.shop.Member, "/" + a.shop.Member} {
		v.send(t, fmt.Sprint("path ", i), http.MethodGet, path, nil, "")
	}
}

// withoutDatabase: it is gone, then back, then damaged.
func (a *aviary) withoutDatabase(t *testing.T, c *child) {
	v := a.visitor(c.public, "people whom nobody could look up", 10)
	path := strings.TrimPrefix(a.database, "sqlite:")
	must(t, os.Rename(path, path+".away"))
	_, r := v.ask(t, a.shop.Member)
	if r.status != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", r.status)
	}
	a.private(t, c, "without a database")
	must(t, os.Rename(path+".away", path))
	a.keepDatabase(t, "under the server")
}

// withoutRedis: it hangs, then it is gone.
func (a *aviary) withoutRedis(t *testing.T, c *child) {
	v := a.visitor(c.public, "people without Redis", 11)
	a.store.Hang(4 * time.Second)
	if _, r := v.ask(t, a.shop.Member); r.status != http.StatusServiceUnavailable {
		t.Errorf("with a Redis that hangs: %d", r.status)
	}
	a.store.Do("PING") // answered once it goes on
	a.closed(t)
	if _, r := v.ask(t, a.shop.Member); r.status != http.StatusServiceUnavailable {
		t.Errorf("without Redis: %d", r.status)
	}
	v.send(t, "a dead session", http.MethodGet, "/v1/report", http.Header{"Authorization": {"Bearer canary-token-8fK2mQ9xW4vB7nL1"}}, "")
	a.private(t, c, "without Redis")
	a.store.Restart()
}

// hang leaves requests in the middle of their work.
func (a *aviary) hang(t *testing.T, c *child) {
	a.store.Hang(4 * time.Second)
	var sent sync.WaitGroup
	for i := range 8 {
		sent.Add(1)
		trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sent.Done() }}
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, c.public+"/v1/verifications",
			strings.NewReader(`{"email":"`+a.shop.Member+`"}`))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		go func() {
			if resp, err := from(c.public, mustAddr(fmt.Sprintf("127.4.%d.1", i))).client.Do(req); err == nil {
				resp.Body.Close()
			}
		}()
	}
	sent.Wait()
	a.private(t, c, "while it hangs")
}

// refusals: settings that cannot be used, with passwords in them.
func (a *aviary) refusals(t *testing.T) {
	for i, setting := range []string{
		"EXPOSURE_REDIS_URL=redis://canary:" + a.secrets["password of Redis"] + "@" + a.store.Addr(), // it is stopped
		"EXPOSURE_REDIS_URL=redis://canary:" + a.secrets["password of Redis"] + "@host:port/none",
		"EXPOSURE_REDIS_URL=" + a.secrets["password of Redis"], "EXPOSURE_SMTP_URL=" + a.secrets["password of SMTP"],
		"EXPOSURE_SMTP_URL=smtp://canary:" + a.secrets["password of SMTP"] + "@host:port", "EXPOSURE_SMTP_URL=http://canary:" + a.secrets["password of SMTP"] + "@host",
		"EXPOSURE_DATABASE_URL=postgres://canary:" + a.secrets["password of the database"] + "@host/db", "EXPOSURE_DATABASE_URL=" + a.secrets["password of the database"],
		"EXPOSURE_CONNECTOR=webhook:ftp://canary:" + a.secrets["password of the webhook"] + "@host", "EXPOSURE_ALARM_URL=http://canary:" + a.secrets["password of the alarm"] + "@[host",
		"EXPOSURE_KEY_FILE=" + a.keys + ".operator", "EXPOSURE_DKIM_KEY_FILE=" + a.keys, "EXPOSURE_MAIL_FROM=" + a.shop.Stranger,
	} {
		c := a.launch(t, setting)
		if c.public != "" {
			t.Errorf("the server started with refusal %d", i)
			continue
		}
		a.places[fmt.Sprint("refusal ", i)] = []byte(c.out.String())
	}
}
