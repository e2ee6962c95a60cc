package redisdial

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Kind is how a Redis is laid out.
type Kind string

// The kinds.
const (
	Single   Kind = "single"
	Sentinel Kind = "sentinel"
	Cluster  Kind = "cluster"
)

// Target is a Redis that can be opened. It holds passwords and must not be printed.
type Target struct {
	Kind     Kind
	single   *redis.Options
	failover *redis.FailoverOptions
	cluster  *redis.ClusterOptions // of a single server as well: it may turn out to be a node
}

// ErrURL is in every error of Parse. Each is a sentence that goes after the name of the
// setting, says what to do, and repeats nothing of the URL but names of options.
var ErrURL = errors.New("not a Redis URL to serve with")

type urlError string

func (e urlError) Error() string { return string(e) }
func (urlError) Unwrap() error   { return ErrURL }

func refuse(format string, args ...any) error { return urlError(fmt.Sprintf(format, args...)) }

// Parse reads a URL without connecting.
func Parse(address string) (Target, error) {
	u, err := split(address)
	if err != nil {
		return Target{}, err
	}
	t := Target{Kind: kindOf(u)}
	if err := checkOptions(t.Kind, u); err != nil {
		return Target{}, err
	}
	db, err := database(u)
	if err != nil {
		return Target{}, err
	}
	if t.Kind == Cluster && db != 0 {
		return Target{}, refuse("names database %d, but a Cluster has only database 0: remove it", db)
	}
	if err := t.read(address); err != nil {
		return Target{}, misread(address, u)
	}
	if t.single != nil && (db != 0 || u.Scheme == "unix") {
		t.cluster = nil
	}
	return t, t.harden()
}

// split takes the URL apart. A comma in the host would be taken as part of its name and
// fail much later, with every request.
func split(address string) (*url.URL, error) {
	scheme, rest, found := strings.Cut(address, "://")
	authority, _, _ := strings.Cut(rest, "/")
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	host, _, _ = strings.Cut(host, "?")
	if strings.Contains(host, ",") {
		return nil, refuse("lists hosts with commas: write further nodes of a Cluster as redis://h1:6379?addr=h2:6379&addr=h3:6379, and further Sentinels the same way, with &master_name=NAME")
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, refuse("is no URL: check it for spaces and for characters of a password that must be written as %%XX")
	case !found || scheme != "redis" && scheme != "rediss" && scheme != "unix":
		return nil, refuse("must begin with redis:// or rediss:// (or unix:// for a socket), e.g. redis://127.0.0.1:6379/0")
	case scheme != "unix" && u.Hostname() == "":
		return nil, refuse("names no host: write it like redis://127.0.0.1:6379/0")
	case u.Fragment != "":
		return nil, refuse("has a # in it: write it as %%23 if it belongs to the password")
	}
	return u, nil
}

func kindOf(u *url.URL) Kind {
	switch q := u.Query(); {
	case q.Has("master_name"):
		return Sentinel
	case q.Has("addr"):
		return Cluster
	default:
		return Single
	}
}

// taken are the options that may be set, beside those of each kind.
var (
	taken = []string{
		"client_name", "protocol", "dial_timeout", "read_timeout", "write_timeout", "pool_timeout", "pool_size", "pool_fifo",
		"min_idle_conns", "max_idle_conns", "max_active_conns", "max_concurrent_dials", "conn_max_idle_time", "conn_max_lifetime",
	}
	takenBy = map[Kind][]string{Single: {"db"}, Sentinel: {"db", "master_name", "addr", "username", "password"}, Cluster: {"db", "addr"}}
)

// Why options of the library are not taken.
const (
	readsReplicas = "would read from replicas, which may not have seen the latest guess: remove it"
	ourDecision   = "is decided by this program, so that a Redis that is down costs nobody seconds: remove it"
	unverified    = "would believe any server on the way: remove it, and let SSL_CERT_FILE name the certificate of its authority"
)

var notTaken = map[string]string{
	"read_only": readsReplicas, "route_by_latency": readsReplicas, "route_by_latency_tolerance": readsReplicas,
	"route_randomly": readsReplicas, "replica_only": readsReplicas, "use_disconnected_replicas": readsReplicas,
	"max_retries": ourDecision, "min_retry_backoff": ourDecision, "max_retry_backoff": ourDecision, "max_redirects": ourDecision,
	"dialer_retries": ourDecision, "dialer_retry_timeout": ourDecision, "context_timeout_enabled": ourDecision,
	"failing_timeout_seconds": ourDecision, "skip_verify": unverified,
}

func checkOptions(kind Kind, u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return refuse("has options that cannot be read: write & between them and other characters as %%XX")
	}
	if u.Scheme == "unix" && kind != Single {
		return refuse("asks for a Cluster or Sentinels on a socket: name hosts, with redis://")
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		switch why, known := notTaken[name]; {
		case known:
			return refuse("has the option %s, which %s", name, why)
		case !slices.Contains(taken, name) && !slices.Contains(takenBy[kind], name):
			return refuse("has an option that is unknown for %s: %s", described[kind], printable(name))
		case name != "addr" && len(values) > 1:
			return refuse("has the option %s more than once: keep one", name)
		case name != "addr" && values[0] == "":
			return refuse("has the option %s without a value: give one or remove it", name)
		}
	}
	return nil
}

var described = map[Kind]string{Single: "a single server", Sentinel: "Sentinels", Cluster: "a Cluster"}

// printable is a name of an option, or nothing: a password with an unescaped & would stand
// where a name is expected.
func printable(name string) string {
	if len(name) > 30 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "(not shown)"
	}
	return name
}

// database reads the number from the path or the option db, which must not contradict.
func database(u *url.URL) (int, error) {
	path, option := "", u.Query().Get("db")
	if u.Scheme != "unix" {
		path = strings.Trim(u.Path, "/")
	}
	if path != "" && option != "" && path != option {
		return 0, refuse("names two databases, one in the path and one as db: keep one")
	}
	if path+option == "" {
		return 0, nil
	}
	if path == "" {
		path = option
	}
	n, err := strconv.ParseUint(path, 10, 16)
	if err != nil {
		return 0, refuse("names a database that is no number: write it like redis://host:6379/0")
	}
	return int(n), nil
}

// read lets the library read what was checked.
func (t *Target) read(address string) (err error) {
	switch t.Kind {
	case Sentinel:
		t.failover, err = redis.ParseFailoverURL(address)
	case Cluster:
		t.cluster, err = redis.ParseClusterURL(withoutDB(address))
	default:
		if t.single, err = redis.ParseURL(address); err == nil {
			t.cluster, _ = redis.ParseClusterURL(withoutDB(address))
		}
	}
	return err
}

// withoutDB drops the option db, which is 0 and which the library does not take for a
// Cluster.
func withoutDB(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Del("db")
	u.RawQuery = q.Encode()
	return u.String()
}

// misread says which option the library did not understand, without its words: they repeat
// values.
func misread(address string, u *url.URL) error {
	base, _, _ := strings.Cut(address, "?")
	for name, values := range u.Query() {
		one := Target{Kind: kindOf(&url.URL{RawQuery: url.Values{name: values}.Encode()})}
		if one.read(base+"?"+url.Values{name: values}.Encode()) != nil {
			if name == "addr" {
				return refuse("has an addr that is not host:port: write addr=HOST:PORT once for each")
			}
			return refuse("has a value of the option %s that is not understood", name)
		}
	}
	return refuse("is not understood: write it like redis://127.0.0.1:6379/0")
}

// harden sets what is not the operator's to decide.
func (t *Target) harden() error {
	var timeouts [][]time.Duration
	if o := t.single; o != nil {
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
		timeouts = append(timeouts, []time.Duration{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout})
	}
	if o := t.failover; o != nil {
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
		timeouts = append(timeouts, []time.Duration{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout})
		if o.MasterName == "" {
			return refuse("has an empty master_name: give the name under which the Sentinels know the master")
		}
	}
	if o := t.cluster; o != nil {
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
		o.ClusterStateReloadInterval = reloadEvery
		timeouts = append(timeouts, []time.Duration{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout})
		if o.TLSConfig != nil {
			o.TLSConfig.MinVersion = tls.VersionTLS12
		}
	}
	for _, d := range slices.Concat(timeouts...) {
		if d < 0 {
			return refuse("turns a deadline off with a time of 0: remove that option or give it a time")
		}
	}
	return nil
}

// reloadEvery is how soon a Cluster's new master is found without being told by a node.
const reloadEvery = 5 * time.Second
