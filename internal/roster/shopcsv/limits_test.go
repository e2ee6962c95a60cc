package shopcsv_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"exposure/internal/roster/shopcsv"
)

func cp932(tb testing.TB, s string) string {
	tb.Helper()
	b, err := japanese.ShiftJIS.NewEncoder().String(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestDetect(t *testing.T) {
	header := "会員ID,お名前(姓),備考\r\n"
	utf16 := "\xFF\xFE" + "a\x00,\x00"
	for _, c := range []struct {
		name, head string
		want       shopcsv.Encoding
		err        error
	}{
		{"nothing", "", shopcsv.Auto, shopcsv.ErrEmpty},
		{"only a mark", "\xEF\xBB\xBF", shopcsv.Auto, shopcsv.ErrEmpty},
		{"UTF-8", header, shopcsv.UTF8, nil},
		{"UTF-8 with a mark", "\xEF\xBB\xBF" + header, shopcsv.UTF8, nil},
		{"UTF-8 cut in a character", header[:len("会員ID,お")-1], shopcsv.UTF8, nil},
		{"UTF-8 cut after one byte of a character", header[:len("会員ID,お")-2], shopcsv.UTF8, nil},
		{"CP932", cp932(t, header), shopcsv.CP932, nil},
		{"CP932 cut in a character", cp932(t, header)[:1+len(cp932(t, "会員ID,"))], shopcsv.CP932, nil},
		{"ASCII header, CP932 rows", "id,name\n1," + cp932(t, "表") + "\n", shopcsv.CP932, nil},
		{"ASCII", "id,name\n1,a\n", shopcsv.UTF8, nil},
		{"header in CP932, rows in UTF-8", cp932(t, header) + "1,山田,\r\n", shopcsv.CP932, nil},
		{"UTF-16", utf16, shopcsv.Auto, shopcsv.ErrUTF16},
		{"UTF-16 without a mark", "a\x00,\x00b\x00\n\x00", shopcsv.Auto, shopcsv.ErrUTF16},
		{"xlsx", "PK\x03\x04\x14\x00\x06\x00", shopcsv.Auto, shopcsv.ErrWorkbook},
		{"xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00", shopcsv.Auto, shopcsv.ErrWorkbook},
		{"ISO-2022-JP", "\x1B$B2q0w\x1B(BID,\n", shopcsv.Auto, shopcsv.ErrEncoding},
		{"neither", "\xFF\xFD\xFD,\n", shopcsv.Auto, shopcsv.ErrEncoding},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := shopcsv.Detect([]byte(c.head))
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v, want %v, %v", got, err, c.want, c.err)
			}
			if _, err := shopcsv.NewReader(strings.NewReader(c.head), shopcsv.Options{}).Header(); c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("the reader says %v, want %v", err, c.err)
			}
		})
	}
}

// story is a file, what is read of it and what is refused.
type story struct {
	name string
	file string
	o    shopcsv.Options
	rows [][]string
	errs []string
}

func stories(tb testing.TB) []story {
	wide := func(s string) string { return cp932(tb, s) }
	return []story{
		{name: "line ends and empty lines", file: "a,b\r\n1,2\r\n\r\n3,\n\n,4",
			rows: [][]string{{"1", "2"}, {"3", ""}, {"", "4"}}},
		{name: "ordinary quoting", file: "a,b\n\"1\",\"x \"\"y\"\", z\"\n\"\",\"\"\"\"\n",
			rows: [][]string{{"1", `x "y", z`}, {"", `"`}}},
		{name: "mark of UTF-8", file: "\xEF\xBB\xBF列,b\n1,2\n", rows: [][]string{{"1", "2"}}},
		{name: "too few and too many columns", file: "a,b\n1\n1,2,3\n4,5\n",
			rows: [][]string{{"4", "5"}},
			errs: []string{"line 2: it has 1 columns, the header has 2", "line 3: it has 3 columns, the header has 2"}},
		{name: "a quote without an end", file: "a,b\n1,\"x\n2,y\n",
			rows: [][]string{{"2", "y"}}, errs: []string{"line 2: its quotes do not fit"}},
		{name: "a bad record of several lines is one refusal", file: "a,b\n1,\"x\ny\",2\n3,4\n",
			rows: [][]string{{"3", "4"}}, errs: []string{"lines 2-3: it has 3 columns, the header has 2"}},
		{name: "PHP: the quote after 表 is text", file: wide("列,列,列\r\n1,\"表\"引用, カンマ\r\n改行\\\"バック①㈱髙\",\"能\"\r\n"),
			rows: [][]string{{"1", "表\"引用, カンマ\r\n改行\\\"バック①㈱髙", "能"}}},
		{name: "ordinary writer, then CP932: the quote after 表 is doubled", file: wide("列,列\r\n1,\"表\"\"引用, カンマ\"\r\n2,\"表\"\"\"\r\n"),
			rows: [][]string{{"1", `表"引用, カンマ`}, {"2", `表"`}}},
		{name: "CP932 without quotes around 表", file: wide("列,列\n1,表 x\n2,\"表\"\n"),
			rows: [][]string{{"1", "表 x"}, {"2", "表"}}},
		{name: "two readings", file: wide("列,列\r\n1,\"表\"\r\n2,\"x y\"\r\n3,\"表\"\r\n\"\r\n4,5\r\n"),
			rows: [][]string{{"1", "表"}, {"2", "x y"}, {"4", "5"}},
			errs: []string{"lines 4-5: it can be read in more than one way (a quote after the byte 0x5C, then a comma or line end)"}},
		{name: "bytes that are no CP932", file: wide("列,列\n1,") + "\x81\xFF\n2,\xFF\n3,\x85\x70\n4,5\n",
			rows: [][]string{{"4", "5"}},
			errs: []string{"line 2: a field holds bytes that are not Shift_JIS (CP932)", "line 3: a field holds bytes that are not Shift_JIS (CP932)", "line 4: a field holds bytes that are not Shift_JIS (CP932)"}},
		{name: "UTF-8 among CP932", file: wide("会員ID,列\n1,山田\n") + "2,山田\n" + wide("3,ﾆｼ\n"),
			rows: [][]string{{"1", "山田"}, {"3", "ﾆｼ"}}, errs: []string{"line 3: it is in UTF-8 while the file is in Shift_JIS (CP932)"}},
		{name: "CP932 among UTF-8", file: "会員ID,列\n1,山田\n" + wide("2,山田\n"),
			rows: [][]string{{"1", "山田"}}, errs: []string{"line 3: a field holds bytes that are not UTF-8"}},
		{name: "lost characters and NUL", file: "列,b\n1,\uFFFD田\n2,\x00\n3,4\n",
			rows: [][]string{{"3", "4"}}, errs: []string{"line 2: a field holds U+FFFD: a character was lost before this file was written", "line 3: a field holds a NUL byte"}},
		{name: "a long field", o: shopcsv.Options{MaxField: 8, MaxLine: 64}, file: "a,b\n1,12345678\n2,123456789\n3,4\n",
			rows: [][]string{{"1", "12345678"}, {"3", "4"}}, errs: []string{"line 3: a field is longer than 8 bytes"}},
		{name: "a long record", o: shopcsv.Options{MaxField: 8, MaxLine: 16}, file: "a,b\n1,1234567890123456\n3,4\n",
			rows: [][]string{{"3", "4"}}, errs: []string{"line 2: it does not end within 16 bytes"}},
	}
}

func TestStories(t *testing.T) {
	for _, s := range stories(t) {
		t.Run(s.name, func(t *testing.T) {
			got := readAll(t, strings.NewReader(s.file), s.o)
			if d := cmp.Diff(s.rows, got.rows); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
			var errs []string
			for _, e := range got.errs {
				errs = append(errs, e.Error())
			}
			if d := cmp.Diff(s.errs, errs); d != "" {
				t.Errorf("refusals (-want +got):\n%s", d)
			}
			slow := readAll(t, iotest.OneByteReader(strings.NewReader(s.file)), s.o)
			if d := cmp.Diff(got.rows, slow.rows); d != "" {
				t.Errorf("read byte by byte it differs:\n%s", d)
			}
		})
	}
}

// endless gives n bytes of one letter and remembers the largest piece asked for.
type endless struct {
	n       int64
	largest int
}

var letters = bytes.Repeat([]byte("x"), 64<<10)

func (e *endless) Read(p []byte) (int, error) {
	e.largest = max(e.largest, len(p))
	if e.n == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), e.n)], letters)
	e.n -= int64(n)
	return n, nil
}

func TestEndlessLineIsNotHeld(t *testing.T) {
	for _, c := range []struct {
		open string
		size int64
	}{
		{"1,", 10 << 30},
		{"1,\"", 256 << 20},
		{cp932(t, "1,\"表\","), 256 << 20},
	} {
		line := &endless{n: c.size}
		file := io.MultiReader(strings.NewReader(cp932(t, "列,列\n")+c.open), line, strings.NewReader("\n3,4\n"))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := readAll(t, file, shopcsv.Options{})
		runtime.ReadMemStats(&after)
		if d := cmp.Diff([][]string{{"3", "4"}}, got.rows); d != "" || len(got.errs) != 1 {
			t.Errorf("after an endless line: %d refusals, rows (-want +got):\n%s", len(got.errs), d)
		}
		if line.largest > shopcsv.DefaultMaxLine {
			t.Errorf("it asked for %d bytes at once", line.largest)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 8*shopcsv.DefaultMaxLine {
			t.Errorf("it took %d bytes of memory", used)
		}
	}
}

func TestFailures(t *testing.T) {
	broken := errors.New("the disk is gone")
	file := io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(broken))
	r := shopcsv.NewReader(file, shopcsv.Options{})
	for {
		if _, err := r.Next(); err != nil {
			if !errors.Is(err, broken) {
				t.Errorf("got %v, want what the disk said", err)
			}
			break
		}
	}
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Error("a failure must stay")
	}
	for name, file := range map[string]string{
		"bare CR":       "a,b\r1,2\r",
		"open quote":    "a,\"b\n1,2\n",
		"lost in names": "a,\uFFFD\n1,2\n",
	} {
		if _, err := shopcsv.NewReader(strings.NewReader(file), shopcsv.Options{}).Next(); !errors.Is(err, shopcsv.ErrHeader) {
			t.Errorf("%s: got %v, want ErrHeader", name, err)
		}
	}
	marked := shopcsv.NewReader(strings.NewReader("\xEF\xBB\xBFa,b\n"), shopcsv.Options{Encoding: shopcsv.CP932})
	if _, err := marked.Header(); !errors.Is(err, shopcsv.ErrEncoding) {
		t.Errorf("marked as UTF-8 and read as CP932: got %v", err)
	}
}

// A customer may write a whole row into a text field, after a byte 0x5C, a quote and
// the right number of commas. That row must never be read as one.
func TestForgedRowIsNotRead(t *testing.T) {
	for _, lineEnd := range []string{"\r\n", "\n"} {
		forged := "9,f,f,f"
		for _, wish := range []string{
			"表\",x,x" + lineEnd + forged + lineEnd,
			"表\",x,x" + lineEnd + forged + lineEnd + "1,2,3,",
			"表\"" + lineEnd + forged + lineEnd + "\"",
			"表\",x" + lineEnd + forged,
			"表\"\"\",\"表\",\"表\"" + lineEnd + forged + lineEnd,
		} {
			for column := 1; column <= 3; column++ {
				row := []string{"1", "a", "b", "c"}
				row[column] = wish
				file := export(t, lineEnd, []string{"列", "列", "列", "列"}, row, []string{"2", "表", "x y", "z"})
				for _, r := range readAll(t, bytes.NewReader(file), shopcsv.Options{}).rows {
					if r[0] == "9" {
						t.Errorf("the forged row was read (line end %q, column %d)", lineEnd, column)
					}
				}
			}
		}
	}
}
