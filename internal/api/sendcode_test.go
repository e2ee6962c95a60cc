package api_test

import (
	"strings"
	"testing"
)

// TestSendCodeSaysWhetherAMailIsAskedFor: one is, unless the body says no in so many words.
func TestSendCodeSaysWhetherAMailIsAskedFor(t *testing.T) {
	j := &journey{}
	ts := open(t, j)
	for said, want := range map[string]string{
		``: "start", `,"send_code":true`: "start", `,"send_code":false`: "begin", `,"locale":"en","send_code":false`: "begin",
	} {
		got := call(t, ts, "POST", "/v1/verifications", `{"email":"hanako@example.jp"`+said+`}`)
		if got.status != 202 || strings.Join(j.asked, " ") != want+" hanako@example.jp" {
			t.Errorf("%s: %d, and the journey was asked %q", said, got.status, j.asked)
		}
	}
	for _, said := range []string{`"false"`, `0`, `1`, `[]`, `[false]`, `{}`, `""`, `False`, `false,"send_code":false`, `false,"Send_Code":false`} {
		j.asked = nil
		if got := call(t, ts, "POST", "/v1/verifications", `{"email":"hanako@example.jp","send_code":`+said+`}`); got.status != 400 || j.asked != nil {
			t.Errorf("%s: %d, and the journey was asked %q", said, got.status, j.asked)
		}
	}
}
