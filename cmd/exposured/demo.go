package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"exposure/internal/demo"
	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
)

// demoCmd runs the whole product with nothing but this program.
type demoCmd struct {
	Public  string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where customers would come in (${default})."`
	Private string `default:"127.0.0.1:8081" placeholder:"ADDR" help:"Captured mail, health and metrics (${default})."`
	Seed    uint64 `default:"2023" help:"Which shop to invent; the same seed invents the same people."`
	Folder  string `type:"path" placeholder:"DIR" help:"Keep everything in this folder instead of a temporary one."`
	Prepare string `type:"path" placeholder:"DIR" help:"Only make the folder (exports, keys, incident file, published roster), for \"exposured serve\", and stop."`
}

func (demoCmd) Help() string {
	return `Example:
  exposured demo

Invents a shop of the size of the notice, writes its exports in the shop software's own format, imports and publishes
them with the operator's code, and answers customers. Nothing leaves this machine: every mail is shown on a page.`
}

// inboxSize is how many captured mails the demo's page keeps.
const inboxSize = 200

func (p program) demo(ctx context.Context, c demoCmd) error {
	dir, prepareOnly := c.Folder, c.Prepare != ""
	if prepareOnly {
		dir = c.Prepare
	}
	if dir == "" {
		tmp, err := os.MkdirTemp("", "exposure-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		dir = tmp
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "Inventing a shop, importing its exports and publishing the roster ...")
	site, err := demo.Prepare(ctx, dir, c.Seed, time.Now())
	if err != nil {
		return err
	}
	if site.Result != nil {
		fmt.Fprintln(p.out)
		if err := site.Result.WriteTable(p.out); err != nil {
			return err
		}
	}
	if prepareOnly {
		fmt.Fprintf(p.out, "\n%s is ready for \"exposured serve\".\n", dir)
		return nil
	}
	return p.serveDemo(ctx, c, site)
}

func (p program) serveDemo(ctx context.Context, c demoCmd, site *demo.Site) error {
	on, err := open(ctx, site.Incident, site.KeyFile, site.Database)
	if err != nil {
		return err
	}
	defer on.DB.Close()
	inbox := mailer.NewInbox(inboxSize)
	on.Sender, on.Limits, on.Log = inbox, ratelimit.Default(), slog.New(slog.DiscardHandler)
	built, err := assemble(ctx, on)
	if err != nil {
		return err
	}
	srv, err := built.server(server.Config{
		PublicAddr: c.Public, PrivateAddr: c.Private, PublicURL: &url.URL{Scheme: "http", Host: c.Public}, Logger: on.Log,
		PrivateHandlers: map[string]http.Handler{"/inbox": demo.InboxPage(inbox, on.Incident.Zone)},
	})
	if err != nil {
		return err
	}
	return p.until(ctx, built, srv, func(public, private net.Addr) { p.welcome(site.Shop, public, private) })
}

// welcome says what to try, with addresses of the invented shop.
func (p program) welcome(shop *demo.Shop, public, private net.Addr) {
	api, staff := "http://"+public.String(), "http://"+private.String()
	fmt.Fprintf(p.out, `
Open %[1]s/ and look somebody up; captured mail is shown at %[2]s/inbox

The same without a browser:
  curl -s %[1]s/v1/incident
  curl -s %[1]s/v1/verifications -H 'Content-Type: application/json' -d '{"email":"%[3]s"}'
  # read the code at %[2]s/inbox, then, with id and secret of the answer:
  curl -s %[1]s/v1/verifications/ID/confirmation -H 'Content-Type: application/json' -d '{"secret":"SECRET","code":"CODE"}'
  curl -s '%[1]s/v1/report?locale=en' -H 'Authorization: Bearer TOKEN'

People of the invented shop:
`, api, staff, shop.Examples()[0].Email)
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, e := range shop.Examples() {
		fmt.Fprintf(w, "  %s\t%s\n", e.Email, e.Label)
	}
	_ = w.Flush()
	fmt.Fprintf(p.out, "\nHealth: %[1]s/healthz  %[1]s/readyz  metrics: %[1]s/metrics\nStop with Ctrl-C.\n", staff)
}
