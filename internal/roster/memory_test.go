package roster_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"exposure/internal/roster"
)

// mostMemory is what an import of a million members, three million orders, four million
// items and three million deliveries, with saving it, may take at its peak.
const mostMemory = 1536 << 20

// TestPeakMemory imports the shop of the benchmarks and saves it into a database, in a
// process of its own, and reports the most memory that process ever held.
func TestPeakMemory(t *testing.T) {
	members := os.Getenv("EXPOSURE_BENCH_MEMBERS")
	if members == "" {
		t.Skip("set EXPOSURE_BENCH_MEMBERS=1000000 to measure")
	}
	o := benchOptions(t)
	big(t, &o, benchMembers(), true)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPeakMemoryOfImport$", "-test.v", "-test.timeout=1h")
	cmd.Env = append(os.Environ(), "EXPOSURE_BENCH_FILES="+strings.Join(paths(o.Files), "\n"))
	out, err := cmd.CombinedOutput()
	t.Logf("%s members\n%s", members, out)
	if err != nil {
		t.Fatal(err)
	}
}

// softLimit is what the program itself asks of the garbage collector.
const softLimit = 1200 << 20

// TestPeakMemoryOfImport is that process.
func TestPeakMemoryOfImport(t *testing.T) {
	files := strings.Split(os.Getenv("EXPOSURE_BENCH_FILES"), "\n")
	if len(files) != 5 {
		t.Skip("run by TestPeakMemory")
	}
	o := benchOptions(t)
	o.Files = roster.Files{Members: files[0], Orders: files[1], Items: files[2], Deliveries: files[3], Settlements: files[4]}
	debug.SetMemoryLimit(softLimit)
	start := time.Now()
	r, err := roster.ImportShop(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("imported %d people in %v: %d MiB at the peak", r.Size(), time.Since(start).Round(time.Second), peak(t)>>20)
	start = time.Now()
	store := newOffice(t, o.Incident.Digest)
	if _, err := roster.Save(t.Context(), store.store, store.keys, store.operator, r, entry("import"), nil); err != nil {
		t.Fatal(err)
	}
	most := peak(t)
	t.Logf("saved in %v: %d MiB at the peak", time.Since(start).Round(time.Second), most>>20)
	if most > mostMemory {
		t.Errorf("%d MiB are more than %d", most>>20, mostMemory>>20)
	}
}

// peak is the most memory this process ever held at once (VmHWM of Linux).
func peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the peak of a process is only known on Linux")
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
