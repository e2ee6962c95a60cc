package main

import (
	"fmt"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestAForeignHostIsNeverRepeated: whatever host a request names, in its line or in any
// header, nothing of it reaches a mail, a redirect, a problem document or the log.
func TestAForeignHostIsNeverRepeated(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, "--trusted-proxies", "127.0.0.0/8", "--insecure-no-limits")
	const canary = "evil.example"
	for i, shape := range []string{
		"%s HTTP/1.1\r\nHost: evil.example\r\n",
		"%s HTTP/1.1\r\nHost: evil.example:8443\r\n",
		"%s HTTP/1.0\r\nHost: evil.example\r\n",
		"%s HTTP/1.1\r\nHost: check.example.jp\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: evil.example\r\nX-Forwarded-Port: 666\r\n",
		"%s HTTP/1.1\r\nHost: check.example.jp\r\nForwarded: host=evil.example;proto=https\r\nX-Host: evil.example\r\nX-Original-Host: evil.example\r\n",
		"%s HTTP/1.1\r\nHost: check.example.jp\r\nOrigin: https://evil.example\r\nReferer: https://evil.example/\r\n",
		"%s HTTP/1.1\r\nHost: check.example.jp\r\nX-Request-Id: evil.example\r\nUser-Agent: evil.example\r\nCookie: evil.example=1\r\n",
		"http://evil.example%s HTTP/1.1\r\nHost: evil.example\r\n",
		"http://evil.example%s HTTP/1.1\r\nHost: check.example.jp\r\n",
		"https://evil.example:1%s HTTP/1.1\r\nHost: check.example.jp\r\n",
	} {
		address := fmt.Sprintf("person%d@example.jp", i)
		body := fmt.Sprintf(`{"email":%q}`, address)
		for _, c := range []struct {
			method, path string
			status       int
		}{
			{"POST", "/v1/verifications", 202}, {"POST", "/v1/verifications/", 404}, {"POST", "/v1/incident", 405}, {"POST", "//evil.example/v1", 404},
			{"POST", "/v1/verifications/evil.example/codes", 400}, {"POST", "/evil.example/..", 404},
		} {
			head := c.method + " " + fmt.Sprintf(shape, c.path)
			got := exchange(t, server.public, head+fmt.Sprintf("Connection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
			if len(got) != 1 || got[0].status != c.status {
				t.Errorf("%q was answered %v, want one %d", head, got, c.status)
				continue
			}
			if said := fmt.Sprint(got[0].header) + string(got[0].body); strings.Contains(said, canary) || got[0].header.Get("Location") != "" {
				t.Errorf("%q was answered %s", head, said)
			}
		}
		if mail := office.box(t, address, 1)[0]; strings.Contains(mail.raw+mail.subject+mail.body, canary) || strings.Contains(mail.body, "://") {
			t.Errorf("%q reached the mail:\n%s\n%s", shape, mail.raw, mail.body)
		}
	}
	if strings.Contains(server.log.String(), canary) {
		t.Error("a foreign host reached the log")
	}
}
