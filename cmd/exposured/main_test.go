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
	switch os.Getenv(roleVariable) {
	case "exposured":
		stop := profiled()
		code := program{out: os.Stderr, err: os.Stderr, listening: announce}.run(ctx, os.Args[1:])
		stop()
		os.Exit(code)
	case "bare":
		os.Exit(bare(ctx, os.Args[1], os.Args[2], announce))
	case "calls-only":
		os.Exit(runCallsOnly(ctx, os.Args[1], os.Args[2], os.Args[3], announce))
	}
	os.Exit(m.Run())
}
