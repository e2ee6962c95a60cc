package shopcsv_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"exposure/internal/roster/shopcsv"
)

// Bytes that are no export at all are refused as a whole, or row by row; whatever is
// read of them is well-formed, and nothing takes long.
func TestNoExportAtAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	noise := make([]byte, 16<<20)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	utf16 := bytes.Join(bytes.Split([]byte("id,name\n1,a\n2,b\n"), nil), []byte{0})
	for _, c := range []struct {
		name string
		file []byte
		err  error // of the header; nil: it can be read
	}{
		{"random bytes", noise, nil},
		{"random bytes below a header", append([]byte("id,name\n"), noise...), nil},
		{"a workbook", append([]byte("PK\x03\x04\x14\x00\x06\x00"), noise...), shopcsv.ErrWorkbook},
		{"UTF-16 with its mark", append([]byte("\xFF\xFE"), utf16...), shopcsv.ErrUTF16},
		{"UTF-16 without it", utf16, shopcsv.ErrUTF16},
		{"NULs", make([]byte, 1<<20), shopcsv.ErrUTF16},
		{"NULs below a header", append([]byte("id,name\n"), make([]byte, 1<<20)...), nil},
		{"NULs among rows", []byte("id,name\n1,\x00\n\x00\x00\n"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := shopcsv.NewReader(bytes.NewReader(c.file), shopcsv.Options{})
			if _, err := r.Header(); c.err != nil {
				if !errors.Is(err, c.err) {
					t.Errorf("got %v, want %v", err, c.err)
				}
				return
			}
			for {
				rec, err := r.Next()
				var bad *shopcsv.RowError
				if err != nil && !errors.As(err, &bad) {
					break
				}
				for _, f := range rec.Fields {
					if !utf8.ValidString(f) || strings.ContainsAny(f, "\x00\uFFFD") {
						t.Fatal("a field is not well-formed")
					}
				}
			}
		})
	}
}

// A file may be cut anywhere: at worst its last record is read as less than it was,
// and then the reader says so.
func TestCutFile(t *testing.T) {
	for _, whole := range []string{
		"id,name,note\n1,山田,\"a\nb\"\n2,佐藤,ok\n",
		cp932(t, "列,列,列\r\n1,山田,\"表\nb\"\r\n2,\"a \"\"b\",能\r\n3,\"表\",\"表\"\r\n"),
	} {
		all := readAll(t, strings.NewReader(whole), shopcsv.Options{})
		if len(all.errs) > 0 {
			t.Fatal(all.errs)
		}
		header := strings.Index(whole, "\n") + 1
		for n := header; n <= len(whole); n++ {
			got, unterminated := readCut(t, whole[:n])
			if want := whole[n-1] != '\n'; unterminated != want && len(got.errs) == 0 {
				t.Errorf("cut at %d: unterminated is %v, want %v", n, unterminated, want)
			}
			if unterminated && len(got.rows) > 0 {
				got.rows = got.rows[:len(got.rows)-1]
			}
			if len(got.rows) > len(all.rows) || !slices.EqualFunc(all.rows[:len(got.rows)], got.rows, slices.Equal) {
				t.Errorf("cut at %d: rows that are not in the file", n)
			}
		}
	}
}

func readCut(t *testing.T, file string) (table, bool) {
	t.Helper()
	r := shopcsv.NewReader(strings.NewReader(file), shopcsv.Options{})
	var got table
	for {
		rec, err := r.Next()
		var bad *shopcsv.RowError
		switch {
		case err == io.EOF:
			return got, r.Unterminated()
		case r.Unterminated():
			t.Error("it says that the file is cut before its end")
		case errors.As(err, &bad):
			got.errs = append(got.errs, bad)
		case err != nil:
			t.Fatal(err)
		default:
			got.rows = append(got.rows, rec.Fields)
		}
	}
}
