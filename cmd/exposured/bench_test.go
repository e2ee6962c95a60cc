package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// BenchmarkJourney measures whole journeys (ask for a code, receive the mail, confirm)
// against a server process of its own: the bare stack, the bare stack with all calls of the
// product, then the product with every guarantee on. cpu-us/op is the server process's own
// time, redis-us/op that of Redis; p99-us is that of the confirmation. Compare the lines of
// one run; alone they say nothing.
func BenchmarkJourney(b *testing.B) {
	s, shop := smallSite(b)
	other, _ := smallSite(b)
	store := live.NewRedis(b)
	redis := store.URL()
	var listed []string
	for _, p := range shop.People() {
		listed = append(listed, p.Emails...)
	}
	for _, c := range []struct {
		role string
		args func(sink string) []string
	}{
		{"bare", func(sink string) []string { return []string{redis, sink} }},
		{"calls-only", func(sink string) []string {
			return []string{redis, sink, strings.TrimPrefix(other.database, "sqlite:")}
		}},
		{"exposured", func(sink string) []string { return s.freely(redis, sink) }},
	} {
		b.Run(c.role, func(b *testing.B) {
			sink := openSink(b)
			server := launch(b, c.role, c.args(sink.url))
			before := store.CPU()
			journeys(b, from(server.base, here), sink, listed, server)
			b.ReportMetric(float64((store.CPU()-before).Microseconds())/float64(b.N), "redis-us/op")
		})
	}
}

// freely is the command line of a server that no benchmark drives against a limit.
func (s site) freely(redisURL, smtpURL string) []string {
	return []string{
		"serve", "--incident", s.incident, "--key-file", s.keys, "--database-url", s.database, "--redis-url", redisURL,
		"--smtp-url", smtpURL, "--public-url", "http://127.0.0.1", "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0",
		"--limits", "request-ip=1000000000/1h,request-net=1000000000/1h,failed-ip=1000000000/1h,failed-net=1000000000/1h," +
			"send-domain=1000000000/1m,send-global=1000000000/24h",
	}
}

var journeyNumber atomic.Int64

func journeys(b *testing.B, web *browser, sink *sink, listed []string, server measured) {
	var mu sync.Mutex
	var confirmations []time.Duration
	before := server.cpu(b)
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			n := journeyNumber.Add(1)
			address := fmt.Sprintf("journey%08d@example.jp", n)
			if n <= int64(len(listed)) && n%2 == 0 {
				address = listed[n-1]
			}
			d, err := journey(web, sink, address)
			if err != nil {
				b.Error(err)
				return
			}
			mine = append(mine, d)
		}
		mu.Lock()
		defer mu.Unlock()
		confirmations = append(confirmations, mine...)
	})
	b.StopTimer()
	slices.Sort(confirmations)
	b.ReportMetric(float64((server.cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "journeys/s")
	if len(confirmations) > 0 {
		b.ReportMetric(float64(confirmations[len(confirmations)*99/100].Microseconds()), "p99-us")
	}
}

// journey returns how long the confirmation took.
func journey(web *browser, sink *sink, address string) (time.Duration, error) {
	a, err := askForCode(web, sink, address)
	if err != nil {
		return 0, err
	}
	return a.confirm(web)
}

// asked is a verification whose mail has come.
type asked struct {
	wire.Verification
	code string
}

// askForCode returns once the mail is there.
func askForCode(web *browser, sink *sink, address string) (a asked, err error) {
	code := sink.expect(address)
	r, err := web.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
	if err != nil || r.status != http.StatusAccepted {
		return a, fmt.Errorf("starting: %d %s %w", r.status, r.body, err)
	}
	if err := decode(r, &a.Verification); err != nil {
		return a, err
	}
	select {
	case a.code = <-code:
		return a, nil
	case <-time.After(30 * time.Second):
		return a, fmt.Errorf("no mail came")
	}
}

// confirm returns how long it took.
func (a asked) confirm(web *browser) (time.Duration, error) {
	begin := time.Now()
	r, err := web.try(http.MethodPost, confirmation(a.Verification), "", guess(a.Verification, a.code))
	if err != nil || r.status != http.StatusOK {
		return 0, fmt.Errorf("confirming: %d %s %w", r.status, r.body, err)
	}
	return time.Since(begin), nil
}

// measured is a server in a process of its own.
type measured struct {
	base string // URL
	pid  int
}

// launch starts a server process.
func launch(b testing.TB, role string, args []string) measured {
	b.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	var stderr syncBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	must(b, err)
	must(b, cmd.Start())
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			return measured{"http://" + addr, cmd.Process.Pid}
		}
	}
	b.Fatalf("%s did not start: %s", role, stderr.String())
	return measured{}
}

// cpu reads user and system time of the process (proc(5), fields 14 and 15, in ticks of
// 10 ms).
func (p measured) cpu(b *testing.B) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	must(b, err)
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		must(b, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// sink is a mail server that does as little as it can: it takes every mail and reads the
// code out of it.
type sink struct {
	url string

	mu      sync.Mutex
	waiting map[string]chan string
}

func openSink(b testing.TB) *sink {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	s := &sink{url: "smtp://" + ln.Addr().String() + "?starttls=none", waiting: map[string]chan string{}}
	b.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *sink) expect(address string) chan string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan string, 1)
	s.waiting[address] = c
	return c
}

func (s *sink) talk(c net.Conn) {
	defer c.Close()
	r, say := bufio.NewReader(c), func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 sink")
	to := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(line[:min(4, len(line))]); verb {
		case "EHLO":
			say("250 sink")
		case "RCPT":
			to = strings.ReplaceAll(line[strings.Index(line, "<")+1:strings.Index(line, ">")], `"`, "")
			say("250 ok")
		case "DATA":
			say("354 go")
			s.deliver(to, r)
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *sink) deliver(to string, r *bufio.Reader) {
	var encoded strings.Builder
	body := false
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		line = strings.TrimRight(line, "\r\n")
		if body {
			encoded.WriteString(line)
		}
		body = body || line == ""
	}
	text, err := base64.StdEncoding.DecodeString(encoded.String())
	if err != nil {
		return
	}
	m := codeLine.FindSubmatch(text)
	if m == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.waiting[to]; c != nil {
		delete(s.waiting, to)
		c <- string(m[1])
	}
}

func decode(r reply, v any) error { return json.Unmarshal(r.body, v) }
