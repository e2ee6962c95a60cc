package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"exposure/internal/agent"
	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/demo/shopfront"
	"exposure/internal/mailer"
	"exposure/internal/ratelimit"
	"exposure/internal/server"
)

// demoCmd runs the whole product with nothing but this program.
type demoCmd struct {
	Public  string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where customers would come in (${default})."`
	Private string `default:"127.0.0.1:8081" placeholder:"ADDR" help:"Captured mail, health and metrics (${default})."`
	Shop    string `default:"127.0.0.1:8082" placeholder:"ADDR" help:"The invented shop's MY page (${default})."`
	Seed    uint64 `default:"2023" help:"Which shop to invent; the same seed invents the same people."`
	Folder  string `type:"path" placeholder:"DIR" help:"Keep everything in this folder instead of a temporary one."`
	Prepare string `type:"path" placeholder:"DIR" help:"Only make the folder (exports, keys, incident file, published roster), for \"exposured serve\", and stop."`
}

func (demoCmd) Help() string {
	return `Example:
  exposured demo

Invents a shop of the size of the notice, writes its exports in the shop software's own format, imports and publishes
them with the operator's code, and answers customers. Beside it runs a small MY page of that shop, whose members have old
passwords until their reset is ordered. Nothing leaves this machine: every mail is shown on a page.`
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
	shop, err := openDemoShop(ctx, c.Shop, on)
	if err != nil {
		return err
	}
	defer shop.ln.Close()
	inbox := mailer.NewInbox(inboxSize)
	given, err := openDemoDesk(ctx, on)
	if err != nil {
		return err
	}
	on.Desk = callCentre{URL: &url.URL{Scheme: "http", Host: c.Private}, Open: agent.Always}
	on.Sender, on.Limits, on.Log = inbox, ratelimit.Default(), slog.New(slog.DiscardHandler)
	built, err := assemble(ctx, on)
	if err != nil {
		return err
	}
	srv, err := built.server(server.Config{
		PublicAddr: c.Public, PrivateAddr: c.Private, PublicURL: &url.URL{Scheme: "http", Host: c.Public}, Logger: on.Log,
		PrivateHandlers: map[string]http.Handler{demo.InboxPath: demo.InboxPage(inbox, shop.resets, on.Incident.Zone)},
	})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	up := make(chan struct{})
	var public, private net.Addr
	g.Go(func() error {
		return p.until(ctx, built, srv, func(a, b net.Addr) { public, private = a, b; close(up) })
	})
	g.Go(func() error {
		select {
		case <-up:
		case <-ctx.Done():
			return nil
		}
		return p.serveShop(ctx, shop, site.Shop, on.Incident, public, private, given)
	})
	return g.Wait()
}

// serveShop serves the shop's MY page until ctx ends. It reaches the look-up like any shop:
// over HTTP, with a key.
func (p program) serveShop(ctx context.Context, s *demoShop, invented *demo.Shop, in *breach.Incident, public, private net.Addr, given demoDesk) error {
	c := shopfront.Config{
		Name:   map[string]string{"ja": in.Site.Name.In(breach.Japanese), "en": in.Site.Name.In(breach.English)},
		Notice: in.PublishedAt.In(in.Zone), Phone: in.Contact.Phone, URL: s.url,
		CheckURL: "http://" + public.String() + "/", LookupAPI: "http://" + private.String(), Key: s.key,
	}
	for _, l := range invented.Logins() {
		c.Members = append(c.Members, shopfront.Member{ID: l.MemberID, Address: l.Address, Password: l.Password})
	}
	front, err := shopfront.New(ctx, c)
	if err != nil {
		return err
	}
	p.welcome(invented, public, private, s.ln.Addr())
	p.welcomeAgents(in, given, private)
	return front.Serve(ctx, s.ln)
}

// demoShop is the invented shop's own side.
type demoShop struct {
	ln     net.Listener
	url    *url.URL
	key    string // of the shop's program
	resets *demo.Resets
}

// openDemoShop opens the shop's listener, makes its program a client, and plans the resets.
// The incident then leads to this shop; its file stays as it was published.
func openDemoShop(ctx context.Context, addr string, on parts) (s *demoShop, err error) {
	s = &demoShop{resets: demo.NewResets(on.DB, on.Keys, on.Incident)}
	if err := s.resets.Plan(ctx); err != nil {
		return nil, err
	}
	if s.key, err = s.resets.NewClient(ctx, "demo-shop"); err != nil {
		return nil, err
	}
	if s.ln, err = new(net.ListenConfig).Listen(ctx, "tcp", addr); err != nil {
		return nil, fmt.Errorf("opening the shop's listener: %w", err)
	}
	s.url = &url.URL{Scheme: "http", Host: s.ln.Addr().String()}
	on.Incident.ResetURL = s.url.JoinPath(shopfront.NewPasswordPath).String()
	on.Incident.ForgotURL = s.url.JoinPath(shopfront.ForgotPath).String()
	return s, nil
}

// welcome says what to try, with addresses of the invented shop.
func (p program) welcome(shop *demo.Shop, public, private, mypage net.Addr) {
	api, staff, front := "http://"+public.String(), "http://"+private.String(), "http://"+mypage.String()
	fmt.Fprintf(p.out, `
Open %[1]s/ and look somebody up; captured mail is shown at %[2]s/inbox
The shop's MY page is %[4]s/mypage/ . Order the forced reset with the button at %[2]s/inbox : a few seconds
later the old passwords below open nothing, and the look-up leads its members to a new one.

The same without a browser:
  curl -s %[1]s/v1/incident
  curl -s %[1]s/v1/verifications -H 'Content-Type: application/json' -d '{"email":"%[3]s"}'
  # read the code at %[2]s/inbox, then, with id and secret of the answer:
  curl -s %[1]s/v1/verifications/ID/confirmation -H 'Content-Type: application/json' -d '{"secret":"SECRET","code":"CODE"}'
  curl -s '%[1]s/v1/report?locale=en' -H 'Authorization: Bearer TOKEN'
  curl -s -X POST %[2]s/inbox/order

People of the invented shop, and the old passwords of its members:
`, api, staff, shop.Examples()[0].Email, front)
	passwords := map[string]string{}
	for _, l := range shop.Logins() {
		passwords[l.Address] = l.Password
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, e := range shop.Examples() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", e.Email, passwords[e.Email], e.Label)
	}
	_ = w.Flush()
	fmt.Fprintf(p.out, "\nHealth: %[1]s/healthz  %[1]s/readyz  metrics: %[1]s/metrics\n", staff)
}

// welcomeAgents says how to sign in at the call centre's desk.
func (p program) welcomeAgents(in *breach.Incident, given demoDesk, private net.Addr) {
	fmt.Fprintf(p.out, `
The call centre's desk is http://%s/console : sign in with the first password and a paper code (each works once) or
an authenticator app; the first thing asked for is a password of your own. Play the caller as well: the phone code that
the desk mails is shown in the inbox.
`, private)
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, role := range []agent.Role{agent.RoleAgent, agent.RoleSupervisor} {
		c := given.agents[role]
		fmt.Fprintf(w, "  %s\tname %s\tpassword %s\tpaper codes %s\n", role, c.Name, c.Password, strings.Join(c.Papers[:4], " "))
		fmt.Fprintf(w, "  \t%s\n", c.URI(in.Site.Name.In(breach.English)))
	}
	_ = w.Flush()
	fmt.Fprint(p.out, "\nNumbers of letters to people who only received a parcel:")
	for _, n := range given.letters {
		fmt.Fprint(p.out, "  ", n.Grouped())
	}
	fmt.Fprint(p.out, "\nStop with Ctrl-C.\n")
}

// demoDesk is what the call centre of the demo is given, and what its callers have.
type demoDesk struct {
	agents  map[agent.Role]agent.Credentials
	letters []breach.LetterNumber
}

// openDemoDesk makes accounts and letters. That letters are on their way is only said here:
// the incident's file stays as it was published.
func openDemoDesk(ctx context.Context, on parts) (d demoDesk, err error) {
	if d.agents, err = demo.NewAgents(ctx, on.DB, on.Keys); err != nil {
		return d, err
	}
	if d.letters, err = demo.NewLetters(ctx, on.DB, on.Keys, on.Incident); err != nil {
		return d, err
	}
	from := on.Incident.PublishedAt
	on.Incident.Notices.LettersFrom = &from
	return d, nil
}
