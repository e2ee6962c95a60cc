package doctor

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// oldestRedis is the major version that scripts are tested with.
const oldestRedis = 6

func (i Installation) redis(ctx context.Context, p *patient) {
	if i.Redis == "" {
		p.note("set EXPOSURE_REDIS_URL for more than one node, and to keep codes and sessions over a restart",
			"there is no Redis: codes, sessions and limits live in the server's memory")
		return
	}
	o, err := redis.ParseURL(i.Redis)
	if err != nil {
		p.trouble("write it like redis://host:6379/0", "EXPOSURE_REDIS_URL is not understood") // the error may repeat a password
		return
	}
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	client := redis.NewClient(o)
	defer client.Close()
	info, err := client.Info(ctx).Result()
	if err != nil {
		p.trouble("start it, or correct EXPOSURE_REDIS_URL", "Redis does not answer: %v", err)
		return
	}
	facts := parseInfo(info)
	p.ok("Redis %s answers", facts["redis_version"])
	redisVersion(p, facts)
	redisMemory(p, facts)
	redisPersistence(ctx, p, client, facts)
	i.redisClock(ctx, p, client)
}

func parseInfo(info string) map[string]string {
	facts := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			facts[name] = value
		}
	}
	return facts
}

func redisVersion(p *patient, facts map[string]string) {
	major, _, _ := strings.Cut(facts["redis_version"], ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestRedis {
		p.warn("run Redis 6 or newer", "this version of Redis is older than any this program was tried with")
	}
	if facts["role"] == "slave" {
		p.trouble("name the primary in EXPOSURE_REDIS_URL", "this Redis is a replica, which cannot be written to")
	}
}

// redisMemory: a Redis that throws keys away throws away who has guessed how often.
func redisMemory(p *patient, facts map[string]string) {
	const do = "set maxmemory-policy noeviction in its configuration"
	switch policy := facts["maxmemory_policy"]; {
	case policy == "noeviction":
		p.ok("Redis evicts nothing (maxmemory-policy noeviction)")
	case facts["maxmemory"] != "0":
		p.trouble(do, "Redis may evict keys (maxmemory-policy %s), and with them the guess budgets: exposured serve refuses it", policy)
	default:
		p.warn(do, "maxmemory-policy is %s; as soon as somebody sets maxmemory, Redis evicts the guess budgets", policy)
	}
}

func redisPersistence(ctx context.Context, p *patient, client *redis.Client, facts map[string]string) {
	if facts["aof_enabled"] == "1" {
		if facts["aof_last_write_status"] == "err" {
			p.trouble("look at its log: is its disk full?", "Redis cannot write its append-only file")
			return
		}
		p.ok("Redis keeps its data over a restart (append-only file)")
		return
	}
	saves, err := client.ConfigGet(ctx, "save").Result()
	switch {
	case err != nil: // providers forbid CONFIG
		p.note("see that it has appendonly yes", "whether Redis keeps its data over a restart cannot be asked")
	case saves["save"] != "":
		p.note("set appendonly yes to lose a second at most", "Redis saves from time to time only; after a crash the latest codes and sessions are gone")
	default:
		p.warn("set appendonly yes", "Redis keeps nothing over a restart: codes, sessions and network limits would be forgotten")
	}
}

// redisClock: Redis decides when codes expire, we write what is in mails and the audit log.
func (i Installation) redisClock(ctx context.Context, p *patient, client *redis.Client) {
	before := i.Now()
	theirs, err := client.Time(ctx).Result()
	if err != nil {
		p.trouble("allow the TIME command", "Redis does not tell its time: %v", err)
		return
	}
	if apart := theirs.Sub(before).Abs(); apart > clockTolerance {
		p.trouble("set both clocks and keep them set (NTP)", "the clocks of Redis and of this machine are %v apart: codes would end at another time than mails say", apart.Round(time.Second))
		return
	}
	p.ok("the clocks of Redis and of this machine agree")
}
