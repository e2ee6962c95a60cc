package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"exposure/internal/alarm"
	"exposure/internal/api"
	"exposure/internal/breach"
	"exposure/internal/breaker"
	"exposure/internal/config"
	"exposure/internal/incident"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/mypage"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/redisdial"
	"exposure/internal/reset"
	"exposure/internal/server"
	"exposure/internal/session"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/web"
)

// parts are what differs between serving for real and the demo.
type parts struct {
	Incident *breach.Incident
	Keys     *vault.Server
	DB       *sqlstore.DB
	Redis    redis.UniversalClient // nil: memory, for one node
	Sender   mailer.Sender
	Limits   ratelimit.Table
	Lifted   bool // network and sending limits are off
	Log      *slog.Logger
	Heads    string // file of kept heads of the audit log; empty: none
	Alarm    alarm.WebhookConfig
	// Connector says how the shop's passwords are reset; the zero value: not by us.
	Connector config.Connector
	Now       func() time.Time // nil: the machine's clock
}

// open reads what both programs stand on. The caller closes the database.
func open(ctx context.Context, incidentFile, keyFile, database string) (p parts, err error) {
	if p.Incident, err = incident.Load(incidentFile); err != nil {
		return p, err
	}
	if p.Keys, err = vault.LoadServer(keyFile); err != nil {
		return p, err
	}
	p.DB, err = sqlstore.Open(ctx, database)
	return p, err
}

// product is the assembled server, short of its listeners.
type product struct {
	service  *lookup.Service
	resets   *sqlstore.Resets
	reset    *reset.Service
	teller   *reset.Teller
	link     *connector
	worker   *mailer.Worker
	roster   *sqlstore.Roster
	audit    *sqlstore.Audit
	heads    *headKeeper
	redis    redis.UniversalClient
	registry *prometheus.Registry
	incident *breach.Incident
	log      *slog.Logger
	digits   int // of a short code
	now      func() time.Time
	breaker  *breaker.Breaker
	limits   *ratelimit.Limiter
	alarms   *alarms
	mypage   *mypage.MyPage
	clients  *sqlstore.Clients
	doubt    atomic.Pointer[error] // what the last full check of the roster found

	resetDoubt atomic.Pointer[error] // what the last full check of the resets found
}

// server adds the doors and what they need to a configuration of listeners.
func (b *product) server(c server.Config) (*server.Server, error) {
	door, err := api.New(b.service, b.service)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{Verifier: b.service, Reporter: b.service, PublicURL: c.PublicURL, Now: b.now})
	if err != nil {
		return nil, err
	}
	c.Pages = pages
	c.MyPageDoors = []server.Door{b.mypage}
	c.Doors, c.Ready, c.Registry, c.Phone = []server.Door{door, pages}, b.ready, b.registry, b.incident.Contact.Phone
	return server.New(c)
}

// stores are the four short-lived stores: all in Redis, or all in memory.
type stores struct {
	codes    otp.Store
	sessions session.Backend
	limits   *ratelimit.Limiter
	outbox   outbox
}

// outbox is both ends of the queue of code mails.
type outbox interface {
	lookup.Outbox
	mailer.Outbox
}

// assemble proves that the database can answer, then builds the journey on it.
func assemble(ctx context.Context, p parts) (*product, error) {
	roster := p.DB.Roster(p.Keys, p.Incident.Digest)
	if err := roster.Check(ctx); err != nil {
		return nil, fmt.Errorf("the published roster cannot be proven, so nobody can be answered: %w", err)
	}
	version, err := roster.Published(ctx)
	if err != nil {
		return nil, err
	}
	s, err := p.stores()
	if err != nil {
		return nil, err
	}
	sessions, err := session.New(session.Config{Backend: s.sessions, Sealer: p.Keys, Now: p.Now})
	if err != nil {
		return nil, err
	}
	audit := p.DB.Audit(p.Keys)
	if err := audit.Ready(ctx); err != nil {
		return nil, fmt.Errorf("the audit log cannot be written, so nobody can be answered: %w", err)
	}
	registry := prometheus.NewRegistry()
	digits := otp.DigitsFor(int(version.Persons))
	alarms, err := openAlarms(p)
	if err != nil {
		return nil, err
	}
	broken, err := openBreaker(ctx, audit, registry, p, alarms)
	if err != nil {
		return nil, err
	}
	resets := p.DB.Resets(p.Keys)
	link, err := openConnector(p, resets, alarms)
	if err != nil {
		return nil, err
	}
	resetting := reset.NewService(resets, link.shop(), p.Now)
	service, err := lookup.New(lookup.Config{
		Incident: p.Incident, CodeDigits: digits, Roster: watchedRoster{roster, alarms}, Codes: s.codes, Outbox: watchedOutbox{s.outbox, alarms},
		Recorder: watchedLog{audit, alarms}, Sessions: sessions, Limits: watchedLimits{s.limits, alarms}, Keys: p.Keys, Gate: roster,
		Breaker: broken, Now: p.Now, Count: eventCounter(registry), Resets: watchedMembers{resets, alarms}, Tickets: resetting,
	})
	if err != nil {
		return nil, err
	}
	worker, err := mailer.NewWorker(mailer.WorkerConfig{
		Incident: p.Incident, Outbox: s.outbox, Keys: p.Keys, Issuer: s.codes, History: alarms.past(audit.Past),
		Sender: p.Sender, Digits: digits, Log: p.Log, Shut: service.Shut,
		Breaker: broken, Now: p.Now, Listed: listed(roster), Scarce: alarms.scarce.Load, Pace: pacer(s.limits, p.Keys),
	})
	if err != nil {
		return nil, err
	}
	clients := p.DB.Clients(p.Keys)
	if err := clients.Check(ctx); err != nil {
		return nil, fmt.Errorf("the shop's programs cannot be told apart from others: %w", err)
	}
	shop, err := newMyPage(p, s, clients, resetting, alarms, registry)
	if err != nil {
		return nil, err
	}
	registry.MustRegister(newMailMetrics(worker), newAlarmMetrics(alarms), newResetMetrics(link))
	heads, err := newHeadKeeper(ctx, p, audit, resets, alarms)
	if err != nil {
		return nil, err
	}
	b := &product{
		service: service, resets: resets, reset: resetting, link: link,
		teller: reset.NewTeller(reset.TellerConfig{Store: resets, Outbox: watchedOutbox{s.outbox, alarms}, Keys: p.Keys, Log: p.Log, Now: p.Now}),
		worker: worker, roster: roster, audit: audit, heads: heads, redis: p.Redis, registry: registry,
		incident: p.Incident, digits: digits, log: p.Log, breaker: broken,
		limits: s.limits, alarms: alarms, now: p.Now, mypage: shop, clients: clients,
	}
	b.checkResets(ctx)
	return b, nil
}

// listed is what the mail worker asks about addresses of a mailbox that had its share.
func listed(r *sqlstore.Roster) func(context.Context, breach.Tags) (bool, error) {
	return func(ctx context.Context, tags breach.Tags) (bool, error) {
		_, answer, err := r.Answer(ctx, tags)
		return len(answer.Persons) > 0, err
	}
}

// pacer counts mails to a provider, which the store knows by a keyed hash: a family's own
// domain names people. It fails open, because it only paces our own work.
func pacer(l *ratelimit.Limiter, keys *vault.Server) func(context.Context, string) time.Duration {
	return func(ctx context.Context, domain string) time.Duration {
		key := keys.NetworkTag([]byte("send-domain " + domain))
		_, err := l.Take(ctx, ratelimit.SendDomain, hex.EncodeToString(key[:]))
		if over := new(ratelimit.Exceeded); errors.As(err, &over) {
			return over.RetryAfter
		}
		return 0
	}
}

// prefix separates this product's keys from whatever else a Redis holds.
const prefix = "exposure:"

func (p parts) stores() (s stores, err error) {
	s.limits, err = ratelimit.New(ratelimit.Config{Client: p.Redis, Table: p.Limits, Lifted: p.Lifted, Prefix: prefix})
	if err != nil {
		return s, err
	}
	if p.Redis == nil {
		s.codes, s.sessions = otp.NewMemory(otp.Config{}), session.NewMemory(nil)
		s.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{})
		return s, nil
	}
	s.codes, s.sessions = otp.NewRedis(p.Redis, otp.Config{Prefix: prefix}), session.NewRedis(p.Redis, prefix)
	s.outbox, err = mailer.NewRedisOutbox(p.Redis, mailer.OutboxConfig{Prefix: prefix, Sealer: p.Keys})
	return s, err
}

// readyTimeout bounds one readiness probe.
const readyTimeout = 3 * time.Second

// ready tells whether every customer could be answered now. With one shard of a Redis
// Cluster gone it says no, although some are answered still.
func (b *product) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := b.roster.Ready(ctx); err != nil {
		return err
	}
	if err := b.audit.Ready(ctx); err != nil { // no row, no answer
		return err
	}
	if doubt := b.inDoubt(); doubt != nil {
		return doubt
	}
	if b.redis == nil {
		return nil
	}
	return redisdial.Ready(ctx, b.redis, prefix)
}

// checkEvery is how often every row of the published version is proven again. Single
// answers are proven each time; this finds damage before a customer does. After a check
// that failed the next one comes sooner: a passing trouble must not keep the server out
// of service.
const (
	checkEvery = 10 * time.Minute
	checkAgain = 30 * time.Second
)

// watch proves the whole roster and all resets again and again until ctx ends. While they
// cannot be proven the server is not ready. Both were looked at before.
func (b *product) watch(ctx context.Context) error {
	for {
		again := checkEvery
		if b.inDoubt() != nil {
			again = checkAgain
		}
		next := time.NewTimer(again)
		select {
		case <-ctx.Done():
			next.Stop()
			return nil
		case <-next.C:
			b.check(ctx)
			b.checkResets(ctx)
		}
	}
}

func (b *product) check(ctx context.Context) {
	err := errors.Join(b.roster.Check(ctx), b.checkDigits(ctx), b.clients.Check(ctx))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		b.doubt.Store(&err)
		b.log.Error("the published roster cannot be proven", "error", err)
	case b.doubt.Swap(nil) != nil:
		b.log.Info("the published roster is proven again")
	}
}

// checkDigits: a version of many more people, published meanwhile, needs longer codes
// than this process issues.
func (b *product) checkDigits(ctx context.Context) error {
	v, err := b.roster.Published(ctx)
	if err == nil && otp.DigitsFor(int(v.Persons)) > b.digits {
		err = errors.New("the published version has more people than codes of this length are safe for: restart exposured")
	}
	return err
}
