package redisdial_test

import (
	"errors"
	"strings"
	"testing"

	"exposure/internal/redisdial"
)

func TestURLsNameTheirKind(t *testing.T) {
	for url, want := range map[string]redisdial.Kind{
		"redis://127.0.0.1:6379":        redisdial.Single,
		"redis://host":                  redisdial.Single,
		"redis://:p%40s,s@10.0.0.5/2":   redisdial.Single,
		"rediss://u:p@redis:6380":       redisdial.Single,
		"unix:///run/redis.sock?db=1":   redisdial.Single,
		"redis://[::1]:6379/1?db=1":     redisdial.Single,
		"redis://h?read_timeout=1s":     redisdial.Single,
		"redis://a:1?addr=b:2&addr=c:3": redisdial.Cluster,
		"rediss://a:1?addr=b:2":         redisdial.Cluster,
		"redis://a:1/0?addr=b:2&db=0":   redisdial.Cluster,
		"redis://a:1?addr=[::1]:2":      redisdial.Cluster,
		"redis://a:1/3?master_name=m":   redisdial.Sentinel,
		"redis://a?master_name=m&addr=b:2&username=u&password=p&pool_size=9": redisdial.Sentinel,
	} {
		got, err := redisdial.Parse(url)
		if err != nil || got.Kind != want {
			t.Errorf("%s is %q, %v; want %s", url, got.Kind, err, want)
		}
	}
}

// TestURLsAreRefusedWithASentence: each says what to do and repeats no value.
func TestURLsAreRefusedWithASentence(t *testing.T) {
	for url, want := range map[string]string{
		"":                                                    "redis://",
		"CANARY":                                              "redis://",
		"http://CANARY@h":                                     "redis://",
		"redis://":                                            "no host",
		"redis:///0":                                          "no host",
		"redis://:CANARY%zz@a:6379":                           "%XX",
		"redis://:CANARY@a:1,b:2/0":                           "addr=",
		"redis://a:1,b:2?master_name=m":                       "addr=",
		"redis://:a@h#CANARY":                                 "%23",
		"redis://h/CANARY":                                    "no number",
		"redis://h/1/2":                                       "no number",
		"redis://h/-1":                                        "no number",
		"redis://h/1?db=2":                                    "two databases",
		"redis://a:1/4?addr=b:2":                              "only database 0",
		"redis://a:1?addr=b:2&db=4":                           "only database 0",
		"redis://h?CANARY=1":                                  "unknown for a single server",
		"redis://h?maxretries=1":                              "maxretries",
		"redis://h?username=CANARY":                           "unknown for a single server: username",
		"redis://a:1?addr=b:2&password=CANARY":                "unknown for a Cluster: password",
		"redis://h?pool_size=1&pool_size=2":                   "more than once",
		"redis://h?pool_size=CANARY":                          "pool_size",
		"redis://h?pool_size=":                                "without a value",
		"redis://h?read_timeout=0":                            "deadline",
		"redis://h?dial_timeout=-1s&master_name=m":            "deadline",
		"redis://h?addr=b:2&write_timeout=0":                  "deadline",
		"redis://a:1?addr=CANARY":                             "addr=HOST:PORT",
		"redis://a:1?addr=b:2,c:3":                            "addr=HOST:PORT",
		"redis://a:1?addr=":                                   "addr=HOST:PORT",
		"redis://a:1?master_name=":                            "master_name",
		"unix:///s?addr=b:2":                                  "socket",
		"redis://h?a;b":                                       "cannot be read",
		"redis://h?max_retries=3":                             "decided by this program",
		"redis://a?addr=b:2&max_redirects=9":                  "decided by this program",
		"redis://a?addr=b:2&read_only=true":                   "replicas",
		"redis://a?addr=b:2&route_by_latency=1":               "replicas",
		"redis://a?addr=b:2&route_randomly=1":                 "replicas",
		"redis://a?master_name=m&replica_only=1":              "replicas",
		"redis://a?master_name=m&use_disconnected_replicas=1": "replicas",
		"rediss://h?skip_verify=true":                         "SSL_CERT_FILE",
	} {
		_, err := redisdial.Parse(url)
		if !errors.Is(err, redisdial.ErrURL) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		} else if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: the error repeats it: %v", url, err)
		}
	}
}
