package live

import (
	"bufio"
	"strconv"
	"strings"
	"time"
)

// CPU is the processor time that the thread which runs all commands has taken, for benchmarks.
func (r *RedisServer) CPU() time.Duration {
	r.tb.Helper()
	var all float64
	lines := bufio.NewScanner(strings.NewReader(r.Do("INFO cpu")))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if strings.HasSuffix(name, "_main_thread") {
			seconds, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				r.tb.Fatalf("reading redis-server's processor time: %v", err)
			}
			all += seconds
		}
	}
	return time.Duration(all * float64(time.Second))
}
