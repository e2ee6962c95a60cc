package otp_test

import (
	"context"
	"fmt"

	"pgregory.net/rapid"
)

// withdraw takes the code of a mail back that in this history never left.
func (h *history) withdraw(rt *rapid.T) {
	if len(h.p.mailbox) == 0 {
		return
	}
	n := rapid.IntRange(0, len(h.p.mailbox)-1).Draw(rt, "mail")
	for _, s := range []*world{h.spec, h.scripts} {
		if err := s.Withdraw(context.Background(), h.p.tag, h.p.mailbox[n].visit.purpose, fmt.Sprintf("%d-0", n+1)); err != nil {
			rt.Fatal(err)
		}
	}
}
