package email_test

import (
	"testing"

	"exposure/internal/email"
)

func TestMailbox(t *testing.T) {
	for in, want := range map[string]string{
		"a@example.jp": "a@example.jp", "a+1@example.jp": "a@example.jp", "a+1+2@example.jp": "a@example.jp",
		"a.b@example.jp": "a.b@example.jp", "a.b+x.y@example.jp": "a.b@example.jp", "+a@example.jp": "+a@example.jp",
		"a.b@gmail.com": "ab@gmail.com", "A.B+shop@GoogleMail.com": "ab@gmail.com", "a..b.@gmail.com": "ab@gmail.com",
		"a.b@mail.gmail.com": "a.b@mail.gmail.com", "a..b@docomo.ne.jp": "a..b@docomo.ne.jp",
	} {
		a, err := email.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Mailbox(); got.Reveal() != want || got.Mailbox() != got {
			t.Errorf("the mailbox of %s is %s, want %s", in, got.Reveal(), want)
		}
	}
	if got := (email.Address{}).Mailbox(); !got.IsZero() {
		t.Errorf("the mailbox of no address is %q", got.Reveal())
	}
}
