package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"exposure/internal/reset"
)

// kitConnector is the kind of connector that is a kit in the shop.
const kitConnector = "plugin"

// kitSeen is the kit in the shop by its last report, as scripts read it.
type kitSeen struct {
	Client   string            `json:"client"`
	State    reset.KitStanding `json:"state"` // works, watches, silent
	Reported string            `json:"reported_at"`
	Version  string            `json:"version"`
	Mode     string            `json:"mode"`
	ListAge  *int64            `json:"list_age"` // seconds; null: it never had the list
	Findings []string          `json:"findings"`
}

// kits are the last reports of all kits.
func (d *office) kits() ([]reset.Kit, error) { return d.db.Clients(d.keys).Kits(d.ctx) }

// kitSeen is the kit that counts now; nil while none ever reported.
func (d *office) kitSeen(kits []reset.Kit, now time.Time) *kitSeen {
	k, state := reset.Standing(kits, now)
	if state == reset.KitNever {
		return nil
	}
	seen := &kitSeen{
		Client: k.Client, State: state, Reported: k.At.In(d.in.Zone).Format(time.RFC3339), Version: k.Version, Mode: "watch", Findings: list(k.Findings),
	}
	if k.On {
		seen.Mode = "on"
	}
	if k.ListAge != nil {
		age := int64(*k.ListAge / time.Second)
		seen.ListAge = &age
	}
	return seen
}

// line says it to people.
func (k *kitSeen) line() string {
	if k == nil {
		return ""
	}
	does := map[reset.KitStanding]string{
		reset.KitWorks: "works", reset.KitWatches: "ONLY WATCHES, so it bars nobody", reset.KitSilent: "IS SILENT: see in the shop what its self-test says",
	}[k.State]
	s := fmt.Sprintf("The kit in the shop (%s, version %s) %s. It last reported at %s", k.Client, k.Version, does, k.Reported)
	if k.ListAge == nil {
		s += " and never had the list"
	}
	if len(k.Findings) > 0 {
		s += "; it found: " + strings.Join(k.Findings, ", ")
	}
	return s + ".\n"
}

// kitWorks refuses an order that no kit would carry out.
func (d *office) kitWorks(out *ordered) error {
	kits, err := d.kits()
	if err != nil {
		return err
	}
	now := time.Now()
	out.Kit = d.kitSeen(kits, now)
	return reset.KitWorking(kits, now)
}

// waived says what is waived, for the audit log.
func waived(err error) string {
	var all []string
	if errors.Is(err, reset.ErrNoKit) {
		all = append(all, reset.ErrNoKit.Error())
	}
	if !errors.Is(err, reset.ErrNoKit) || errors.Is(err, reset.ErrForgotOpen) {
		all = append(all, "the page for forgotten passwords is not seen to be closed")
	}
	return strings.Join(all, " and ")
}
