package main

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"exposure/internal/demo"
)

// TestGuessesAtTheDemosShop: passwords and tickets are guessed at a few times, then nothing
// is looked at, and whether there is such a member is not told by it.
func TestGuessesAtTheDemosShop(t *testing.T) {
	const known, unknown = "member.only@example.com", "nobody.here@example.com"
	passwords := map[string]string{}
	for _, l := range demo.NewShop(7).Logins() {
		if l.Password != "" { // others are known to nobody
			passwords[l.Address] = l.Password
		}
	}
	d := startDemo(t)
	send := func(path string, form url.Values) (status int, body string) {
		t.Helper()
		resp, err := d.client.PostForm(d.shop+"/mypage/"+path, form)
		must(t, err)
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		must(t, err)
		if wait, _ := strconv.Atoi(resp.Header.Get("Retry-After")); (wait > 0) != (resp.StatusCode == http.StatusTooManyRequests) {
			t.Errorf("%d with Retry-After %d", resp.StatusCode, wait)
		}
		return resp.StatusCode, string(raw)
	}
	logIn := func(address, password string) (int, string) {
		status, body := send("login", url.Values{"address": {address}, "password": {password}})
		return status, strings.ReplaceAll(body, address, "")
	}
	var said [2][]string
	for i, address := range []string{known, unknown} {
		for n := range 12 {
			status, body := logIn(address, "wrong")
			if want := map[bool]int{true: 422, false: 429}[n < 10]; status != want {
				t.Errorf("%s, guess %d: %d, want %d", address, n+1, status, want)
			}
			said[i] = append(said[i], body)
		}
	}
	if strings.Join(said[0], "") != strings.Join(said[1], "") {
		t.Error("a member's page differs from a stranger's")
	}
	if status, _ := logIn(known, passwords[known]); status != http.StatusTooManyRequests {
		t.Errorf("the right password after too many guesses: %d", status)
	}
	delete(passwords, known)
	for other, password := range passwords {
		if status, body := logIn(other, password); status != http.StatusOK || !strings.Contains(body, `data-page="home"`) {
			t.Errorf("%s, whom nobody guessed at: %d", other, status)
		}
	}
	gone := 0
	for status := http.StatusGone; status == http.StatusGone && gone < 100; {
		if status, _ = send("new-password", url.Values{"ticket": {strings.Repeat("A", 43)}}); status == http.StatusGone {
			gone++
		}
	}
	// 24 guesses and one right password that was refused came before.
	if gone != 60-25 {
		t.Errorf("%d tickets were looked at", gone)
	}
	if status, _ := logIn("another@example.com", "wrong"); status != http.StatusTooManyRequests {
		t.Errorf("a password after too many tickets: %d", status)
	}
}
