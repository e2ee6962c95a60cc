package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"exposure/internal/alarm"
	"exposure/internal/breach"
	posting "exposure/internal/post"
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
	"exposure/internal/reset/webhook"
	"exposure/internal/sqlstore"
)

// unverifiedFor is how long ago somebody's password was changed without a ticket at most for a
// server that starts to tell it: the alarm lasts as long.
const unverifiedFor = time.Hour

// connector keeps the shop in step with the resets in the way EXPOSURE_CONNECTOR says. Whatever
// happens to it, the look-up answers.
type connector struct {
	resets *sqlstore.Resets
	alarms *alarms
	now    func() time.Time

	direct   *eccube.Connector // nil: nobody reaches the shop's database
	enforcer *reset.Enforcer   // with direct
	queue    *sqlstore.Webhook // nil: no webhook
	worker   *webhook.Worker   // with queue
	kits     *sqlstore.Clients // nil: no kit in the shop is waited for
	began    time.Time         // since when reports of kits are waited for

	looked     int64     // at resets up to this change
	unverified time.Time // newest of those seen there, or what is too old to be told

	log *slog.Logger
}

// openConnector makes the connector and connects to nothing yet: a shop that is down must not keep
// the server from starting.
func openConnector(p parts, resets *sqlstore.Resets, clients *sqlstore.Clients, alarms *alarms) (*connector, error) {
	l := &connector{resets: resets, alarms: alarms, now: p.Now, log: p.Log}
	if l.now == nil {
		l.now = time.Now
	}
	l.began = l.now()
	l.unverified = l.began.Add(-unverifiedFor)
	switch p.Connector.Kind {
	case "eccube2", "eccube4":
		return l, l.reach(p)
	case "webhook":
		return l, l.tell(p)
	case "plugin":
		l.kits = clients
	}
	return l, nil
}

// reach opens the shop's database.
func (l *connector) reach(p parts) (err error) {
	dsn := p.Connector.Kind + ":" + p.Connector.Target
	if l.direct, err = eccube.New(eccube.Config{DSN: dsn, Fingerprint: p.Keys.PasswordFingerprint}); err != nil {
		return err
	}
	l.enforcer = reset.NewEnforcer(reset.EnforcerConfig{
		Resets: l.resets, Connector: l.direct, Held: l.held, Log: p.Log, Now: p.Now, Seen: l.enforced,
	})
	return nil
}

// tell makes what the shop is told.
func (l *connector) tell(p parts) error {
	to, err := posting.New(posting.Config{URL: p.Connector.Target, Secrets: p.Connector.Secrets, Networks: p.Connector.Networks})
	if err != nil {
		return err
	}
	l.queue = p.DB.Webhook(p.Keys, p.Connector.Target)
	l.worker = webhook.New(webhook.Config{
		Incident: p.Incident.ID, Receiver: to, Queue: l.queue, Resets: l.resets, Held: l.held, Log: p.Log, Now: p.Now, Seen: l.told,
	})
	return nil
}

// shop is what reaches the shop's passwords; nil: nothing does.
func (l *connector) shop() reset.Connector {
	if l.direct == nil {
		return nil // and no interface that holds a nil pointer
	}
	return l.direct
}

// reported is what a kit's report may change; nil: nothing, because we see the shop ourselves.
func (l *connector) reported() reset.KitResets {
	if l.direct != nil {
		return nil
	}
	return l.resets
}

func (l *connector) held(ctx context.Context) (bool, error) {
	h, err := l.resets.Held(ctx)
	return h != nil, err
}

// run works until ctx ends.
func (l *connector) run(ctx context.Context) error {
	switch {
	case l.enforcer != nil:
		return errors.Join(l.enforcer.Run(ctx), l.direct.Close())
	case l.worker != nil:
		return l.worker.Run(ctx)
	}
	return nil
}

// enforced is told of each turn of the enforcer.
func (l *connector) enforced(_ reset.Progress, err error) {
	l.alarms.Set(alarm.ConnectorDown, errors.Is(err, reset.ErrShopUnavailable) || errors.Is(err, reset.ErrConnectorBlocked))
	l.unproven(err)
}

// told is told of each turn of the worker.
func (l *connector) told(h webhook.Health) {
	l.alarms.Set(alarm.ConnectorDown, h.Down || h.Stopped)
	l.unproven(h.Trouble)
}

func (l *connector) unproven(err error) {
	if errors.Is(err, breach.ErrUnproven) {
		l.alarms.Note(alarm.ResetUnproven)
		l.alarms.altered(err)
	}
}

// lookAtResets looks for passwords that no ticket explains. They are looked for in the store,
// because it may have been another program that saw them in the shop.
func (l *connector) lookAtResets(ctx context.Context) {
	newest, last, err := l.resets.Unverified(ctx, l.looked)
	if err != nil {
		if ours(ctx, err) {
			l.log.Warn("passwords changed without a ticket could not be looked for", "error", err)
		}
		return
	}
	if l.looked = last; newest.After(l.unverified) {
		l.unverified = newest
		l.alarms.Note(alarm.ResetUnverified)
	}
}

// lookAtWebhook looks for what the shop was to be told and is told no more.
func (l *connector) lookAtWebhook(ctx context.Context) {
	if l.queue == nil {
		return
	}
	given, err := l.queue.GaveUp(ctx)
	if err == nil {
		l.alarms.Set(alarm.WebhookDead, given)
	} else if ours(ctx, err) {
		l.log.Warn("what the webhook gave up could not be looked for", "error", err)
	}
}
