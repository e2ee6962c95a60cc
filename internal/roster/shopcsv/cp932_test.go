package shopcsv_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"exposure/internal/roster/shopcsv"
)

// Every byte and every two bytes mean what x/text says they mean, or are refused.
func TestEveryCharacter(t *testing.T) {
	var sequences [][]byte
	for a := range 256 {
		sequences = append(sequences, []byte{byte(a)})
		for b := range 256 {
			sequences = append(sequences, []byte{byte(a), byte(b)})
		}
	}
	if n := compareDecoding(t, sequences); n < 15_000 {
		t.Errorf("only %d sequences are text; the test compares nothing", n)
	}
}

// Longer ones, mostly of bytes that begin or end a character, do so too.
func TestCharactersInARow(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	likely := []byte("a~\\\x5c\x7c\x7d\x40\x81\x83\x8b\x95\x96\x9f\xe0\xef\xfc\xfd\x80\xa0\xa1\xb1\xdf\xfa\xff")
	var sequences [][]byte
	for range 100_000 {
		s := make([]byte, 1+rng.IntN(12))
		for i := range s {
			if s[i] = byte(rng.IntN(256)); rng.IntN(3) > 0 {
				s[i] = likely[rng.IntN(len(likely))]
			}
		}
		sequences = append(sequences, s)
	}
	if n := compareDecoding(t, sequences); n < 5_000 {
		t.Errorf("only %d sequences are text; the test compares nothing", n)
	}
}

// compareDecoding reads sequences as fields of one file, and returns how many of them
// are text.
func compareDecoding(t *testing.T, sequences [][]byte) (texts int) {
	t.Helper()
	file := bytes.NewBufferString("a,b\n")
	for i, s := range sequences {
		file.WriteString(strconv.Itoa(i) + ",")
		if !bytes.ContainsAny(s, "\x00\r\n,\"") {
			file.Write(s)
		}
		file.WriteByte('\n')
	}
	r := shopcsv.NewReader(file, shopcsv.Options{Encoding: shopcsv.CP932})
	for i, s := range sequences {
		if bytes.ContainsAny(s, "\x00\r\n,\"") {
			s = nil
		}
		want, err := japanese.ShiftJIS.NewDecoder().String(string(s))
		if err != nil {
			t.Fatal(err)
		}
		rec, err := r.Next()
		var bad *shopcsv.RowError
		switch refused := errors.As(err, &bad); {
		case strings.ContainsAny(want, "\uFFFD\u0080"):
			if !refused {
				t.Errorf("% X is no text, and was read", s)
			}
		case err != nil:
			t.Errorf("% X: %v", s, err)
		case rec.Fields[0] != strconv.Itoa(i) || rec.Fields[1] != want:
			t.Errorf("% X is %+q, want %+q", s, rec.Fields[1], want)
		default:
			texts++
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the last row: %v", err)
	}
	return texts
}
