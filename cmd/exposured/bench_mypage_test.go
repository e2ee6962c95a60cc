package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/reset"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// BenchmarkGate measures what a login waits for: first an Echo handler that answers a
// constant, then the gate of a server with 1,000 ordered resets, asked about the same
// members again and about ever other ones. Client and server share the processor, as all
// lines do. Compare the lines of one run; alone they say nothing.
func BenchmarkGate(b *testing.B) {
	bare := echo.New()
	bare.GET("/v1/mypage/members/:id/password-reset", func(c echo.Context) error {
		return c.JSON(http.StatusOK, map[string]any{"required": true, "state": "required", "since": "2023-07-26T09:00:00+09:00"})
	})
	ts := httptest.NewServer(bare)
	b.Cleanup(ts.Close)
	s, _ := smallSite(b)
	key := s.orderThousand(b)
	redis := live.NewRedis(b)
	server := s.serve(b, redis.URL(), openPostOffice(b).url, "--mypage-addr", "127.0.0.1:0", "--limits", "client-members=100000/1h")
	base := server.mypage(b)
	same := func(n int64) string { return fmt.Sprintf("m%d", n%1000) }
	b.Run("bare", func(b *testing.B) { gates(b, ts.URL, key, same) })
	b.Run("gate", func(b *testing.B) { gates(b, base, key, same) })
	var others atomic.Int64
	b.Run("gate-others", func(b *testing.B) {
		gates(b, base, key, func(int64) string { return fmt.Sprintf("x%d", others.Add(1)%90_000) })
	})
}

// orderThousand orders a thousand resets, and returns the key of a client of the gate.
func (s site) orderThousand(b *testing.B) string {
	b.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(b, err)
	db, err := sqlstore.Open(b.Context(), s.database)
	must(b, err)
	defer db.Close()
	d := &desk{Resets: db.Resets(keys), db: db, keys: keys}
	var planned []reset.Planned
	var ids []string
	for i := range 1000 {
		ids = append(ids, fmt.Sprintf("m%d", i))
		planned = append(planned, reset.Planned{MemberID: ids[i]})
	}
	_, err = d.Plan(b.Context(), operatorEntry(audit.ResetPlan), planned)
	must(b, err)
	_, err = d.Change(b.Context(), operatorEntry(audit.ResetOrder), ids, func(r breach.Reset) (breach.Reset, error) { return r.Order(time.Now()), nil })
	must(b, err)
	return d.client(b, "login", "gate")
}

func gates(b *testing.B, base, key string, id func(int64) string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var mu sync.Mutex
	var took []time.Duration
	var n atomic.Int64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			begin := time.Now()
			if err := askGate(client, base+gatePath(id(n.Add(1))), key); err != nil {
				b.Error(err)
				return
			}
			mine = append(mine, time.Since(begin))
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, mine...)
	})
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	if len(took) > 0 {
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
	}
}

func askGate(client *http.Client, url, key string) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the gate answered %d", resp.StatusCode)
	}
	return err
}
