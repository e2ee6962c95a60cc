package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// roleVariable makes the test binary be a server of its own process, so that the
// benchmarks measure a server and not their own client.
const roleVariable = "EXPOSURE_TEST_ROLE"

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	announce := func(public, _ net.Addr) { fmt.Printf("listening %s\n", public) }
	var serve func() int
	switch os.Getenv(roleVariable) {
	case "exposured":
		serve = func() int {
			return program{out: os.Stderr, err: os.Stderr, listening: announce}.alone(ctx, os.Args[1:])
		}
	case "bare":
		serve = func() int { return bare(ctx, os.Args[1], os.Args[2], announce) }
	case "calls-only":
		serve = func() int { return runCallsOnly(ctx, os.Args[1], os.Args[2], os.Args[3], announce) }
	default:
		code := m.Run()
		lasting.end()
		os.Exit(code)
	}
	stopProfile := profiled()
	code := serve()
	stopProfile()
	os.Exit(code)
}
