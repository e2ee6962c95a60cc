package roster_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"exposure/internal/roster"
)

const (
	// mostMemory is what an import of a million members, three million orders, four
	// million items and three million deliveries, with saving it, may take at its peak.
	mostMemory = 1536 << 20
	// softLimit is what the program itself asks of the garbage collector.
	softLimit = 1200 << 20
	// peakFiles names the exports to the process that is measured.
	peakFiles = "EXPOSURE_BENCH_FILES"
)

// BenchmarkPeakMemory imports the shop of the benchmarks and saves it into a database, in
// a process of its own, and reports the most memory that process ever held.
func BenchmarkPeakMemory(b *testing.B) {
	if files := os.Getenv(peakFiles); files != "" {
		importAndSave(b, strings.Split(files, "\n"))
		return
	}
	o := benchOptions(b)
	big(b, &o, benchMembers(), true)
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkPeakMemory$", "-test.benchtime=1x", "-test.timeout=2h")
		cmd.Env = append(os.Environ(), peakFiles+"="+strings.Join(paths(o.Files), "\n"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		most := reported(b, out)
		b.ReportMetric(float64(most>>20), "peak-MiB")
		if most > mostMemory {
			b.Errorf("%d MiB are more than %d", most>>20, mostMemory>>20)
		}
	}
}

func importAndSave(b *testing.B, files []string) {
	b.Helper()
	o := benchOptions(b)
	o.Files = roster.Files{Members: files[0], Orders: files[1], Items: files[2], Deliveries: files[3], Settlements: files[4]}
	debug.SetMemoryLimit(softLimit)
	r, err := roster.ImportShop(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	store := newOffice(b, o.Incident.Digest)
	if _, err := roster.Save(b.Context(), store.store, store.keys, store.operator, r, entry("import"), nil); err != nil {
		b.Fatal(err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatalf("the peak of a process is only known on Linux: %v", err)
	}
	_, _ = os.Stdout.Write(status)
}

// reported is the line VmHWM of Linux, the most memory a process ever held at once.
func reported(b *testing.B, out []byte) int64 {
	b.Helper()
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var kilobytes int64
		if _, rest, ok := strings.Cut(lines.Text(), "VmHWM:"); ok {
			if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kilobytes); err == nil {
				return kilobytes << 10
			}
		}
	}
	b.Fatalf("the process reported no peak:\n%s", out)
	return 0
}
