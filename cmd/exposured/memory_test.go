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

// mostMemory is what a server may hold, however many people are published.
const mostMemory = 100 << 20

// BenchmarkServerMemory tells the most memory a server process ever held (peak-MiB) with
// many people published, and fails above mostMemory. EXPOSURE_BENCH_PEOPLE sets how many people
// there are.
func BenchmarkServerMemory(b *testing.B) {
	people := manyPeople()
	web, sink, pid := serveList(b, listSite(b, people))
	for i := 0; b.Loop(); i++ {
		if _, err := journey(web, sink, personOfList(i*7919%people)); err != nil {
			b.Fatal(err)
		}
	}
	peak := peakMemory(b, pid)
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
	b.ReportMetric(float64(people), "people")
	if peak > mostMemory {
		b.Fatalf("the server held %d MiB", peak>>20)
	}
}

// moreForALongList is by how much more memory a server may hold for 60,000 people more: most of
// it is chance, and what remembers 32 bytes of each person needs more than that each time.
const moreForALongList = 8 << 20

// TestMemoryDoesNotGrowWithTheList: a server that publishes 70,000 people and answers some of
// them needs no more memory than one with 10,000: of a list it remembers nothing.
func TestMemoryDoesNotGrowWithTheList(t *testing.T) {
	const few, many = 10_000, 70_000
	short, s := heldBy(t, listSite(t, few), few), listSite(t, many)
	long := heldBy(t, s, many)
	for range 2 { // on a busy machine its garbage may once be collected late
		if long > short+moreForALongList {
			long = min(long, heldBy(t, s, many))
		}
	}
	if long > short+moreForALongList || long > mostMemory {
		t.Errorf("with %d people the server held %d MiB, with %d %d", many, long>>20, few, short>>20)
	}
}

// heldBy is the peak of a server that answers 300 of so many people.
func heldBy(t *testing.T, s site, people int) int64 {
	t.Helper()
	web, sink, pid := serveList(t, s)
	for i := range 300 {
		if _, err := journey(web, sink, personOfList(i*7919%people)); err != nil {
			t.Fatal(err)
		}
	}
	peak := peakMemory(t, pid)
	t.Logf("with %d people it held %.1f MiB", people, float64(peak)/(1<<20))
	return peak
}

// manyPeople is the size of a long list.
func manyPeople() int {
	if n, err := strconv.Atoi(os.Getenv("EXPOSURE_BENCH_PEOPLE")); err == nil {
		return n
	}
	return 100_000
}

// serveList starts a server process, which proves each row of the list.
func serveList(t testing.TB, s site) (web *browser, sink *sink, pid int) {
	t.Helper()
	sink = openSink(t)
	server := launch(t, "exposured", s.freely(live.Redis(t), sink.url))
	return from(server.base, here), sink, server.pid
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
func peakMemory(b testing.TB, pid int) int64 {
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
