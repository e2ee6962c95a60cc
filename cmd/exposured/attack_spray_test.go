package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// victim is one address of a spray: nobody in particular, asked about by the attacker.
type victim struct {
	from    netip.Addr
	address string
	open    wire.Verification
}

// victims are so many addresses in so many networks, at many mail providers: within every
// limit of a network and of a provider.
func victims(networks, each int) (all []victim) {
	for n := range networks {
		for k := range each {
			i := n*each + k
			all = append(all, victim{from: source(n), address: fmt.Sprintf("sprayed%05d@mail%02d.example.jp", i, i%300)})
		}
	}
	return all
}

// spread works on the victims of 48 networks at a time, in order within each.
func spread(all []victim, base string, do func(b *browser, v *victim)) {
	networks := make(chan []victim)
	var workers sync.WaitGroup
	for range 48 {
		workers.Go(func() {
			for group := range networks {
				b := from(base, group[0].from)
				for i := range group {
					do(b, &group[i])
				}
				b.client.CloseIdleConnections()
			}
		})
	}
	for len(all) > 0 {
		end := slices.IndexFunc(all, func(v victim) bool { return v.from != all[0].from })
		if end < 0 {
			end = len(all)
		}
		networks <- all[:end]
		all = all[end:]
	}
	close(networks)
	workers.Wait()
}

// sprayAll first opens a verification for every victim and waits for all mails, so that all
// codes are live, and then sends one guess at each.
func (g *target) sprayAll(t *testing.T, all []victim) {
	t.Helper()
	expected := g.office.count()
	for begin := 0; begin < len(all); begin += 4000 { // no more than the outbox holds
		wave := all[begin:min(begin+4000, len(all))]
		spread(wave, g.public, func(b *browser, v *victim) {
			r, err := b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": v.address})
			if err = errors.Join(err, json.Unmarshal(r.body, &v.open)); err != nil || r.status != http.StatusAccepted {
				t.Errorf("asking for a code: %d %s, %v", r.status, r.body, err)
			}
		})
		expected += len(wave)
		for deadline := time.Now().Add(2 * time.Minute); g.office.count() < expected; time.Sleep(20 * time.Millisecond) {
			if t.Failed() || time.Now().After(deadline) {
				t.Fatalf("%d mails came, want %d", g.office.count(), expected)
			}
		}
	}
	spread(all, g.public, func(b *browser, v *victim) {
		if r, err := b.try(http.MethodPost, confirmation(v.open), "", guess(v.open, "135 792 46")); err != nil || r.status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong code was answered %d %s, %v", r.status, r.body, err)
		}
	})
}

// TestASprayOverTwoThousandAddresses: one guess at each, from many networks within all
// limits. From the two thousandth failure on new codes are longer.
func TestASprayOverTwoThousandAddresses(t *testing.T) {
	g := aim(t, live.NewRedis(t))
	all := victims(105, 20)
	g.sprayAll(t, all)
	if n := evaluatedIn(t, g.site); n != len(all) {
		t.Errorf("%d guesses were compared, want all %d", n, len(all))
	}
	if level, n := g.metric(t, "exposure_breaker_level"), g.metric(t, "exposure_breaker_failures"); level != "1" || n != "2100" {
		t.Errorf("level %s with %s failures, want 1 with 2100", level, n)
	}
	if n := strings.Count(g.log.String(), "the breaker tripped"); n != 1 || g.metric(t, "exposure_breaker_changes_total") != "1" {
		t.Errorf("the log tells of it %d times", n)
	}
	// A code that was mailed before is still good: eight digits, and four tries are left.
	last := all[len(all)-1]
	if r := from(g.public, last.from).confirm(t, last.open, g.office.code(t, last.address, 1)); r.status != http.StatusOK {
		t.Errorf("a code mailed before: %d %s", r.status, r.body)
	}
	address := g.somebody()
	if _, code := g.ask(t, from(g.public, source(3000)), address, 1); len(code) != 10 {
		t.Errorf("a new code has %d digits, want 10", len(code))
	}
}

// TestAHundredThousandAddressesSprayed: not one guess more is compared than the breaker
// allows, whatever was mailed before, and whoever asks afterwards gets in with a long code.
func TestAHundredThousandAddressesSprayed(t *testing.T) {
	atFullSpeed(t, "a hundred thousand mails take long under the race detector")
	g := aim(t, live.NewRedis(t), "--limits", "send-global=200000/24h")
	all := victims(5000, 20)
	g.sprayAll(t, all)
	compared := evaluatedIn(t, g.site)
	// A count that is refreshed from the log meanwhile may count some twice, never none.
	if compared > 20_000 || compared < 19_500 {
		t.Errorf("%d of %d guesses were compared, want 20,000", compared, len(all))
	}
	if level := g.metric(t, "exposure_breaker_level"); level != "2" {
		t.Errorf("level %s with %s failures, want 2", level, g.metric(t, "exposure_breaker_failures"))
	}
	if n := strings.Count(g.log.String(), "the breaker tripped"); n != 2 || g.metric(t, "exposure_breaker_changes_total") != "2" {
		t.Errorf("the log tells of it %d times, want twice", n)
	}
	for _, v := range []victim{all[0], all[len(all)/2], all[len(all)-1]} {
		r := from(g.public, v.from).confirm(t, v.open, g.office.code(t, v.address, 1))
		if r.status != http.StatusUnprocessableEntity || g.rows(t, v.address, "guess", "accepted") != 0 {
			t.Errorf("a right code that was mailed before: %d %s", r.status, r.body)
		}
	}
	if n := evaluatedIn(t, g.site); n != compared {
		t.Errorf("%d guesses were compared after it tripped", n-compared)
	}
	b, address := from(g.public, source(6000)), g.somebody()
	v, code := g.ask(t, b, address, 1)
	if r := b.confirm(t, v, code); r.status != http.StatusOK || len(code) != 20 {
		t.Errorf("a code of %d digits afterwards: %d %s", len(code), r.status, r.body)
	}
}

// TestTwoNetworksChangeNothingForOthers: as many failures as the limits allow from two
// networks, and nobody else notices.
func TestTwoNetworksChangeNothingForOthers(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		all := victims(2, 160)
		for i := range all { // of each network four addresses, each below its own limit
			a := all[i].from.As4()
			a[3] = byte(1 + i/40%4)
			all[i].from = netip.AddrFrom4(a)
		}
		g.sprayAll(t, all)
		if n := evaluatedIn(t, g.site); n != 320 {
			t.Errorf("%d guesses were compared, want 320", n)
		}
		if level, n := g.metric(t, "exposure_breaker_level"), g.metric(t, "exposure_breaker_failures"); level != "0" || n != "40" {
			t.Errorf("level %s with %s failures, want 0 with the 20 of each network", level, n)
		}
		b, address := from(g.public, source(9)), g.somebody()
		v, code := g.ask(t, b, address, 1)
		if r := b.confirm(t, v, code); r.status != http.StatusOK || len(code) != 8 {
			t.Errorf("somebody uninvolved: a code of %d digits, %d %s", len(code), r.status, r.body)
		}
	})
}
