package main

import (
	"fmt"
	"testing"

	"exposure/internal/live"
)

// TestTicketsTriedOut: whoever opens the shop's page with one invented ticket after the other
// is told of, shuts nobody out, and leaves no ticket in an alarm or a log.
func TestTicketsTriedOut(t *testing.T) {
	pager := openPager(t)
	f := openShopfloor(t, live.NewRedis(t), pager.flags("--limits", "client-tickets=5/1h")...)
	kit := f.desk.client(t, "kit", "complete")
	wrong := func(n int) string { return fmt.Sprintf("CANARY%036dA", n) }
	const on = `exposure_alarm_on{alarm="client-tickets"}`
	for n := range 5 {
		f.redeem(t, kit, wrong(n)).says(t, "an invented ticket", 404, "not-found")
	}
	f.redeem(t, kit, wrong(0)).says(t, "one that came before", 404, "not-found") // a page that is opened again
	if got := f.metric(t, on); got != "0" {
		t.Errorf("the alarm is %s at the limit", got)
	}
	f.redeem(t, kit, wrong(5)).says(t, "one more", 404, "not-found")
	if got := f.metric(t, on); got != "1" {
		t.Errorf("the alarm is %s over the limit", got)
	}
	pager.await(t, "client-tickets begun")
	f.redeem(t, kit, f.desk.ticketFor(t, f.member.id)).says(t, "a customer's ticket", 200, "")
	pager.only(t, "client-tickets begun")
	pager.silent(t, f.running, "CANARY0", kit)
}
