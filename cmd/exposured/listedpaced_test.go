package main

import (
	"fmt"
	"strings"
	"testing"

	"exposure/internal/live"
)

// TestListedPeopleAreMailedFirstWhereMailsArePaced: 600 strangers of a provider that takes twenty
// mails in three seconds ask before ten listed people of it. These are mailed within half a minute
// and a few spans, and not by lot among all.
func TestListedPeopleAreMailedFirstWhereMailsArePaced(t *testing.T) {
	g := aim(t, live.NewRedis(t), "--limits", ample+"failed-ip=10000/1h,send-domain=20/3s")
	domain := func(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
	provider, listed := domain(g.fresh[0]), []string{}
	for _, address := range g.fresh {
		if domain(address) == provider && len(listed) < 10 {
			listed = append(listed, address)
		}
	}
	if len(listed) != 10 {
		t.Fatalf("%d listed people of %s", len(listed), provider)
	}
	b := from(g.public, here)
	for i := range 600 {
		b.start(t, fmt.Sprintf("stranger%d@%s", i, provider))
	}
	before := g.office.count()
	for _, address := range listed {
		b.start(t, address)
	}
	for _, address := range listed {
		g.office.box(t, address, 1)
	}
	if n := g.office.count() - before - len(listed); n > 250 { // by lot it would be nearly all
		t.Errorf("%d strangers were mailed before the last of %d listed people", n, len(listed))
	}
}
