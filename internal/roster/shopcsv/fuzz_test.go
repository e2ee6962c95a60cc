package shopcsv_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"exposure/internal/roster/shopcsv"
)

// FuzzReader reads anything. What is returned must be well-formed and within the
// limits, and must come back the same when it is written as a shop writes it.
func FuzzReader(f *testing.F) {
	for _, s := range stories(f) {
		f.Add([]byte(s.file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		const maxField, maxLine = 256, 2048
		r := shopcsv.NewReader(bytes.NewReader(file), shopcsv.Options{MaxField: maxField, MaxLine: maxLine})
		header, err := r.Header()
		if err != nil {
			return
		}
		line := 0
		for {
			rec, err := r.Next()
			var bad *shopcsv.RowError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad):
				rec.Line = bad.Line
				if bad.Last < bad.Line {
					t.Fatalf("lines %d to %d", bad.Line, bad.Last)
				}
			case err != nil:
				t.Fatal(err)
			}
			if rec.Line <= line {
				t.Fatalf("line %d after line %d", rec.Line, line)
			}
			if line = rec.Line; bad != nil {
				continue
			}
			if len(rec.Fields) != len(header) {
				t.Fatalf("%d fields, %d columns", len(rec.Fields), len(header))
			}
			for _, field := range rec.Fields {
				if len(field) > maxField || !utf8.ValidString(field) || strings.Contains(field, "\uFFFD") {
					t.Fatalf("a field of %d bytes, valid %v", len(field), utf8.ValidString(field))
				}
			}
			writtenAgain(t, rec.Fields)
		}
	})
}

// FuzzWriterReader writes one row as a shop does: it is read exactly, or refused.
func FuzzWriterReader(f *testing.F) {
	f.Add("表\",a\x1fソ\"\r\n\x1f\\\"\",\" x")
	f.Add("のし表\"内祝\"\", 書体は\"楷書\"\x1f1\x1f")
	f.Fuzz(func(t *testing.T, text string) {
		writtenAgain(t, append([]string{"1"}, strings.Split(text, "\x1f")...))
	})
}

func writtenAgain(t *testing.T, row []string) {
	t.Helper()
	if !slices.ContainsFunc(row, func(s string) bool { return s != "" }) || len(row) < 2 || !lossless(row) {
		return
	}
	names := slices.Repeat([]string{"列"}, len(row))
	plain := slices.Repeat([]string{"x"}, len(row))
	file := export(t, "\r\n", names, row, plain)
	got := readAll(t, bytes.NewReader(file), shopcsv.Options{Encoding: shopcsv.CP932})
	if len(got.errs) == 0 && len(got.rows) != 2 {
		t.Fatalf("%d rows and no refusal, want 2", len(got.rows))
	}
	for _, r := range got.rows {
		if !slices.Equal(r, row) && !slices.Equal(r, plain) {
			t.Fatalf("wrote %q, read %q", row, r)
		}
	}
}

// lossless tells whether CP932 holds the whole row as it is.
func lossless(row []string) bool {
	for _, s := range row {
		b, err := japanese.ShiftJIS.NewEncoder().String(s)
		if err != nil || strings.ContainsAny(s, "\x00\u0080−〜—‖") {
			return false
		}
		if back, err := japanese.ShiftJIS.NewDecoder().String(b); err != nil || back != s {
			return false
		}
	}
	return true
}
