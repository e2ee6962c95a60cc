package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// bombs are bodies that are not what the API takes; %k stands for a key of the request, %g for a
// value of it that would do, and CANARY must not come back. All of a right body is in %r, all but
// that key in %o.
var bombs = []struct {
	name, body string
	status     int
}{
	{"nothing", ``, 400}, {"white space", ` `, 400}, {"null", `null`, 400}, {"an empty object", `{}`, 400}, {"a text", `"CANARY"`, 400},
	{"a number", `1`, 400}, {"an array", `[{%r}]`, 400}, {"the key alone", `{"%k":null}`, 400}, {"an empty text", `{"%k":""}`, 400},
	{"an array for a text", `{%r,"%k":["CANARY"]}`, 400}, {"an array alone", `{"%k":["CANARY"]}`, 400},
	{"a hundred in an array", `{"%k":[` + strings.Repeat(`"12345678",`, 99) + `"12345678"]}`, 400},
	{"an object for a text", `{"%k":{"CANARY":1}}`, 400}, {"true for a text", `{"%k":true}`, 400},
	{"a number for a text", `{"%k":12345678}`, 400}, {"a number that begins with zero", `{"%k":01234567}`, 400},
	{"a number that has lost its zero", `{"%k":1234567}`, 400}, {"a huge number", `{"%k":1e308}`, 400},
	{"a number beyond all", `{"%k":1e999999999}`, 400}, {"a long number", `{"%k":` + strings.Repeat("9", 8000) + `}`, 400},
	{"NaN", `{"%k":NaN}`, 400}, {"Infinity", `{"%k":-Infinity}`, 400}, {"hexadecimal", `{"%k":0x1}`, 400},
	{"the key twice", `{%r,"%k":%g}`, 400}, {"the key twice, escaped", `{%r,"\u00%x":%g}`, 400},
	{"the key twice, in another case", `{%r,"%K":%g}`, 400}, {"the key in capitals", `{%o"%K":%g}`, 400},
	{"an unknown key", `{%r,"CANARY":"CANARY"}`, 400}, {"__proto__", `{%r,"__proto__":{"%k":"CANARY"}}`, 400}, {"an empty key", `{%r,"":1}`, 400},
	{"a second object", `{%r}{%r}`, 400}, {"a second line", "{%r}\n{%r}", 400}, {"trailing text", `{%r}CANARY`, 400}, {"a trailing comma", `{%r,}`, 400},
	{"a comment", `{%r/*CANARY*/}`, 400}, {"single quotes", `{'%k':'CANARY'}`, 400}, {"a prefix", `)]}',{%r}`, 400}, {"cut off", `{%r`, 400},
	{"a byte order mark", "\ufeff{%r}", 400}, {"UTF-16", "\xff\xfe{\x00\"\x00", 400}, {"invalid UTF-8", "{\"%k\":\"CANARY\xff\"}", 400},
	{"overlong UTF-8", "{\"%k\":\"CANARY\xc0\x80\"}", 400}, {"a surrogate alone", `{"%k":"\ud800"}`, 400}, {"a raw line break", "{\"%k\":\"CANARY\r\nX: y\"}", 400},
	{"a raw NUL", "{\"%k\":\"CANARY\x00\"}", 400}, {"a form", `%k=CANARY`, 400}, {"XML", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`, 400},
	{"8,000 arrays", strings.Repeat("[", 8000), 400}, {"8,000 arrays in the key", `{"%k":` + strings.Repeat("[", 8000), 400},
	{"400 objects", strings.Repeat(`{"%k":`, 400), 400}, {"1,500 unknown keys", `{%r` + strings.Repeat(`,"a":1`, 1_000) + `}`, 400},
	{"100,000 arrays", strings.Repeat("[", 100_000), 413}, {"10 MB of text", `{"%k":"` + strings.Repeat("x", 10<<20) + `"}`, 413},
	{"one byte too many", `{"%k":"` + strings.Repeat("x", 8<<10) + `"}`, 413},
}

// TestBodiesThatAreNoRequest sends every bomb to every door that takes a body: it is
// refused the same way, and costs nobody a mail, a try or a share of a limit.
func TestBodiesThatAreNoRequest(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	store := live.Redis(t)
	server := s.serve(t, store, office.url, "--public-url", "https://check.example.jp", "--limits", plenty)
	watch := watchBuckets(t, s, store)
	b := from(server.public, here)
	v := b.start(t, "person@example.jp")
	code := office.code(t, "person@example.jp", 1)
	doors := []struct{ path, others, key, good string }{
		{"/v1/verifications", "", "email", `"other@example.jp"`},
		{"/v1/verifications/" + v.Id + "/codes", "", "secret", `"` + v.Secret + `"`},
		{"/v1/verifications/" + v.Id + "/confirmation", `"secret":"` + v.Secret + `",`, "code", `"` + wrong(code) + `"`},
		{"/v1/letter-verifications", "", "letter_number", `"12345-67890-1244"`},
	}
	charged := watch.charged(t, "", func() {
		for _, d := range doors {
			all := d.others + `"` + d.key + `":` + d.good
			for _, bomb := range bombs {
				fill := strings.NewReplacer("%k", d.key, "%K", strings.ToUpper(d.key), "%r", all, "%o", d.others, "%g", d.good, "%x", fmt.Sprintf("%x%s", d.key[0], d.key[1:]))
				r := b.raw(t, d.path, fill.Replace(bomb.body), "application/json")
				what := bomb.name + " at " + d.path
				if r.status != bomb.status {
					t.Errorf("%s: %d %s, want %d", what, r.status, r.body, bomb.status)
				}
				uniform(t, what, r)
				if strings.Contains(string(r.body), "CANARY") {
					t.Errorf("%s: it came back: %s", what, r.body)
				}
			}
			for _, media := range []string{
				"", "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
				"application/problem+json", "application/merge-patch+json", "application/json-seq", "application/jsonp", "application/*", "*/*",
				"application/json; charset=utf-16", "application/json; charset=utf-7", "application/json; charset=shift_jis", "application/json; version=1",
				"application/json, text/plain", "text/plain, application/json", "application/json;charset=utf-8;charset=utf-16", "application /json", "json",
			} {
				if r := b.raw(t, d.path, "{"+all+"}", media); r.status != http.StatusUnsupportedMediaType {
					t.Errorf("%q at %s: %d %s", media, d.path, r.status, r.body)
				} else {
					uniform(t, media, r)
				}
			}
			for _, header := range [][]string{{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}, {"Content-Encoding", "identity"}} {
				header = append([]string{"Content-Type", "application/json"}, header...)
				if r := b.sendRaw(t, http.MethodPost, d.path, "{"+all+"}", header...); r.status != http.StatusUnsupportedMediaType {
					t.Errorf("%q at %s: %d %s", header, d.path, r.status, r.body)
				}
			}
		}
	})
	if len(charged) != 0 || office.count() != 1 {
		t.Errorf("charged %q and mailed %d, want nothing and the first mail", charged, office.count())
	}
	var p wire.Problem
	b.confirm(t, v, wrong(code)).decode(t, &p)
	if p.AttemptsLeft == nil || *p.AttemptsLeft != 4 {
		t.Errorf("after all that the first wrong code leaves %v tries, want 4", p.AttemptsLeft)
	}
	for i, media := range []string{"application/json;charset=utf-8", "APPLICATION/JSON ; Charset=\"UTF-8\""} {
		if r := b.raw(t, doors[0].path, fmt.Sprintf(" {\n\t\"e\\u006dail\" : \"other%d@example.jp\" } \r\n", i), media); r.status != http.StatusAccepted {
			t.Errorf("%s: %d %s", media, r.status, r.body)
		}
	}
	if r := b.confirm(t, v, code); r.status != http.StatusOK {
		t.Errorf("the right code: %d %s", r.status, r.body)
	}
}

// raw posts these bytes under this media type; an empty one is not sent.
func (b *browser) raw(t *testing.T, path, body, media string) reply {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(body))
	must(t, err)
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	return b.send(t, req)
}

// TestWhatPeopleTypeAsACode types a right code in every form that a person or a mail
// program makes of it, and what only looks like one, which costs no try.
func TestWhatPeopleTypeAsACode(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, "--insecure-no-limits")
	b := from(server.public, here)
	for i, form := range []func(code string) string{
		func(code string) string { return code },
		func(code string) string { return strings.ReplaceAll(code, "-", "") },
		func(code string) string { return wide(code) },
		func(code string) string { return wide(strings.ReplaceAll(code, "-", "")) },
		func(code string) string { return strings.ReplaceAll(code, "-", "ー") },
		func(code string) string { return strings.ReplaceAll(code, "-", "‐") },
		func(code string) string { return strings.ReplaceAll(code, "-", " ") },
		func(code string) string { return strings.ReplaceAll(code, "-", "　") },
		func(code string) string { return strings.Join(strings.Split(code, ""), " ") },
		func(code string) string { return "\t " + code + "\u00a0" },
		func(code string) string { return code + "\n" },
		func(code string) string { return "\r\n" + code + "\r\n\r\n" },
		func(code string) string { return "確認コード: " + code },
		func(code string) string { return "確認コード：" + wide(code) },
		func(code string) string { return "「" + code + "」です。" },
		func(code string) string { return "Your code: " + code + "." },
	} {
		address := fmt.Sprintf("typist%d@example.jp", i)
		v := b.start(t, address)
		code := office.code(t, address, 1)
		if r := b.confirm(t, v, form(code)); r.status != http.StatusOK {
			t.Errorf("form %d of %d digits: %d %s", i, digitsOf(code), r.status, r.body)
		}
	}
	v := b.start(t, "person@example.jp")
	code := office.code(t, "person@example.jp", 1)
	plain := strings.ReplaceAll(code, "-", "")
	for _, typed := range []string{
		"", " ", "-", "code", "+" + plain, plain + "+", "1e7", "1e" + plain, plain + "e1", plain + ".0", "0." + plain, "1," + plain, plain[:7], plain + "12345"[:3],
		plain + "123456789", plain + "1234567890123", "x" + plain, plain + "x", plain + "%", "_" + plain, plain + "@example.jp",
		plain + " / " + plain, plain + "\n" + plain, plain + "," + plain, "0x" + plain, "%31%32%33", "１２３４５６７", "١٢٣٤٥٦٧٨", "१२३४५६७८", "①②③④⑤⑥⑦⑧", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "一二三四五六七八",
		plain[:4] + "\u200b" + plain[4:], plain[:4] + "/" + plain[4:], plain[:4] + "\n" + plain[4:], "[" + `"` + plain + `","` + plain + `"]`,
		strings.Repeat(plain, 100), strings.Repeat("1", 7000), strings.Repeat("x", 1020) + plain,
	} {
		raw, err := json.Marshal(guess(v, typed))
		must(t, err)
		if r := b.raw(t, confirmation(v), string(raw), "application/json"); r.status != http.StatusBadRequest || r.problem(t) != "malformed-request" {
			t.Errorf("%.60q: %d %s", typed, r.status, r.body)
		}
	}
	left := []int{}
	for _, typed := range []string{wrong(code), wrong(code) + "1", wrong(code) + "12", wrong(code) + "1234"} { // 8, 9, 10 and 12 digits are a code
		var p wire.Problem
		b.confirm(t, v, typed).decode(t, &p)
		left = append(left, *p.AttemptsLeft)
	}
	if !slices.Equal(left, []int{4, 3, 2, 1}) {
		t.Errorf("four wrong codes left %v tries", left)
	}
	if r := b.confirm(t, v, code); r.status != http.StatusOK {
		t.Errorf("the right code as the fifth: %d %s", r.status, r.body)
	}
}

// wide writes a code as Japanese keyboards do.
func wide(code string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, code)
}
