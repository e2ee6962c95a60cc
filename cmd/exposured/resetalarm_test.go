package main

import (
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// TestAnybodysFindIsAlarmed: a password that no ticket explains is found in the shop by
// another program than the server, as "exposurectl reset order --run" is one.
func TestAnybodysFindIsAlarmed(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	c, d, ids := withConnector(t, s, shop)
	d.order(t, ids...)
	const on = `exposure_alarm_on{alarm="reset-unverified"}`
	if got := c.metric(t, on); got != "0" {
		t.Fatalf("the alarm is %s before anything happened", got)
	}
	d.step(t, audit.ResetUnverified, func(r breach.Reset) (breach.Reset, error) {
		return r.Observe(d.keys.PasswordFingerprint(r.MemberID, []byte("a robber's")), time.Now()), nil
	}, ids[0])
	eventually(t, "the alarm is on", func() bool { return c.metric(t, on) == "1" })
}
