package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a server in a process of its own, as customers meet it.
type process struct {
	*os.Process
	public, private string // base URLs
	log             *syncBuffer
	wait            func() error // for its end; may be called more than once
}

// spawn starts "exposured serve", under another command if one is given.
func (s site) spawn(t *testing.T, redisURL, smtpURL string, under ...string) *process {
	t.Helper()
	p, err := s.trySpawn(t, redisURL, smtpURL, under...)
	if err != nil {
		t.Fatalf("exposured did not start: %v\n%s", err, p.log.String())
	}
	return p
}

// trySpawn returns how the server ended if it does not start.
func (s site) trySpawn(t *testing.T, redisURL, smtpURL string, under ...string) (*process, error) {
	t.Helper()
	args := append(under, os.Args[0], "serve", "--incident", s.incident, "--key-file", s.keys, "--database-url", s.database,
		"--redis-url", redisURL, "--smtp-url", smtpURL, "--public-url", "http://127.0.0.1", "--public-addr", "127.0.0.1:0", "--private-addr", "127.0.0.1:0")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), roleVariable+"=exposured")
	p := &process{log: &syncBuffer{}}
	up := make(chan struct{})
	cmd.Stderr = &announced{syncBuffer: p.log, up: up, process: p}
	must(t, cmd.Start())
	ended := make(chan struct{})
	var end error
	go func() { end = cmd.Wait(); close(ended) }()
	p.Process, p.wait = cmd.Process, func() error { <-ended; return end }
	t.Cleanup(func() {
		_ = p.Kill() // at the latest now
		<-ended
		if strings.Contains(p.log.String(), "DATA RACE") || strings.Contains(p.log.String(), "panic:") {
			t.Errorf("the server's log: %s", p.log.String())
		}
	})
	select {
	case <-up:
		return p, nil
	case <-ended:
		return p, end
	case <-time.After(30 * time.Second):
		t.Fatalf("the server neither started nor refused: %s", p.log.String())
		return nil, nil
	}
}

// stop ends the server as an operator does, and wants that to go well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	must(t, p.Signal(syscall.SIGTERM))
	if err := p.wait(); err != nil {
		t.Fatalf("exposured ended with %v\n%s", err, p.log.String())
	}
}

// announced is a log that tells when the server says where it listens.
type announced struct {
	*syncBuffer
	process *process
	up      chan struct{}
	once    sync.Once
}

func (a *announced) Write(text []byte) (int, error) {
	n, err := a.syncBuffer.Write(text)
	for line := range strings.Lines(a.String()) {
		var said struct{ Msg, Public, Private string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "serving" {
			a.once.Do(func() {
				a.process.public, a.process.private = "http://"+said.Public, "http://"+said.Private
				close(a.up)
			})
		}
	}
	return n, err
}
