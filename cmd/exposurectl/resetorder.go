package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

type resetOrderCmd struct {
	shopFlags `embed:""`
	Who       string   `arg:"" optional:"" enum:"all," default:"" placeholder:"all" help:"all: everybody whose reset is planned."`
	Member    []string `placeholder:"ID" help:"Only this member; give it several times. Begin with your own."`
	Override  string   `placeholder:"REASON" help:"Order although the shop's own page for forgotten passwords is not seen to be closed, or no kit in the shop is seen to work, for this recorded reason."`
	Here      *bool    `name:"run" negatable:"" help:"Make the passwords worthless here and now, if the connector is the shop's database; the default on a terminal. Otherwise the server does it."`
	JSON      bool     `name:"json" help:"Print as JSON."`
	Commit    bool     `help:"Do it; without this nothing is changed."`
}

func (resetOrderCmd) Help() string {
	return `Example:
  exposurectl reset order --member 12 --member 40 --commit
  exposurectl reset order all
  exposurectl reset order all --commit

IT CANNOT BE UNDONE: the shop makes the passwords of these members worthless and ends their sessions, and each of them has
to set a new one with a ticket from the look-up page. Order some accounts of your own first and go through it. Killed or
interrupted, give the same order again: who is ordered stays so.

It refuses while resets are held, while the plan is not that of the published version, while the connector could not do it,
and while the shop's own page for forgotten passwords (reset.forgot_url of the incident file) still answers: what that asks
for may be what was stolen. Closed is 404, 410, 403, or a page with <meta name="exposure-forgot" content="closed">.

With a kit in the shop as the connector (plugin) it also refuses unless that page bears the kit's own mark and the kit has
reported within ten minutes that it is switched on. What is waived with --override is recorded.

With the shop's database as the connector this program may make the passwords worthless itself (--run): it takes a good
minute, because sessions are ended twice. Otherwise the server does it within seconds; "reset status" shows how far it is.

JSON: {"version","committed","members","ordered_before","planned","forgot_page":{"url","closed","saw"},"overridden","kit":null|{as
of "reset status"},"barred"}, "barred" whether everybody ordered was barred by this command.`
}

// ordered is an order, as scripts read it.
type ordered struct {
	Version    int64       `json:"version"`
	Committed  bool        `json:"committed"`
	Members    int         `json:"members"`        // this order is about
	Before     int         `json:"ordered_before"` // of those named, or of all
	Planned    int         `json:"planned"`        // all whose reset is planned, before it
	Forgot     *forgotSeen `json:"forgot_page"`    // null: nobody said where it is
	Overridden bool        `json:"overridden"`
	Kit        *kitSeen    `json:"kit"` // null: none reported, or it is not the connector
	Barred     bool        `json:"barred"`

	waived string // what Overridden is about
}

type forgotSeen struct {
	URL    string `json:"url"`
	Closed bool   `json:"closed"`
	Saw    string `json:"saw"`
}

func (c resetOrderCmd) Run(p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	return p.atShop(c.shopFlags, c.order)
}

func (c resetOrderCmd) order(d *office, shop *shop) error {
	order, err := reset.NewOrder(d.ctx, d.resets, d.version, d.in.AsksReset, c.Member)
	if err != nil {
		return err
	}
	out := ordered{Version: d.version, Members: len(order.Members()), Before: order.Before, Planned: order.Planned}
	if shop.direct != nil {
		if err := reset.Ready(d.ctx, shop.direct); err != nil {
			return err
		}
	}
	if out.Members == 0 {
		return c.nothing(d, shop, out)
	}
	if err := c.ready(d, shop.kind, &out); err != nil {
		return err
	}
	return c.give(d, shop, order, out)
}

func (c resetOrderCmd) check() error {
	switch {
	case (c.Who == "") == (len(c.Member) == 0):
		return usagef("say whom: \"reset order --member ID\" for some accounts of your own first, \"reset order all\" for everybody planned")
	case strings.Contains(breach.FoldName(c.Override), "@"):
		return usagef("--override must hold no e-mail address: it is recorded for ever")
	}
	for _, id := range c.Member {
		if strings.TrimSpace(id) != id || id == "" {
			return usagef("--member wants the member id as the shop has it")
		}
	}
	return nil
}

// nothing is left to order; the shop may still have to be told what was.
func (c resetOrderCmd) nothing(d *office, shop *shop, out ordered) error {
	if !c.JSON {
		fmt.Fprintf(d.Out, "Everybody was ordered before (%s): nothing was changed.\n", people(out.Before))
	}
	return c.finish(d, shop, out)
}

// finish carries the order out in the shop where that is asked for, and tells what came of it.
func (c resetOrderCmd) finish(d *office, shop *shop, out ordered) error {
	var err error
	if c.runs(d, shop) {
		err = d.bar(shop)
		out.Barred = err == nil
	}
	switch {
	case c.JSON:
		return errors.Join(json.NewEncoder(d.Out).Encode(out), err)
	case out.Barred:
		fmt.Fprintln(d.Out, "The shop holds no password and no session of anybody ordered any more.")
	case err == nil && out.Committed:
		fmt.Fprintln(d.Out, "The server, or the shop itself, makes the passwords worthless now; \"exposurectl reset status\" shows how far it is.")
	}
	return err
}

// ready refuses what would leave members without a way, or in danger. It takes a reason to
// order all the same.
func (c resetOrderCmd) ready(d *office, kind string, out *ordered) error {
	err := c.forgot(d, kind, out)
	if kind == kitConnector {
		works := d.kitWorks(out)
		if works != nil && !errors.Is(works, reset.ErrNoKit) {
			return works
		}
		err = errors.Join(err, works)
	}
	if err == nil {
		return nil
	}
	if strings.TrimSpace(c.Override) == "" {
		return fmt.Errorf("%w. To order all the same, say why: --override REASON", err)
	}
	out.Overridden, out.waived = true, waived(err)
	fmt.Fprintf(d.Err, "Waived by --override: %v.\n", err)
	return nil
}

// forgot looks at the shop's page for forgotten passwords, and refuses what is not seen to be
// closed.
func (c resetOrderCmd) forgot(d *office, kind string, out *ordered) error {
	page := forgotPage(d.in, kind)
	if page == "" {
		return errors.New("nobody said where the shop's own page for forgotten passwords is: name it in the incident file (reset.forgot_url) and import again")
	}
	seen := reset.LookAtForgot(d.ctx, page)
	out.Forgot = &forgotSeen{URL: seen.URL, Closed: seen.Closed, Saw: seen.Saw}
	if seen.Closed && !c.JSON {
		fmt.Fprintf(d.Out, "The shop's page for forgotten passwords, %s, %s.\n", seen.URL, seen.Saw)
	}
	if kind == kitConnector {
		return seen.KitErr()
	}
	return seen.Err()
}

func (c resetOrderCmd) give(d *office, shop *shop, order *reset.Order, out ordered) error {
	if !c.Commit {
		if c.JSON {
			if err := json.NewEncoder(d.Out).Encode(out); err != nil {
				return err
			}
		} else {
			c.print(d, out)
		}
		d.dryRun(fmt.Sprintf("the resets of %s would be ordered, which cannot be undone", people(out.Members)))
		return nil
	}
	if err := askMembers(d.program, out.Members); err != nil {
		return err
	}
	if err := c.record(d, out); err != nil {
		return err
	}
	add, end := d.counting("ordering", out.Members)
	err := order.Give(d.ctx, d.resets, d.entry(audit.ResetOrder), add)
	end()
	if err != nil {
		return stopped(err)
	}
	out.Committed = true
	if !c.JSON {
		c.print(d, out)
	}
	return c.finish(d, shop, out)
}

// stopped says what becomes of an order that was not given to its end. A plan that is old says
// itself what has to be done first.
func stopped(err error) error {
	next := "; the same command goes on where it stopped"
	if errors.Is(err, reset.ErrPlanIsOld) {
		next = ""
	}
	return fmt.Errorf("%w\nWhat is ordered stays ordered%s", err, next)
}

// record says in the audit log what is ordered as a whole, before the first member is.
func (c resetOrderCmd) record(d *office, out ordered) error {
	entry := d.entry(audit.ResetOrder)
	entry.Version, entry.Detail = out.Version, "ordered: "+people(out.Members)
	if out.Overridden {
		entry.Detail += ", " + out.waived + ", overridden: " + c.Override
	}
	if err := d.db.Audit(d.keys).Append(d.ctx, entry); err != nil {
		return fmt.Errorf("recording the order: %w", err)
	}
	return nil
}

func (c resetOrderCmd) print(d *office, out ordered) {
	verb := "would be ordered"
	if out.Committed {
		verb = "are ordered"
	}
	fmt.Fprintf(d.Out, "The resets of %s %s; ordered before: %d, planned in all: %d.\n", people(out.Members), verb, out.Before, out.Planned)
}

// askMembers lets the operator type how many members it is, when a person sits there: a
// moment to notice the wrong order.
func askMembers(p *program, n int) error {
	f, ok := p.In.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return confirmMembers(p.In, p.Err, n)
}

func confirmMembers(r io.Reader, w io.Writer, n int) error {
	fmt.Fprintf(w, "This makes the passwords of %s worthless and cannot be undone. Please type how many members that are: ", people(n))
	lines := bufio.NewScanner(r)
	if !lines.Scan() || strings.ReplaceAll(strings.TrimSpace(lines.Text()), ",", "") != strconv.Itoa(n) {
		fmt.Fprintln(w, "That is not the number. Nothing was changed.")
		return errRefused
	}
	return nil
}
