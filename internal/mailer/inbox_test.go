package mailer_test

import (
	"slices"
	"testing"

	"exposure/internal/mailer"
)

func TestInboxKeepsTheNewest(t *testing.T) {
	in := mailer.NewInbox(2)
	for _, to := range []string{"a@example.jp", "b@example.jp", "c@example.jp"} {
		if err := in.Send(t.Context(), aMessage(t, to)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range in.Messages() {
		got = append(got, m.To.Reveal())
	}
	if want := []string{"b@example.jp", "c@example.jp"}; !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
}
