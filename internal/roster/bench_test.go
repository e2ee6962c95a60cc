package roster_test

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"testing"

	"exposure/internal/roster"
)

// big writes the exports of a shop with so many members and three orders for each.
func big(b *testing.B, o *roster.Options, members int) {
	b.Helper()
	dir := b.TempDir()
	head := tinyShop().files
	write := func(path *string, role roster.Role, rows func(put func(format string, args ...any))) {
		*path = dir + "/" + string(role) + ".csv"
		f, err := os.Create(*path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		w := bufio.NewWriter(f)
		defer w.Flush()
		fmt.Fprintln(w, head[role][0])
		rows(func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) })
	}
	write(&o.Files.Members, roster.RoleMembers, func(put func(string, ...any)) {
		for i := range members {
			put("%d,山田,花子,member.%d@example.jp,,女性,1985-04-05 00:00:00,2,0,2020-01-02 03:04:05.123,", i+1, i)
		}
	})
	write(&o.Files.Orders, roster.RoleOrders, func(put func(string, ...any)) {
		for i := range 3 * members {
			id, mail := 0, fmt.Sprintf("guest.%d@example.jp", i/2)
			if i%3 == 0 {
				id, mail = i/3+1, fmt.Sprintf("member.%d@example.jp", i/3)
			}
			put("%d,%d,,山田,花子,ヤマダ,ハナコ,%s,150,0001,東京都,渋谷区神宮前,1-2-%d,クレジットカード決済,5,0,2022-05-05 10:00:00,10", i+1, id, mail, i)
		}
	})
	write(&o.Files.Items, roster.RoleItems, func(put func(string, ...any)) {
		for i := range 4 * members {
			put("%d,NF-0%d,名前旗", i*3/4+1, i%9)
		}
	})
	write(&o.Files.Deliveries, roster.RoleDeliveries, func(put func(string, ...any)) {
		for i := range 3 * members {
			if name := "山田,花子"; i%5 == 0 {
				put("%d,0,佐藤,愛,サトウ,アイ,530,0001,大阪府,北区梅田,4-5-%d", i+1, i)
			} else {
				put("%d,0,%s,ヤマダ,ハナコ,150,0001,東京都,渋谷区神宮前,1-2-%d", i+1, name, i)
			}
		}
	})
	write(&o.Files.Settlements, roster.RoleSettlements, func(put func(string, ...any)) {
		for i := range members / 10 {
			put("T%d,%d,承認,2023/03/01 00:00:00,tok_%d", i, i+1, i)
		}
	})
}

// BenchmarkBareRead reads the files of BenchmarkImportShop line by line and does nothing
// with them: the bare baseline of an import.
func BenchmarkBareRead(b *testing.B) {
	o := benchOptions(b)
	big(b, &o, benchMembers())
	b.ResetTimer()
	rows := 0
	for b.Loop() {
		rows = countRows(b, o.Files)
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func countRows(b *testing.B, files roster.Files) (rows int) {
	for _, path := range []string{files.Members, files.Orders, files.Items, files.Deliveries, files.Settlements} {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			rows++
		}
		f.Close()
		rows-- // the header
	}
	return rows
}

func benchMembers() int {
	members := 10_000
	if _, err := fmt.Sscan(os.Getenv("EXPOSURE_BENCH_MEMBERS"), &members); err != nil {
		return 10_000
	}
	return members
}

// BenchmarkImportShop reports what one member with three orders costs, in time and in
// memory at the end. EXPOSURE_BENCH_MEMBERS=1000000 is the size to be held: 1.5 GiB.
func BenchmarkImportShop(b *testing.B) {
	members := benchMembers()
	o := benchOptions(b)
	big(b, &o, members)
	rows := countRows(b, o.Files)
	b.ResetTimer()
	for b.Loop() {
		r, err := roster.ImportShop(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/float64(members), "sys-bytes/member")
		b.ReportMetric(float64(r.Size()), "people")
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
