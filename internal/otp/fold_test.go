package otp_test

import (
	"errors"
	"strings"
	"testing"

	"exposure/internal/otp"
)

func TestFoldAccepts(t *testing.T) {
	const short = "12345678"
	const long = "12345678901234567890"
	for _, c := range []struct{ in, digits string }{
		{"12345678", short},
		{"1234-5678", short},
		{"12-34-56-78", short},
		{" 1234 5678 ", short},
		{"12345678\n", short},
		{"\r\n12345678\r\n", short},
		{"１２３４５６７８", short},
		{"１２３４ー５６７８", short},
		{"１２３４－５６７８", short},
		{"1234−5678", short}, // U+2212
		{"1234‐5678", short}, {"1234‑5678", short}, {"1234‒5678", short}, {"1234–5678", short}, {"1234—5678", short},
		{"1234―5678", short}, {"1234─5678", short}, {"1234﹣5678", short}, {"1234ｰ5678", short},
		{"1234　5678", short}, // U+3000
		{"1234\u00a05678", short},
		{"1234\t5678", short},
		{"確認コード: 1234-5678", short},
		{"確認コード：１２３４ー５６７８", short},
		{"確認コード:1234-5678（30分）", short},
		{"Code: 1234-5678.", short},
		{"Your code is 1234-5678, until 14:35", short},
		{"「1234-5678」", short},
		{"\u202a12345678\u202c", short},
		{"-12345678", short},
		{"00000000", "00000000"},
		{"99999999", "99999999"},
		{"123-456-789", "123456789"},
		{"12345-67890", "1234567890"},
		{"1234-5678-9012", "123456789012"},
		{"1234-5678-9012-3456-7890", long},
		{"１２３４−５６７８−９０１２−３４５６−７８９０", long},
		{"確認コード: 1234-5678-9012-3456-7890 （20けたの数字。コピーして貼り付けてください）", long},
		{"12345678901234567890\n", long},
	} {
		form := otp.Short
		if len(c.digits) == 20 {
			form = otp.Long
		}
		if digits, got, err := otp.Fold(c.in); err != nil || digits != c.digits || got != form {
			t.Errorf("Fold(%q) = %q, %q, %v; want %q, %q", c.in, digits, got, err, c.digits, form)
		}
	}
}

func TestFoldRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "-", "コード",
		"1", "1234567", "12345678901", "1234567890123", "12345678901234", "123456789012345", "1234567890123456",
		"1234567890123456789", "123456789012345678901", // 19, 21
		"+12345678", "＋12345678", "1e7", "1e12345678", "12345678e1", "0x12345678", "A12345678", "12345678a",
		"12345678.5", "0.12345678", "12,345,678", "12345678,5", "foo12345678@example.jp", "12345678@example.jp",
		"12345678 12345678", "12345678/12345678", "12345678\n12345678", "12345678,12345678", "1234567890\n1234567890",
		"確認コード: 1234-5678 / 8765-4321", "code 12345678 phone 0120-39-3501",
		"一二三四五六七八", "①②③④⑤⑥⑦⑧", "١٢٣٤٥٦٧٨", "۱۲۳۴۵۶۷۸", "१२३४५६७८", "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "12345678٩", "①12345678", "12345678²",
		"1234\u200b5678", "1234\u00ad5678",
		"12345-67890-1234", // a letter number
		"さくら 4821",         // a check number
		"12345678\xff", "\xef\xbf12345678", `["12345678","87654321"]`,
		strings.Repeat("1", 2_000), strings.Repeat(" ", 2_000) + "12345678",
	} {
		if digits, form, err := otp.Fold(in); !errors.Is(err, otp.ErrNotACode) || digits != "" || form != "" {
			t.Errorf("Fold(%q) = %q, %q, %v; want ErrNotACode", in, digits, form, err)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"1234-5678", "１２３４ー５６７８", "確認コード: 1234-5678", "+12345678", "1234-5678-9012-3456-7890", "12345678 12345678", "1\u200b2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digits, form, err := otp.Fold(s)
		if err != nil {
			if !errors.Is(err, otp.ErrNotACode) || digits != "" || form != "" {
				t.Fatalf("Fold(%q) = %q, %q, %v", s, digits, form, err)
			}
			return
		}
		if strings.Trim(digits, "0123456789") != "" {
			t.Fatalf("Fold(%q) holds more than digits: %q", s, digits)
		}
		switch n := len(digits); {
		case n == 20 && form == otp.Long:
		case (n == 8 || n == 9 || n == 10 || n == 12) && form == otp.Short:
		default:
			t.Fatalf("Fold(%q) = %d digits as a %q code", s, n, form)
		}
		for _, again := range []string{digits, digits[:4] + "-" + digits[4:], " " + digits + "\n"} {
			if d, g, err := otp.Fold(again); err != nil || d != digits || g != form {
				t.Fatalf("Fold(%q) = %q, %q, %v; want what it came from", again, d, g, err)
			}
		}
	})
}
