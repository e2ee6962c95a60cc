package doctor

import (
	"context"
	"errors"
	"time"

	"exposure/internal/redisdial"
)

func (i Installation) redis(ctx context.Context, p *patient) {
	if i.Redis == "" {
		p.note("set EXPOSURE_REDIS_URL for more than one node, and to keep codes and sessions over a restart",
			"there is no Redis: codes, sessions and limits live in the server's memory")
		return
	}
	client, nodes, err := redisdial.Connect(ctx, i.Redis)
	switch {
	case errors.Is(err, redisdial.ErrURL):
		p.trouble("correct it", "EXPOSURE_REDIS_URL is not understood: it %v", err)
		return
	case err != nil:
		p.trouble("start it, or correct EXPOSURE_REDIS_URL", "%v", err)
		return
	}
	defer client.Close()
	for _, n := range nodes {
		p.ok("%s answers (version %s)", n.Name(), n.Facts["redis_version"])
		redisServable(p, n)
		redisPersistence(ctx, p, n)
		i.redisClock(ctx, p, n)
	}
	redisLoss(p, nodes)
}

// redisServable says what exposured serve would refuse, and what it would refuse later.
func redisServable(p *patient, n redisdial.Node) {
	const do = "set maxmemory-policy noeviction in its configuration"
	if err := redisdial.Unsafe([]redisdial.Node{n}); err != nil {
		p.trouble("correct it: exposured serve refuses it", "%v", err)
	}
	switch policy := n.Facts["maxmemory_policy"]; {
	case policy == "noeviction":
		p.ok("%s evicts nothing (maxmemory-policy noeviction)", n.Name())
	case !n.MayEvict():
		p.warn(do, "maxmemory-policy of %s is %s; as soon as somebody sets maxmemory, it evicts the guess budgets", n.Name(), policy)
	}
}

// redisLoss tells what is gone with one server.
func redisLoss(p *patient, nodes []redisdial.Node) {
	for _, n := range nodes {
		if n.Facts["connected_slaves"] == "0" {
			p.note("add a replica, with Sentinels or a Cluster that promote it, if the look-up must go on without one server",
				"%s has no replica: while it is down nobody who is kept there is answered", n.Name())
		}
	}
}

func redisPersistence(ctx context.Context, p *patient, n redisdial.Node) {
	if n.Facts["aof_enabled"] == "1" {
		if n.Facts["aof_last_write_status"] == "err" {
			p.trouble("look at its log: is its disk full?", "%s cannot write its append-only file", n.Name())
			return
		}
		p.ok("%s keeps its data over a restart (append-only file)", n.Name())
		return
	}
	saves, err := n.Client.ConfigGet(ctx, "save").Result()
	switch {
	case err != nil: // providers forbid CONFIG
		p.note("see that it has appendonly yes", "whether %s keeps its data over a restart cannot be asked", n.Name())
	case saves["save"] != "":
		p.note("set appendonly yes to lose a second at most", "%s saves from time to time only; after a crash the latest codes and sessions are gone", n.Name())
	default:
		p.warn("set appendonly yes", "%s keeps nothing over a restart: codes, sessions and network limits would be forgotten", n.Name())
	}
}

// redisClock: Redis decides when codes expire, we write what is in mails and the audit log.
func (i Installation) redisClock(ctx context.Context, p *patient, n redisdial.Node) {
	before := i.Now()
	theirs, err := n.Client.Time(ctx).Result()
	if err != nil {
		p.trouble("allow the TIME command", "%s does not tell its time: %v", n.Name(), err)
		return
	}
	if apart := theirs.Sub(before).Abs(); apart > clockTolerance {
		p.trouble("set both clocks and keep them set (NTP)", "the clocks of %s and of this machine are %v apart: codes would end at another time than mails say", n.Name(), apart.Round(time.Second))
		return
	}
	p.ok("the clocks of %s and of this machine agree", n.Name())
}
