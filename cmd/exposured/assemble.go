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
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/breaker"
	"exposure/internal/config"
	"exposure/internal/console"
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
	File     string // the database's, if it is one
	Heads    string // file of kept heads of the audit log; empty: none
	Beside   bool   // another server answers from the database already
	Alarm    alarm.WebhookConfig
	// Connector says how the shop's passwords are reset; the zero value: not by us.
	Connector config.Connector
	Desk      callCentre
	Now       func() time.Time // nil: the machine's clock
	// ProveEvery is how often the whole audit log is proven; 0: see verifyEvery.
	ProveEvery time.Duration
}

// open reads what both programs stand on. The caller closes the database.
func open(ctx context.Context, incidentFile, keyFile, database string) (p parts, err error) {
	if p.Incident, err = incident.Load(incidentFile); err != nil {
		return p, err
	}
	if p.Keys, err = vault.LoadServer(keyFile); err != nil {
		return p, err
	}
	p.File = fileOf(database)
	p.DB, err = sqlstore.Open(ctx, database)
	return p, err
}

// product is the assembled server, short of its listeners.
type product struct {
	service  *lookup.Service
	sessions *session.Store
	resets   *sqlstore.Resets
	letters  *sqlstore.Letters
	teller   *reset.Teller
	link     *connector
	worker   *mailer.Worker
	roster   *sqlstore.Roster
	audit    *sqlstore.Audit
	heads    *headKeeper
	disks    *disks
	redis    redis.UniversalClient
	prefix   string // of our keys there
	registry *prometheus.Registry
	incident *breach.Incident
	log      *slog.Logger
	digits   atomic.Int64 // of a short code
	now      func() time.Time
	breaker  *breaker.Breaker
	others   int64 // rows of the log that others wrote, when the breaker counted it
	limits   *ratelimit.Limiter
	alarms   *alarms
	canaries *canaryWatch
	mypage   *mypage.MyPage
	clients  *sqlstore.Clients
	console  *console.Console      // nil: there is no desk
	agents   *sqlstore.Agents      // nil, too
	doubt    atomic.Pointer[error] // what the last full check of the roster found

	resetDoubt atomic.Pointer[error] // what the last full check of the resets found
}

// server adds the doors and what they need to a configuration of listeners.
func (b *product) server(c server.Config) (*server.Server, error) {
	door, err := api.New(b.service, b.service)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{Verifier: b.service, Reporter: b.service, Mails: b.worker, PublicURL: c.PublicURL, Now: b.now})
	if err != nil {
		return nil, err
	}
	c.Pages = pages
	c.MyPageDoors = []server.Door{b.mypage}
	if b.console != nil {
		c.PrivateDoors, c.DeskPages = []server.Door{b.console}, b.console
	}
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
	b := &product{redis: p.Redis, prefix: p.prefix(), registry: prometheus.NewRegistry(), incident: p.Incident, log: p.Log, now: p.Now}
	if err := b.prove(ctx, p); err != nil {
		return nil, err
	}
	s, err := p.stores()
	if err != nil {
		return nil, err
	}
	b.limits = s.limits
	if b.alarms, err = openAlarms(p); err != nil {
		return nil, err
	}
	if b.breaker, err = openBreaker(ctx, b.audit, b.registry, p, b.alarms); err != nil {
		return nil, err
	}
	if b.link, err = openConnector(p, b.resets, b.clients, b.alarms); err != nil {
		return nil, err
	}
	resetting := reset.NewService(b.resets, b.link.shop(), p.Now)
	if err := b.journey(p, s, resetting); err != nil {
		return nil, err
	}
	if err := b.openDesk(p, s); err != nil {
		return nil, err
	}
	kits := reset.NewKits(b.link.reported(), b.clients, p.Keys.PasswordFingerprint, p.Now)
	if b.mypage, err = newMyPage(p, s, b.clients, resetting, kits, b.alarms, b.registry); err != nil {
		return nil, err
	}
	b.registry.MustRegister(newMailMetrics(b.worker), newAlarmMetrics(b.alarms), newResetMetrics(b.link), newKitMetrics(b.clients, b.link.now))
	if b.heads, err = newHeadKeeper(ctx, p, b.audit, b.distrust, b.alarms); err != nil {
		return nil, err
	}
	b.disks = openDisks(p, b.alarms, b.registry)
	b.checkResets(ctx)
	b.canaries.look(ctx)
	return b, nil
}

// distrust tells those who answer out of what is bound to the audit log what proving the
// log found.
func (b *product) distrust(err error) {
	b.resets.Distrust(err)
	b.letters.Distrust(err)
	if b.agents != nil {
		b.agents.Distrust(err)
	}
}

// prove opens what the database holds, and refuses one that could not answer everybody.
func (b *product) prove(ctx context.Context, p parts) error {
	b.roster = p.DB.Roster(p.Keys, p.Incident.Digest)
	if err := b.roster.Check(ctx); err != nil {
		return fmt.Errorf("the published roster cannot be proven, so nobody can be answered: %w", err)
	}
	err := b.lookAtDigits(ctx)
	if err != nil {
		return err
	}
	b.audit = p.DB.Audit(p.Keys)
	if err := b.audit.Ready(ctx); err != nil {
		return fmt.Errorf("the audit log cannot be written, so nobody can be answered: %w", err)
	}
	if b.others, err = b.audit.RowsOfOthers(ctx); err != nil {
		return err
	}
	b.clients = p.DB.Clients(p.Keys)
	if err := b.clients.Check(ctx); err != nil {
		return fmt.Errorf("the shop's programs cannot be told apart from others: %w", err)
	}
	b.resets = p.DB.Resets(p.Keys)
	b.letters = p.DB.Letters(p.Keys, p.Incident.Digest)
	return nil
}

// journey builds what a customer goes through, and what mails them meanwhile.
func (b *product) journey(p parts, s stores, tickets *reset.Service) error {
	var err error
	if b.sessions, err = session.New(session.Config{Backend: s.sessions, Sealer: p.Keys, Now: p.Now}); err != nil {
		return err
	}
	box, limits := watchedOutbox{s.outbox, b.alarms}, watchedLimits{s.limits, b.alarms}
	b.canaries = newCanaryWatch(p.DB.Canaries(p.Keys), watchedLog{b.audit, b.alarms}, b.alarms, p.Log)
	b.service, err = lookup.New(lookup.Config{
		Incident: p.Incident, CodeDigits: b.codeDigits, Roster: watchedRoster{b.roster, b.alarms}, Codes: s.codes, Outbox: box,
		Recorder: watchedLog{b.audit, b.alarms}, Sessions: b.sessions, Limits: limits, MailLimits: limits, Keys: p.Keys, Gate: b.roster,
		Breaker: b.breaker, Now: p.Now, Count: eventCounter(b.registry), Resets: watchedMembers{b.resets, b.alarms}, Tickets: tickets,
		Letters:  watchedLetters{b.letters, b.alarms},
		Canaries: b.canaries,
	})
	if err != nil {
		return err
	}
	b.teller = reset.NewTeller(reset.TellerConfig{Store: b.resets, Outbox: box, Keys: p.Keys, Log: p.Log, Now: p.Now})
	b.worker, err = mailer.NewWorker(mailer.WorkerConfig{
		Incident: p.Incident, Outbox: s.outbox, Keys: p.Keys, Issuer: s.codes, History: b.alarms.past(b.audit.Past),
		Sender: p.Sender, Digits: b.codeDigits, Log: p.Log, Shut: b.service.Shut, Unsent: b.service.Unsent, Owed: b.service.Owed,
		Breaker: b.breaker, Now: p.Now, Listed: listed(b.roster), Scarce: b.alarms.scarce.Load, Pace: pacer(s.limits, p.Keys),
	})
	return err
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
func pacer(l *ratelimit.Limiter, keys *vault.Server) func(context.Context, string, bool) time.Duration {
	return func(ctx context.Context, domain string, ahead bool) time.Duration {
		key, limit := keys.NetworkTag([]byte("send-domain "+domain)), ratelimit.SendDomain
		if ahead {
			limit = ratelimit.SendAhead
		}
		_, err := l.Take(ctx, limit, hex.EncodeToString(key[:]))
		if over := new(ratelimit.Exceeded); errors.As(err, &over) {
			return over.RetryAfter
		}
		return 0
	}
}

// prefix separates the keys of this installation from whatever else a Redis holds. It stays
// when keys are rotated.
func (p parts) prefix() string {
	return redisdial.Prefix(audit.Installation(p.Keys.AuditVerifiers()...))
}

func (p parts) stores() (s stores, err error) {
	prefix := p.prefix()
	s.limits, err = ratelimit.New(ratelimit.Config{Client: p.Redis, Table: p.Limits, Lifted: p.Lifted, Prefix: prefix})
	if err != nil {
		return s, err
	}
	if p.Redis == nil {
		s.codes, s.sessions = otp.NewMemory(otp.Config{}), session.NewMemory(p.Now)
		s.outbox = mailer.NewMemoryOutbox(mailer.OutboxConfig{Now: p.Now})
		return s, nil
	}
	s.codes, s.sessions = otp.NewRedis(p.Redis, otp.Config{Prefix: prefix}), session.NewRedis(p.Redis, prefix)
	s.outbox, err = mailer.NewRedisOutbox(p.Redis, mailer.OutboxConfig{Prefix: prefix, Sealer: p.Keys})
	return s, err
}
