package live_test

import (
	"net"
	"os"
	"testing"

	"exposure/internal/live"
)

func TestDatabasesKeepTheirDataAndTakeNoWrites(t *testing.T) {
	for name, start := range map[string]func(live.TB) *live.Database{"PostgreSQL": live.NewPostgres, "MariaDB": live.NewMariaDB} {
		t.Run(name, func(t *testing.T) {
			d := start(t)
			at := d.Addr()
			d.Stop()
			if c, err := net.Dial("tcp", at); err == nil {
				c.Close()
				t.Error("a stopped server takes connections")
			}
			d.RestartReadOnly()
			d.Restart()
			c, err := net.Dial("tcp", at)
			if err != nil || d.Addr() != at {
				t.Fatalf("restarted at %s, before at %s: %v", d.Addr(), at, err)
			}
			c.Close()
			if info, err := os.Stat(d.Dir()); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("its folder: %v, %v", info, err)
			}
		})
	}
}
