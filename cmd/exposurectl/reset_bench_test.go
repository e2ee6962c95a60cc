package main

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// BenchmarkResets plans and orders the resets of EXPOSURE_BENCH_MEMBERS members (10,000),
// each in a process of its own, and tells time, processor time and peak memory.
func BenchmarkResets(b *testing.B) {
	members := 10_000
	if n, err := strconv.Atoi(os.Getenv("EXPOSURE_BENCH_MEMBERS")); err == nil {
		members = n
	}
	for b.Loop() {
		b.StopTimer()
		s := newResetSite(b, members)
		b.StartTimer()
		for _, step := range []struct {
			name string
			args []string
		}{
			{"draft", []string{"reset", "plan"}},
			{"plan", []string{"reset", "plan", "--commit"}},
			{"again", []string{"reset", "plan", "--commit"}},
			{"order", []string{"reset", "order", "all", "--commit"}},
			{"status", []string{"reset", "status"}},
		} {
			began := time.Now()
			cmd := s.command(b.Context(), step.args...)
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			b.ReportMetric(time.Since(began).Seconds(), step.name+"-s")
			b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), step.name+"-CPU-s")
			if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				b.ReportMetric(float64(use.Maxrss)/1024, step.name+"-MiB")
			}
		}
	}
}
