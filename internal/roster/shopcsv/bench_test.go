package shopcsv_test

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster/shopcsv"
)

var exports = []string{"member", "order", "all_members", "all_orders", "order_items", "deliveries"}

// benchmarkFiles are the six real exports, the rows of each twenty times over: it is
// reading that counts, not opening.
func benchmarkFiles(b *testing.B) (files [][]byte, size int64) {
	for _, name := range exports {
		file := shopData(b, "eccube2-a/"+name+".csv")
		header, rows, _ := bytes.Cut(file, []byte("\n"))
		file = slices.Concat(header, []byte("\n"), bytes.Repeat(rows, 20))
		files = append(files, file)
		size += int64(len(file))
	}
	return files, size
}

// BenchmarkRead reads the six real exports. Compare with BenchmarkBareRead in the
// same run: it is the least that any reader must do.
func BenchmarkRead(b *testing.B) {
	files, size := benchmarkFiles(b)
	b.SetBytes(size)
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		for _, file := range files {
			r := shopcsv.NewReader(bytes.NewReader(file), shopcsv.Options{})
			for {
				_, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				rows++
			}
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkBareRead counts the lines of the same files.
func BenchmarkBareRead(b *testing.B) {
	files, size := benchmarkFiles(b)
	b.SetBytes(size)
	b.ReportAllocs()
	lines := 0
	for b.Loop() {
		for _, file := range files {
			r := bufio.NewReader(bytes.NewReader(file))
			for {
				_, err := r.ReadSlice('\n')
				if err == io.EOF {
					break
				}
				lines++
			}
		}
	}
	b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkTangled reads a text made of nothing but possible ends.
func BenchmarkTangled(b *testing.B) {
	row := []string{"1", strings.Repeat("表\",\"", 100_000), "2"}
	file := export(b, "\r\n", []string{"列", "列", "列"}, row)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		r := shopcsv.NewReader(bytes.NewReader(file), shopcsv.Options{})
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			}
		}
	}
}
