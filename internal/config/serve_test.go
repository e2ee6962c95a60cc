package config_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/config"
	"exposure/internal/ratelimit"
)

// good is the least that can be served with.
func good() config.Serve {
	return config.Serve{
		Incident: "incident.yaml", PublicURL: "https://check.example.jp", KeyFile: "server.key",
		SMTPURL: "smtp://user:CANARY@mail.example.jp:587",
	}
}

func TestDefaults(t *testing.T) {
	s, err := good().Check()
	if err != nil {
		t.Fatal(err)
	}
	if s.Database != "sqlite:exposure.db" || s.Redis != "" || s.PublicAddr != ":8080" || s.PrivateAddr != "127.0.0.1:8081" ||
		s.MyPageAddr != "" || len(s.TrustedProxies) != 0 || s.Lifted || s.Connector.Kind != "none" {
		t.Errorf("database %q redis %q public %q private %q connector %s", s.Database, s.Redis, s.PublicAddr, s.PrivateAddr, s.Connector)
	}
	if !reflect.DeepEqual(s.Limits, ratelimit.Default()) {
		t.Errorf("limits: %v", s.Limits)
	}
	if s.PublicURL.String() != "https://check.example.jp" {
		t.Errorf("public URL: %s", s.PublicURL)
	}
}

func TestAccepted(t *testing.T) {
	for name, set := range map[string]func(*config.Serve){
		"http on localhost":      func(s *config.Serve) { s.PublicURL = "http://localhost:8080" },
		"http on loopback":       func(s *config.Serve) { s.PublicURL = "http://127.0.0.1:8080/" },
		"http on IPv6 loopback":  func(s *config.Serve) { s.PublicURL = "http://[::1]:8080" },
		"redis":                  func(s *config.Serve) { s.RedisURL = "redis://:p%40ss@10.0.0.5:6379/2" },
		"redis with TLS":         func(s *config.Serve) { s.RedisURL = "rediss://redis:6380" },
		"redis socket":           func(s *config.Serve) { s.RedisURL = "unix:///run/redis.sock?db=1" },
		"redis cluster":          func(s *config.Serve) { s.RedisURL = "redis://a:6379?addr=b:6379&addr=c:6379" },
		"redis sentinels":        func(s *config.Serve) { s.RedisURL = "redis://a:26379?master_name=m&addr=b:26379" },
		"comma in the password":  func(s *config.Serve) { s.RedisURL = "redis://u:a,b@redis:6379" },
		"private network":        func(s *config.Serve) { s.PrivateAddr = "10.1.2.3:8081" },
		"private IPv6":           func(s *config.Serve) { s.PrivateAddr = "[fd00::1]:8081" },
		"private by name":        func(s *config.Serve) { s.PrivateAddr = "localhost:8081" },
		"any free port":          func(s *config.Serve) { s.PublicAddr, s.PrivateAddr = "127.0.0.1:0", "127.0.0.1:0" },
		"sender":                 func(s *config.Serve) { s.MailFrom = "Notice@Example.jp" },
		"a comma too many":       func(s *config.Serve) { s.TrustedProxies = "10.0.0.5,,192.0.2.0/24," },
		"no proxies, but commas": func(s *config.Serve) { s.TrustedProxies = " , " },
		"plugin":                 func(s *config.Serve) { s.Connector = "plugin" },
		"webhook": func(s *config.Serve) {
			s.Connector, s.WebhookSecret = "webhook:https://shop.example.jp/hook", hookSecret
		},
		"eccube2": func(s *config.Serve) { s.Connector = "eccube2:postgres://u:p@db/shop" },
		"alarm":   func(s *config.Serve) { s.AlarmURL = "https://alarm.example.jp/x" },
	} {
		s := good()
		set(&s)
		if _, err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set      func(*config.Serve)
		variable string
		advice   string
	}{
		"no incident":                {func(s *config.Serve) { s.Incident = "" }, "EXPOSURE_INCIDENT", "path of the incident file"},
		"no key file":                {func(s *config.Serve) { s.KeyFile = "" }, "EXPOSURE_KEY_FILE", "keygen"},
		"no public URL":              {func(s *config.Serve) { s.PublicURL = "" }, "EXPOSURE_PUBLIC_URL", "https://check.example.jp"},
		"http":                       {func(s *config.Serve) { s.PublicURL = "http://check.example.jp" }, "EXPOSURE_PUBLIC_URL", "https://"},
		"http on a look-alike":       {func(s *config.Serve) { s.PublicURL = "http://localhost.example.jp" }, "EXPOSURE_PUBLIC_URL", "https://"},
		"http on all addresses":      {func(s *config.Serve) { s.PublicURL = "http://0.0.0.0:8080" }, "EXPOSURE_PUBLIC_URL", "https://"},
		"no scheme":                  {func(s *config.Serve) { s.PublicURL = "check.example.jp" }, "EXPOSURE_PUBLIC_URL", "https://"},
		"no host":                    {func(s *config.Serve) { s.PublicURL = "https://" }, "EXPOSURE_PUBLIC_URL", "https://"},
		"path":                       {func(s *config.Serve) { s.PublicURL = "https://example.jp/check" }, "EXPOSURE_PUBLIC_URL", "host alone"},
		"query":                      {func(s *config.Serve) { s.PublicURL = "https://example.jp?x=1" }, "EXPOSURE_PUBLIC_URL", "host alone"},
		"user":                       {func(s *config.Serve) { s.PublicURL = "https://CANARY@example.jp" }, "EXPOSURE_PUBLIC_URL", "host alone"},
		"not a URL":                  {func(s *config.Serve) { s.PublicURL = "https://exa mple.jp" }, "EXPOSURE_PUBLIC_URL", "no URL"},
		"unknown database":           {func(s *config.Serve) { s.DatabaseURL = "mysql://u:CANARY@db/x" }, "EXPOSURE_DATABASE_URL", "sqlite:PATH"},
		"postgres":                   {func(s *config.Serve) { s.DatabaseURL = "postgres://u:CANARY@db/x" }, "EXPOSURE_DATABASE_URL", "sqlite:PATH"},
		"sqlite without path":        {func(s *config.Serve) { s.DatabaseURL = "sqlite:" }, "EXPOSURE_DATABASE_URL", "sqlite:PATH"},
		"two redis hosts":            {func(s *config.Serve) { s.RedisURL = "redis://:CANARY@a:6379,b:6379/0" }, "EXPOSURE_REDIS_URL", "addr="},
		"http for redis":             {func(s *config.Serve) { s.RedisURL = "http://a:6379" }, "EXPOSURE_REDIS_URL", "redis://"},
		"bare redis host":            {func(s *config.Serve) { s.RedisURL = "localhost:6379" }, "EXPOSURE_REDIS_URL", "redis://"},
		"redis without host":         {func(s *config.Serve) { s.RedisURL = "redis:///0" }, "EXPOSURE_REDIS_URL", "no host"},
		"redis from replicas":        {func(s *config.Serve) { s.RedisURL = "redis://a:6379?addr=b:6379&read_only=true" }, "EXPOSURE_REDIS_URL", "replicas"},
		"redis password unescaped":   {func(s *config.Serve) { s.RedisURL = "redis://:CANARY%zz@a:6379" }, "EXPOSURE_REDIS_URL", "%XX"},
		"no mail server":             {func(s *config.Serve) { s.SMTPURL = "" }, "EXPOSURE_SMTP_URL", "not set"},
		"mail over http":             {func(s *config.Serve) { s.SMTPURL = "http://u:CANARY@mail" }, "EXPOSURE_SMTP_URL", "smtp://"},
		"mail without host":          {func(s *config.Serve) { s.SMTPURL = "smtp://" }, "EXPOSURE_SMTP_URL", "a host"},
		"sender with a name":         {func(s *config.Serve) { s.MailFrom = "Shop <CANARY@example.jp>" }, "EXPOSURE_MAIL_FROM", "without a name"},
		"DKIM without selector":      {func(s *config.Serve) { s.DKIMKeyFile = "dkim.pem" }, "EXPOSURE_DKIM_SELECTOR", "exposure2026"},
		"DKIM without key":           {func(s *config.Serve) { s.DKIMSelector = "s1" }, "EXPOSURE_DKIM_KEY_FILE", "unset both"},
		"DKIM selector":              {func(s *config.Serve) { s.DKIMKeyFile, s.DKIMSelector = "dkim.pem", "s1/x" }, "EXPOSURE_DKIM_SELECTOR", "letters, digits"},
		"DKIM key file missing":      {func(s *config.Serve) { s.DKIMKeyFile, s.DKIMSelector = "no-such.pem", "s1" }, "EXPOSURE_DKIM_KEY_FILE", "cannot be used"},
		"desk over http":             {func(s *config.Serve) { s.ConsoleURL = "http://desk.example.jp" }, "EXPOSURE_CONSOLE_URL", "https://"},
		"desk with a path":           {func(s *config.Serve) { s.ConsoleURL = "https://desk.example.jp/console" }, "EXPOSURE_CONSOLE_URL", "host alone"},
		"desk without a URL":         {func(s *config.Serve) { s.ConsoleURL = "desk" }, "EXPOSURE_CONSOLE_URL", "https://"},
		"hours of the desk":          {func(s *config.Serve) { s.ConsoleHours = "25h" }, "EXPOSURE_CONSOLE_HOURS", "60m"},
		"negative hours of the desk": {func(s *config.Serve) { s.ConsoleHours = "-1m" }, "EXPOSURE_CONSOLE_HOURS", "60m"},
		"public port":                {func(s *config.Serve) { s.PublicAddr = ":http-alt" }, "EXPOSURE_PUBLIC_ADDR", ":8080"},
		"public without port":        {func(s *config.Serve) { s.PublicAddr = "127.0.0.1" }, "EXPOSURE_PUBLIC_ADDR", ":8080"},
		"port beyond 65535":          {func(s *config.Serve) { s.PublicAddr = ":65536" }, "EXPOSURE_PUBLIC_ADDR", ":8080"},
		"private on all addresses":   {func(s *config.Serve) { s.PrivateAddr = ":8081" }, "EXPOSURE_PRIVATE_ADDR", "loopback"},
		"private on 0.0.0.0":         {func(s *config.Serve) { s.PrivateAddr = "0.0.0.0:8081" }, "EXPOSURE_PRIVATE_ADDR", "loopback"},
		"private on ::":              {func(s *config.Serve) { s.PrivateAddr = "[::]:8081" }, "EXPOSURE_PRIVATE_ADDR", "loopback"},
		"private on a public one":    {func(s *config.Serve) { s.PrivateAddr = "203.0.113.5:8081" }, "EXPOSURE_PRIVATE_ADDR", "loopback"},
		"private on mapped public":   {func(s *config.Serve) { s.PrivateAddr = "[::ffff:203.0.113.5]:8081" }, "EXPOSURE_PRIVATE_ADDR", "loopback"},
		"private on unknown name":    {func(s *config.Serve) { s.PrivateAddr = "nowhere.invalid:8081" }, "EXPOSURE_PRIVATE_ADDR", "loopback"},
		"private without port":       {func(s *config.Serve) { s.PrivateAddr = "127.0.0.1" }, "EXPOSURE_PRIVATE_ADDR", "127.0.0.1:8081"},
		"MY page in public":          {func(s *config.Serve) { s.MyPageAddr = ":8082" }, "EXPOSURE_MYPAGE_ADDR", "loopback"},
		"one port for both":          {func(s *config.Serve) { s.PublicAddr = ":8081" }, "EXPOSURE_PUBLIC_ADDR", "different ports"},
		"proxy by name":              {func(s *config.Serve) { s.TrustedProxies = "proxy" }, "EXPOSURE_TRUSTED_PROXIES", "192.0.2.0/24"},
		"everybody a proxy":          {func(s *config.Serve) { s.TrustedProxies = "0.0.0.0/0" }, "EXPOSURE_TRUSTED_PROXIES", "everybody"},
		"everybody a proxy, IPv6":    {func(s *config.Serve) { s.TrustedProxies = "::/0" }, "EXPOSURE_TRUSTED_PROXIES", "everybody"},
		"everybody a proxy, mapped":  {func(s *config.Serve) { s.TrustedProxies = "::ffff:0:0/96" }, "EXPOSURE_TRUSTED_PROXIES", "everybody"},
		"address within a network":   {func(s *config.Serve) { s.TrustedProxies = "10.0.0.5/8" }, "EXPOSURE_TRUSTED_PROXIES", "10.0.0.0/8"},
		"everybody, with host bits":  {func(s *config.Serve) { s.TrustedProxies = "::ffff:10.0.0.5/96" }, "EXPOSURE_TRUSTED_PROXIES", "everybody"},
		"host bits, mapped":          {func(s *config.Serve) { s.TrustedProxies = "::ffff:10.0.0.5/104" }, "EXPOSURE_TRUSTED_PROXIES", "write 10.0.0.5 for that one, or 10.0.0.0/8"},
		"host bits, IPv6":            {func(s *config.Serve) { s.TrustedProxies = "2001:db8::1/32" }, "EXPOSURE_TRUSTED_PROXIES", "2001:db8::/32"},
		"proxy with a zone":          {func(s *config.Serve) { s.TrustedProxies = "fe80::1%eth0" }, "EXPOSURE_TRUSTED_PROXIES", "has a zone"},
		"network with a zone":        {func(s *config.Serve) { s.TrustedProxies = "10.0.0.5,fe80::%eth0/64" }, "EXPOSURE_TRUSTED_PROXIES", "has a zone"},
		"mapped, with a zone":        {func(s *config.Serve) { s.TrustedProxies = "::ffff:10.0.0.5%eth0" }, "EXPOSURE_TRUSTED_PROXIES", "has a zone"},
		"proxy and port":             {func(s *config.Serve) { s.TrustedProxies = "10.0.0.5:8080" }, "EXPOSURE_TRUSTED_PROXIES", "192.0.2.0/24"},
		"reserve of a month":         {func(s *config.Serve) { s.Limits = "send-reserve=1/744h" }, "EXPOSURE_LIMITS", "give 24h or less"},
		"unknown limit":              {func(s *config.Serve) { s.Limits = "requests=1/1h" }, "EXPOSURE_LIMITS", "request-ip=120/1h"},
		"limit without time":         {func(s *config.Serve) { s.Limits = "request-ip=120" }, "EXPOSURE_LIMITS", "request-ip=120/1h"},
		"unknown connector":          {func(s *config.Serve) { s.Connector = "CANARY" }, "EXPOSURE_CONNECTOR", "eccube2:DSN"},
		"plugin with a target":       {func(s *config.Serve) { s.Connector = "plugin:CANARY" }, "EXPOSURE_CONNECTOR", "alone"},
		"webhook over http":          {func(s *config.Serve) { s.Connector = "webhook:http://CANARY.jp" }, "EXPOSURE_CONNECTOR", "https"},
		"connector without database": {func(s *config.Serve) { s.Connector = "eccube4:" }, "EXPOSURE_CONNECTOR", "eccube4:DSN"},
		"alarm over http":            {func(s *config.Serve) { s.AlarmURL = "http://CANARY.jp" }, "EXPOSURE_ALARM_URL", "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			c.set(&s)
			_, err := s.Check()
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), "\n"+c.variable+" ") || !strings.Contains(err.Error(), c.advice) {
				t.Errorf("got %q, want a line on %s with %q", err, c.variable, c.advice)
			}
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the refusal repeats a secret: %v", err)
			}
			if lines := strings.Count(err.Error(), "\n"); lines != 1 {
				t.Errorf("one mistake gave %d lines: %v", lines, err)
			}
		})
	}
}

func TestAllRefusalsAtOnce(t *testing.T) {
	_, err := config.Serve{}.Check()
	if err == nil {
		t.Fatal("an empty configuration was accepted")
	}
	for _, name := range []string{"EXPOSURE_INCIDENT", "EXPOSURE_PUBLIC_URL", "EXPOSURE_KEY_FILE", "EXPOSURE_SMTP_URL"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
}

func TestTypedValues(t *testing.T) {
	s := good()
	s.TrustedProxies = "192.0.2.0/24, 198.51.100.7,2001:db8::/48 ,::ffff:203.0.113.9,::ffff:10.0.0.0/104"
	s.Limits = "request-ip=120/1h,send-address=1/1m+3/15m"
	s.MailFrom, s.InsecureNoLimits, s.MyPageAddr = "Notice@Example.JP", true, "127.0.0.1:8082"
	got, err := s.Check()
	if err != nil {
		t.Fatal(err)
	}
	var proxies []string
	for _, p := range got.TrustedProxies {
		proxies = append(proxies, p.String())
	}
	want := []string{"192.0.2.0/24", "198.51.100.7/32", "2001:db8::/48", "203.0.113.9/32", "10.0.0.0/8"}
	if !slices.Equal(proxies, want) {
		t.Errorf("proxies %q, want %q", proxies, want)
	}
	if r := got.Limits["request-ip"]; len(r) != 1 || r[0] != (ratelimit.Rate{Count: 120, Per: time.Hour}) {
		t.Errorf("request-ip: %v", r)
	}
	if len(got.Limits["send-address"]) != 2 || len(got.Limits["failed-ip"]) == 0 {
		t.Errorf("limits: %v", got.Limits)
	}
	if got.MailFrom != "notice@example.jp" || !got.Lifted {
		t.Errorf("sender %q, lifted %v", got.MailFrom, got.Lifted)
	}
	if got.MyPageAddr != "127.0.0.1:8082" || !got.MyPageLocal {
		t.Errorf("MY page on %q", got.MyPageAddr)
	}
}

// TestDesk: where nobody but this machine hears, the desk needs no address; elsewhere there
// is none without one.
func TestDesk(t *testing.T) {
	for name, c := range map[string]struct {
		private, url, hours string
		want                string
		margin              time.Duration
		always              bool
	}{
		"default":        {want: "http://127.0.0.1:8081", margin: time.Hour},
		"loopback":       {private: "localhost:9000", want: "http://localhost:9000", margin: time.Hour},
		"private net":    {private: "10.1.2.3:8081", margin: time.Hour},
		"behind a proxy": {private: "10.1.2.3:8081", url: "https://desk.example.jp/", hours: "0s", want: "https://desk.example.jp"},
		"always":         {hours: "always", want: "http://127.0.0.1:8081", always: true},
		"two hours":      {hours: "2h", want: "http://127.0.0.1:8081", margin: 2 * time.Hour},
	} {
		s := good()
		s.PrivateAddr, s.ConsoleURL, s.ConsoleHours = c.private, c.url, c.hours
		got, err := s.Check()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		at := ""
		if got.ConsoleURL != nil {
			at = got.ConsoleURL.String()
		}
		if at != c.want || got.ConsoleMargin != c.margin || got.ConsoleAlways != c.always {
			t.Errorf("%s: %q, %s, always %v", name, at, got.ConsoleMargin, got.ConsoleAlways)
		}
	}
}
