package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"golang.org/x/sync/errgroup"

	"exposure/internal/alarm"
	"exposure/internal/breach"
	"exposure/internal/config"
	"exposure/internal/mailer"
	"exposure/internal/server"
	"exposure/internal/sqlstore"
)

// serve opens what the configuration names, answers customers until ctx ends, then drains.
func (p program) serve(ctx context.Context, c config.Serve, log *slog.Logger) error {
	settings, err := c.Check()
	if err != nil {
		return err
	}
	warn(settings, log)
	on, err := open(ctx, settings.Incident, settings.KeyFile, settings.Database)
	if err != nil {
		return err
	}
	defer on.DB.Close()
	if err := sender(on.Incident, settings.MailFrom); err != nil {
		return err
	}
	client, err := openRedis(ctx, settings.Redis, on.prefix())
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Close()
	}
	end, others, err := on.DB.Serve(client == nil)
	if err != nil {
		return together(err)
	}
	defer end()
	smtp, err := openSMTP(settings)
	if err != nil {
		return err
	}
	defer smtp.Close()
	on.Redis, on.Sender, on.Limits, on.Lifted, on.Log = client, smtp, settings.Limits, settings.Lifted, log
	on.Beside, on.Heads, on.Alarm = others, settings.AuditHeads, alarm.WebhookConfig{URL: settings.Alarm, Secret: settings.AlarmSecret}
	on.Now, on.ProveEvery, on.Connector = p.now, p.proveEvery, settings.Connector
	on.Desk = callCentre{settings.ConsoleURL, deskHours(on.Incident, settings.ConsoleMargin, settings.ConsoleAlways)}
	return p.answer(ctx, settings, on)
}

// together says what to do about a second server. Codes, sessions, tries and limits of a
// server without Redis are its own, so that two would each allow what is allowed once.
func together(err error) error {
	if errors.Is(err, sqlstore.ErrServed) {
		return fmt.Errorf("%w, and codes and limits hold across servers only if all have one Redis: end the other server, or start both with the same EXPOSURE_REDIS_URL", err)
	}
	return err
}

// answer builds the product on what is open, and answers until ctx ends.
func (p program) answer(ctx context.Context, settings config.Settings, on parts) error {
	built, err := assemble(ctx, on)
	if err != nil {
		return err
	}
	if err := on.recordKeys(ctx); err != nil {
		return err
	}
	srv, err := built.server(server.Config{
		PublicAddr: settings.PublicAddr, PrivateAddr: settings.PrivateAddr, MyPageAddr: settings.MyPageAddr, PublicURL: settings.PublicURL,
		TrustedProxies: settings.TrustedProxies, Logger: on.Log, Connections: p.connections,
	})
	if err != nil {
		return err
	}
	return p.until(ctx, built, srv, func(public, private net.Addr) {
		on.Log.Info("serving", "incident", on.Incident.ID, "public", public.String(), "private", private.String(), "mypage", srv.MyPageListener().String())
	})
}

// warn says in the log what is allowed and may not be meant.
func warn(s config.Settings, log *slog.Logger) {
	if s.ConsoleURL == nil {
		log.Warn("there is no desk for the call centre: EXPOSURE_PRIVATE_ADDR is not on loopback, and EXPOSURE_CONSOLE_URL does not say under which https address agents reach it")
	}
	if s.ProxyUnnamed() {
		log.Warn("EXPOSURE_TRUSTED_PROXIES is empty, and https ends in a proxy in front: unless that keeps the customers' addresses by itself, all of them count as one, and one attacker or the first few dozen people shut the page for everybody; set it to the addresses the proxy connects from, and have the proxy add X-Forwarded-For")
	}
	if s.Redis == "" {
		log.Warn("no Redis configured: codes, sessions and limits live in memory, for this one node and until it restarts")
	}
	if s.MyPageAddr != "" && !s.MyPageLocal {
		log.Warn("EXPOSURE_MYPAGE_ADDR is not on loopback: what comes there holds keys of the shop's programs, and here is no TLS; let it end on this machine, or keep that network to proxy and server")
	}
	if s.Lifted {
		log.Warn("limits by network and on mails are off: for load tests only, never for customers")
	}
}

// openSMTP makes what hands mails to the mail server, signed if that is configured.
func openSMTP(s config.Settings) (*mailer.SMTP, error) {
	signing, err := s.DKIM()
	if err != nil {
		return nil, err
	}
	return mailer.NewSMTP(mailer.SMTPConfig{URL: s.SMTP, DKIM: signing})
}

// sender replaces the incident's, unless people were told to allow another domain.
func sender(in *breach.Incident, from string) error {
	if from == "" {
		return nil
	}
	in.Mail.From = from
	if !in.Mail.Allowed() {
		return fmt.Errorf("EXPOSURE_MAIL_FROM is not of the domain %s, which the incident file tells people to allow (mail.allow_domain): correct one of them", in.Mail.AllowDomain)
	}
	return nil
}

// until serves and mails until ctx ends: then the listeners and the mails in work drain at
// the same time, each within ten seconds, whoever hangs; at last the audit log, whose last head
// is signed and kept. What whoever was let in asks for meanwhile waits in the outbox, and is lost
// with one in memory.
func (p program) until(ctx context.Context, b *product, srv *server.Server, listening func(public, private net.Addr)) (err error) {
	defer func() { err = errors.Join(err, b.heads.close()) }()
	if err := srv.Listen(ctx); err != nil {
		return err
	}
	listening(srv.PublicListener(), srv.PrivateListener())
	p.listening(srv.PublicListener(), srv.PrivateListener())
	var g errgroup.Group
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ctx, end := context.WithCancel(ctx)
	defer end()
	g.Go(func() error { return b.worker.Run(ctx) })
	g.Go(func() error { return b.watch(work) })
	g.Go(func() error { return b.teller.Run(work) })
	g.Go(func() error { return b.recount(work) })
	g.Go(func() error { return b.heads.run(work) })
	g.Go(func() error { return b.heads.verify(work) })
	g.Go(func() error { return b.observe(work) })
	g.Go(func() error { return b.disks.run(work) })
	g.Go(func() error { return b.link.run(work) })
	g.Go(func() error { return b.canaries.run(work) })
	g.Go(func() error { return b.alarms.run(work) })
	g.Go(func() error {
		defer stop()
		defer end() // a listener that fails ends it all
		return srv.Serve(ctx)
	})
	return g.Wait()
}
