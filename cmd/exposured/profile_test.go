package main

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// profileVariable names a file for the CPU profile of a server process that a benchmark
// starts; empty means none.
const profileVariable = "EXPOSURE_BENCH_PROFILE"

// profiled starts the profile and returns what ends it.
func profiled() (stop func()) {
	name := os.Getenv(profileVariable)
	if name == "" {
		return func() {}
	}
	f, err := os.Create(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return func() {}
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}
}
