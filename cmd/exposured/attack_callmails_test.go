package main

import (
	"testing"

	"exposure/internal/lookup"
)

// TestThePageSpendsNoCallersMails: a stranger asks on the page until an address is mailed no
// more, its reserve and the share of its mailbox included. Whoever calls is mailed a short code
// all the same, as if nobody had asked; and what is mailed in calls the page does not miss.
func TestThePageSpendsNoCallersMails(t *testing.T) {
	r := openCalls(t)
	r.mailing(t)
	start := func(address string) lookup.Started {
		t.Helper()
		v, err := r.service.Start(t.Context(), lookup.Client{}, address)
		must(t, err)
		return v
	}
	for n := range 2 { // the mail of this minute and the reserve
		start("hanako@example.com")
		r.read(t, "hanako@example.com", n+1)
	}
	for _, address := range []string{"hanako@example.com", "hanako+1@example.com", "hanako+2@example.com", "hanako@example.com"} {
		start(address)
	}
	call := r.about(t, sato, "hanako@example.com")
	code := r.sent(t, sato, call.ID, "hanako@example.com", 3)
	told, err := r.calls.Confirm(t.Context(), sato, call.ID, code)
	if digitsOf(code) != 8 || err != nil || !told.Call.Proven {
		t.Errorf("a caller is mailed %d digits, want 8: %v", digitsOf(code), err)
	}
	r.sent(t, sato, r.about(t, sato, "hanako@example.com").ID, "hanako@example.com", 4) // their own reserve

	for n := range 2 {
		r.sent(t, ito, r.about(t, ito, "jiro@example.com").ID, "jiro@example.com", n+1)
	}
	_, err = r.calls.SendCode(t.Context(), ito, r.about(t, ito, "jiro@example.com").ID)
	must(t, err)
	v := start("jiro@example.com")
	code = r.read(t, "jiro@example.com", 3)
	if _, err = r.service.Confirm(t.Context(), lookup.Client{}, v.ID, v.Secret, code); digitsOf(code) != 8 || err != nil {
		t.Errorf("a visitor is mailed %d digits, want 8: %v", digitsOf(code), err)
	}
	r.office.box(t, "hanako+1@example.com", 1)
	if n := r.office.count(); n != 4+3+1 {
		t.Errorf("%d mails, want four, three and the one with a tag", n)
	}
}
