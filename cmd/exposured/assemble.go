package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
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
}

// product is the assembled server, short of its listeners.
type product struct {
	service  *lookup.Service
	worker   *mailer.Worker
	roster   *sqlstore.Roster
	audit    *sqlstore.Audit
	redis    redis.UniversalClient
	registry *prometheus.Registry
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
	sessions, err := session.New(session.Config{Backend: s.sessions, Sealer: p.Keys})
	if err != nil {
		return nil, err
	}
	audit := p.DB.Audit()
	registry := prometheus.NewRegistry()
	digits := otp.DigitsFor(int(version.Persons))
	service, err := lookup.New(lookup.Config{
		Incident: p.Incident, CodeDigits: digits, Roster: roster, Codes: s.codes, Outbox: s.outbox,
		Recorder: audit, Sessions: sessions, Limits: s.limits, Keys: p.Keys, Count: eventCounter(registry),
	})
	if err != nil {
		return nil, err
	}
	worker, err := mailer.NewWorker(mailer.WorkerConfig{
		Incident: p.Incident, Outbox: s.outbox, Keys: p.Keys, Issuer: s.codes, History: audit.Past,
		Sender: p.Sender, Digits: digits, Log: p.Log,
	})
	if err != nil {
		return nil, err
	}
	registry.MustRegister(newMailMetrics(worker))
	return &product{service: service, worker: worker, roster: roster, audit: audit, redis: p.Redis, registry: registry}, nil
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

// ready tells whether a customer could be answered now.
func (p *product) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := p.roster.Ready(ctx); err != nil {
		return err
	}
	if p.redis == nil {
		return nil
	}
	if err := p.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reaching Redis: %w", err)
	}
	return nil
}
