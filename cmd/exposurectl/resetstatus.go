package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
)

type resetStatusCmd struct {
	Members string `placeholder:"STATE" help:"Print the member ids of a state instead, for the team that telephones: planned, required, ticket_issued, changed_unverified, completed, exempt, without_way for who cannot have a ticket, or not_in_plan for whom the last plan did not know. It is recorded."`
	JSON    bool   `name:"json" help:"Print as JSON."`
}

// These stand for a state where members are listed.
const (
	withoutWay = "without_way"
	notInPlan  = "not_in_plan"
)

func gap(state string) bool { return state == withoutWay || state == notInPlan }

func (resetStatusCmd) Help() string {
	return `Example:
  exposurectl reset status
  exposurectl reset status --json
  exposurectl reset status --members changed_unverified

How many resets are in each state and for how long, how far the shop is with making passwords worthless, and what waits for
somebody. First every row is proven against the audit log; figures that cannot be proven are not told, and the exit code is 1.
What has to be looked at: changed_unverified (a password was changed without a ticket: ask the member, then "reset accept"),
members without a way (telephone or write, then "contact add"), members of a version published since the plan ("reset plan"
again, then order), and webhooks given up ("reset retry"). A kit in the shop ("exposured serve" with the connector plugin) is
shown as it last reported.

JSON, always with all fields: {"at","version","held":null|{"since","reason","by"},"proof":{"ok","problem"},"states":[{"state",
"members","ages":{"under_1h","under_1d","under_3d","under_7d","older"}}],"barred","not_yet_barred","tickets_waiting","redeemed",
"changed_without_ticket","without_way","not_in_plan","webhooks":{"waiting","dead","stopped"},"kit":null|{"client",
"state":"works"|"watches"|"silent","reported_at","version","mode":"on"|"watch","list_age":null|seconds,"findings":[…]}};
"version", "without_way" and "not_in_plan" are null while no version is published, and all numbers while the proof is not ok.
With --members STATE: {"state","members"}, ids.`
}

// standing is how the resets stand, as scripts read it.
type standing struct {
	At         string       `json:"at"`
	Version    *int64       `json:"version"`
	Held       *heldJSON    `json:"held"`
	Proof      proof        `json:"proof"`
	States     []stateCount `json:"states"`
	Barred     *int         `json:"barred"`
	Unbarred   *int         `json:"not_yet_barred"`
	Tickets    *int         `json:"tickets_waiting"`
	Redeemed   *int         `json:"redeemed"`
	Unverified *int         `json:"changed_without_ticket"`
	WithoutWay *int         `json:"without_way"`
	NotInPlan  *int         `json:"not_in_plan"`
	Webhooks   *webhooks    `json:"webhooks"`
	Kit        *kitSeen     `json:"kit"` // null: none has reported
}

type webhooks struct {
	Waiting int  `json:"waiting"` // members of whom the shop has to be told
	Dead    int  `json:"dead"`    // the same, given up
	Stopped bool `json:"stopped"` // the shop said that it is gone for good
}

type proof struct {
	OK      bool    `json:"ok"`
	Problem *string `json:"problem"`
}

type stateCount struct {
	State   breach.ResetState `json:"state"`
	Members int               `json:"members"`
	Ages    struct {
		Hour  int `json:"under_1h"`
		Day   int `json:"under_1d"`
		Days3 int `json:"under_3d"`
		Days7 int `json:"under_7d"`
		Older int `json:"older"`
	} `json:"ages"`
}

func (c resetStatusCmd) Run(p *program) error {
	if c.Members != "" && !gap(c.Members) && !slices.Contains(breach.ResetStates(), breach.ResetState(c.Members)) {
		return usagef("there is no state %q: there are %v, %s and %s", c.Members, breach.ResetStates(), withoutWay, notInPlan)
	}
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	if c.Members != "" {
		return c.name(d)
	}
	return c.tell(d)
}

// name lists members.
func (c resetStatusCmd) name(d *office) error {
	if err := d.resets.Check(d.ctx); err != nil {
		return fmt.Errorf("proving the resets: %w", err)
	}
	if err := d.recordNamed("members in the state " + c.Members); err != nil {
		return err
	}
	ids, err := c.members(d)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(d.Out).Encode(map[string]any{"state": c.Members, "members": list(ids)})
	}
	for _, id := range ids {
		fmt.Fprintln(d.Out, id)
	}
	fmt.Fprintf(d.Err, "%s in the state %s.\n", people(len(ids)), c.Members)
	return nil
}

func (c resetStatusCmd) members(d *office) ([]string, error) {
	if !gap(c.Members) {
		return reset.InState(d.ctx, d.resets, breach.ResetState(c.Members))
	}
	if err := d.published(); err != nil {
		return nil, err
	}
	gaps, err := reset.LookForGaps(d.ctx, d.resets, d.version, d.in.AsksReset)
	if c.Members == notInPlan {
		return gaps.NotInPlan, err
	}
	return gaps.WithoutWay, err
}

// tell prints figures, and fails when they are not proven.
func (c resetStatusCmd) tell(d *office) error {
	now := time.Now()
	status, unproven := reset.Look(d.ctx, d.resets, now)
	out := standing{At: now.In(d.in.Zone).Format(time.RFC3339), States: []stateCount{}}
	if unproven == nil {
		unproven = c.fill(d, &out, status)
	}
	switch {
	case unproven == nil:
		out.Proof.OK = true
	case errors.Is(unproven, breach.ErrUnproven):
		problem := unproven.Error()
		out.Proof.Problem = &problem
	default:
		return unproven
	}
	if c.JSON {
		if err := json.NewEncoder(d.Out).Encode(out); err != nil {
			return err
		}
	} else if err := d.chart(d.Out).write(out, d.heldLine(status.Hold)); err != nil {
		return err
	}
	return unproven
}

// fill adds the figures, all of them or, with an error, none.
func (c resetStatusCmd) fill(d *office, out *standing, s reset.Status) error {
	queue, err := d.db.Webhook(d.keys, "").Stats(d.ctx, s.At)
	if err != nil {
		return err
	}
	kits, err := d.kits()
	if err != nil {
		return err
	}
	if err := d.gaps(out); err != nil {
		return err
	}
	out.Kit, out.Held = d.kitSeen(kits, s.At), d.heldJSON(s.Hold)
	for _, n := range s.Counts {
		c := stateCount{State: n.State, Members: n.Total()}
		c.Ages.Hour, c.Ages.Day, c.Ages.Days3, c.Ages.Days7, c.Ages.Older = n.Aged[0], n.Aged[1], n.Aged[2], n.Aged[3], n.Aged[4]
		out.States = append(out.States, c)
	}
	out.Barred, out.Unbarred, out.Tickets, out.Redeemed = &s.Barred, &s.Unbarred, &s.Tickets, &s.Redeemed
	out.Unverified = &s.Unverified
	out.Webhooks = &webhooks{Waiting: queue.Waiting, Dead: queue.Dead, Stopped: queue.Stopped}
	return nil
}

// gaps adds whom the published version and the plan do not both know; nothing while none is
// published.
func (d *office) gaps(out *standing) error {
	version, err := d.roster.Published(d.ctx)
	if errors.Is(err, sqlstore.ErrNoVersion) {
		return nil
	}
	if err != nil {
		return err
	}
	gaps, err := reset.LookForGaps(d.ctx, d.resets, version.ID, d.in.AsksReset)
	if err != nil {
		return err
	}
	without, unplanned := len(gaps.WithoutWay), len(gaps.NotInPlan)
	out.Version, out.WithoutWay, out.NotInPlan = &version.ID, &without, &unplanned
	return nil
}
