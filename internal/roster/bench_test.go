package roster_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"exposure/internal/roster"
)

// Some people and places, to be combined. A few of them hold a byte 0x5C in CP932, and
// are quoted then.
var (
	families = []string{"山田,花子", "佐藤,健", "鈴木,愛", "高橋,一郎", "田中,圭", "伊藤,実", "渡辺,美咲", "能登,十和子"}
	readings = []string{"ヤマダ,ハナコ", "サトウ,ケン", "スズキ,アイ", "タカハシ,イチロウ", "タナカ,ケイ", "イトウ,ミノル", "ワタナベ,ミサキ", "ノト,トワコ"}
	streets  = []string{
		"150,0001,東京都,渋谷区神宮前,1-2-%d", "530,0001,大阪府,大阪市北区梅田,4-5-%d グランドハイツ梅田 201", "060,0001,北海道,札幌市中央区北一条西,２丁目%d",
		"460,0008,愛知県,名古屋市中区栄,3-%d-10", "220,0012,神奈川県,横浜市西区みなとみらい,2-3-%d", "\"810\",\"0001\",福岡県,福岡市中央区天神,\"1-%d 表参道ビル\"",
	}
)

func of(list []string, i int) string { return list[i%len(list)] }

// big writes the exports of a shop with so many members, three orders for each, four
// items and three deliveries.
func big(tb testing.TB, o *roster.Options, members int, cp932 bool) {
	tb.Helper()
	dir := tb.TempDir()
	head := tinyShop().files
	write := func(path *string, role roster.Role, rows func(put func(format string, args ...any))) {
		*path = dir + "/" + string(role) + ".csv"
		f, err := os.Create(*path)
		if err != nil {
			tb.Fatal(err)
		}
		defer f.Close()
		var out io.Writer = f
		if cp932 {
			out = japanese.ShiftJIS.NewEncoder().Writer(f)
		}
		w := bufio.NewWriterSize(out, 1<<16)
		defer w.Flush()
		fmt.Fprintln(w, head[role][0])
		rows(func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) })
	}
	where := func(i int) string { return fmt.Sprintf(of(streets, i), i) }
	write(&o.Files.Members, roster.RoleMembers, func(put func(string, ...any)) {
		for i := range members {
			put("%d,%s,member.%d@example.jp,,女性,1985-04-05 00:00:00,2,0,2020-01-02 03:04:05.123,", i+1, of(families, i), i)
		}
	})
	write(&o.Files.Orders, roster.RoleOrders, func(put func(string, ...any)) {
		for i := range 3 * members {
			id, mail := 0, fmt.Sprintf("guest.%d@example.jp", i/2)
			if i%3 == 0 {
				id, mail = i/3+1, fmt.Sprintf("member.%d@example.jp", i/3)
			}
			put("%d,%d,%s,%s,%s,%s,%s,クレジットカード決済,5,0,2022-05-05 10:%02d:%02d,10", i+1, id,
				of([]string{"", "", "のしは「内祝」でお願いします"}, i), of(families, i), of(readings, i), mail, where(i), i/60%60, i%60)
		}
	})
	write(&o.Files.Items, roster.RoleItems, func(put func(string, ...any)) {
		for i := range 4 * members {
			put("%d,NF-0%d,%s", i*3/4+1, i%9, of([]string{"名前旗", "雛人形 親王飾り（桐箱入り）", "お名前木札・表札型"}, i))
		}
	})
	write(&o.Files.Deliveries, roster.RoleDeliveries, func(put func(string, ...any)) {
		for i := range 3 * members {
			to := i
			if i%5 == 0 {
				to = i + 1
			}
			put("%d,0,%s,%s,%s", i+1, of(families, to), of(readings, to), where(to))
		}
	})
	write(&o.Files.Settlements, roster.RoleSettlements, func(put func(string, ...any)) {
		for i := range members / 10 {
			put("T%d,%d,承認,2023/03/01 00:00:00,tok_%d", i, i+1, i)
		}
	})
}

func benchMembers() int {
	members := 10_000
	if _, err := fmt.Sscan(os.Getenv("EXPOSURE_BENCH_MEMBERS"), &members); err != nil {
		return 10_000
	}
	return members
}

// eachEncoding runs a benchmark over the exports of the same shop in both encodings.
func eachEncoding(b *testing.B, run func(b *testing.B, o roster.Options)) {
	for _, name := range []string{"utf-8", "cp932"} {
		b.Run(name, func(b *testing.B) {
			o := benchOptions(b)
			big(b, &o, benchMembers(), name == "cp932")
			rows, size := 0, int64(0)
			for _, path := range paths(o.Files) {
				rows += decodeAndSplit(b, path, func([]string) {}) - 1
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				size += info.Size()
			}
			b.SetBytes(size)
			b.ResetTimer()
			run(b, o)
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func paths(f roster.Files) []string {
	return []string{f.Members, f.Orders, f.Items, f.Deliveries, f.Settlements}
}

// BenchmarkBareDecodeSplit decodes the lines of the same files and splits them at their
// commas: the least that any import must do. Compare rows/s in the same run only.
func BenchmarkBareDecodeSplit(b *testing.B) {
	eachEncoding(b, func(b *testing.B, o roster.Options) {
		fields := 0
		for b.Loop() {
			for _, path := range paths(o.Files) {
				decodeAndSplit(b, path, func(row []string) { fields += len(row) })
			}
		}
	})
}

// decodeAndSplit returns the number of lines.
func decodeAndSplit(b *testing.B, path string, use func([]string)) (lines int) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	dec := japanese.ShiftJIS.NewDecoder()
	for scan := bufio.NewScanner(f); scan.Scan(); lines++ {
		line := scan.Text()
		if !utf8.ValidString(line) {
			if line, err = dec.String(line); err != nil {
				b.Fatal(err)
			}
		}
		use(strings.Split(line, ","))
	}
	return lines
}

// BenchmarkImportShop is the whole import of those files, from the bytes to the figures
// of the reconciliation. Its ratio is that of its rows/s to those of bare decoding, which
// takes turns with it. EXPOSURE_BENCH_MEMBERS=1000000 is the size to be held.
func BenchmarkImportShop(b *testing.B) {
	eachEncoding(b, func(b *testing.B, o roster.Options) {
		var bare, bareCPU, cpu time.Duration
		for b.Loop() {
			b.StopTimer()
			start, used := time.Now(), usedCPU(b)
			for _, path := range paths(o.Files) {
				decodeAndSplit(b, path, func([]string) {})
			}
			bare, bareCPU, used = bare+time.Since(start), bareCPU+usedCPU(b)-used, usedCPU(b)
			b.StartTimer()
			r, err := roster.ImportShop(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(r.Size()), "people")
			cpu += usedCPU(b) - used
		}
		b.ReportMetric(bare.Seconds()/b.Elapsed().Seconds(), "ratio")
		b.ReportMetric(bareCPU.Seconds()/cpu.Seconds(), "cpu-ratio")
	})
}

// usedCPU is the time this process has computed so far, on all cores together: on a busy
// machine it says more than the clock.
func usedCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
