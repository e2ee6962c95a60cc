package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
)

// BenchmarkServerMemory tells the most memory a server process ever held (peak-MiB) with
// many people published: it proves every row at its start and then serves journeys.
// EXPOSURE_BENCH_PEOPLE sets how many people there are.
func BenchmarkServerMemory(b *testing.B) {
	people := manyPeople()
	s := listSite(b, people)
	sink := openSink(b)
	server := launch(b, "exposured", s.freely(live.Redis(b), sink.url))
	web := from(server.base, here)
	for i := 0; b.Loop(); i++ {
		if _, err := journey(web, sink, personOfList(i*7919%people)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(peakMemory(b, server.pid))/(1<<20), "peak-MiB")
	b.ReportMetric(float64(people), "people")
}

// manyPeople is the size of a long list.
func manyPeople() int {
	if n, err := strconv.Atoi(os.Getenv("EXPOSURE_BENCH_PEOPLE")); err == nil {
		return n
	}
	return 100_000
}

func personOfList(i int) string { return fmt.Sprintf("person%08d@example.jp", i) }

// listSite publishes an approved list of that many people.
func listSite(t testing.TB, people int) site {
	t.Helper()
	live.Time(t, longest)
	s := newSite(t)
	src, err := incident.Example("harbour-2024")
	must(t, err)
	must(t, os.WriteFile(s.incident, src, 0o600))
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	path := filepath.Join(s.dir, "approved.csv")
	f, err := os.Create(path)
	must(t, err)
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address")
	for i := range people {
		a := personOfList(i)
		fmt.Fprintf(w, "S:%d,member,%s,%s,%d,subscriber,?,,0,,,,\n", i, a, a, i+1)
	}
	must(t, w.Flush())
	must(t, f.Close())
	result, err := roster.ImportList(t.Context(), path, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
	return s
}

// peakMemory is VmHWM of proc(5), in bytes.
func peakMemory(b *testing.B, pid int) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(b, err)
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			must(b, err)
			return kilobytes << 10
		}
	}
	b.Fatal("the system does not tell the peak of a process")
	return 0
}
