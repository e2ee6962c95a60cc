package agent

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"exposure/internal/breach"
)

var noteRule = textRule{what: "note", max: 500, address: true}

// TestTextsThatAreKept, and as what.
func TestTextsThatAreKept(t *testing.T) {
	for from, want := range map[string]string{
		"カードを入力したが購入していない": "カードを入力したが購入していない",
		"  3月14日 23時 ":                            "3月14日 23時",
		"電話 03-1234-5678":                         "電話 03-1234-5678",
		"090-1234-5678 または 03-1234-5678":          "090-1234-5678 または 03-1234-5678",
		"2023-03-14":                              "2023-03-14",
		"注文 123456789012":                         "注文 123456789012",
		"一行目\r\n二行目\tおわり":                         "一行目 二行目 おわり",
		"hanako@example.jp":                       "hanako@example.jp",
		"〒101-0021 東京都千代田区外神田1-2-3-405":           "〒101-0021 東京都千代田区外神田1-2-3-405",
		"一丁目二番三号 四五六ビル七階八号室":                      "一丁目二番三号 四五六ビル七階八号室",
		"葛\U000E0100飾区 髙\u3099橋":                  "葛\U000E0100飾区 髙\u3099橋",
		strings.Repeat("あ", 500):                  strings.Repeat("あ", 500),
		"1111-1111-1111 and 2222-2222-2222 and 3": "1111-1111-1111 and 2222-2222-2222 and 3",
		"四月一日に電話、十五日に再度":                          "四月一日に電話、十五日に再度",
	} {
		if got, err := noteRule.take(from); err != nil || got != want {
			t.Errorf("%q is kept as %q, %v", from, got, err)
		}
	}
	if got, err := (textRule{what: "note", max: 500, optional: true}).take(" \n"); err != nil || got != "" {
		t.Errorf("an optional text that is empty: %q, %v", got, err)
	}
}

// TestTextsThatAreRefused. The error names no part of the text.
func TestTextsThatAreRefused(t *testing.T) {
	for _, bad := range []string{
		"", " \t\n ", strings.Repeat("あ", 501), strings.Repeat("あ", 100_000), "a\xffb", "a\ufffdb",
		"a\x00b", "a\x1b[31mb", "a\u202eb", "a\u200bb", "a\u2028b", "\u3164", "4111\u3164 1111", "a\ue000b", "a\u00adb", "\U000E0041",
		"4111111111111111", "4111-1111-1111-1111", "4111 1111 1111 1111", "4111.1111.1111.1111", "4111  1111  1111  1111",
		"4111、1111、1111、1111", "4111\n1111\n1111\n1111", "4111ー1111ー1111ー1111", "4111／1111／1111／1111", "4111・1111・1111・1111",
		"４１１１１１１１１１１１１１１１", "四一一一一一一一一一一一一一一一", "四一一一 1111 １１１１ ①①①①", "④①①①①①①①①①①①①①①①",
		"❹❶❶❶❶❶❶❶❶❶❶❶❶❶❶❶", "⑷⑴⑴⑴⑴⑴⑴⑴⑴⑴⑴⑴⑴⑴⑴⑴", "⁴¹¹¹¹¹¹¹¹¹¹¹¹¹¹¹", "𝟜𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙𝟙", "٤١١١١١١١١١١١١١١١",
		"1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣", "参壱壱壱壱壱壱壱壱壱壱壱壱壱", "㊃㊀㊀㊀㊀㊀㊀㊀㊀㊀㊀㊀㊀", "〇〇〇〇〇〇〇〇〇〇〇〇〇",
		"1234567890123", "カードは4111 1111 1111 1111です", "3782 822463 10005", "03-1234-5678 090-1234-5678",
		"4\u03011\u03011\u03011\u03011\u03011\u03011\u03011\u03011\u03011\u03011\u03011\u03011\u0301",
	} {
		got, err := noteRule.take(bad)
		if !errors.Is(err, ErrText) || got != "" {
			t.Errorf("%q is kept as %q, %v", bad, got, err)
			continue
		}
		for _, part := range strings.FieldsFunc(bad, func(r rune) bool { return r == ' ' }) {
			if len(part) > 3 && strings.Contains(err.Error(), part) {
				t.Errorf("the error tells of %q: %v", part, err)
			}
		}
	}
	for _, bad := range []string{"hanako@example.jp", "hanako＠example.jp", "﹫"} {
		if _, err := (textRule{what: "name", max: 100}).take(bad); !errors.Is(err, ErrText) {
			t.Errorf("an address for a name: %v", err)
		}
	}
}

// TestNoDigitsSlipThrough: thirteen digits in whatever form, with whatever but letters
// between, are refused; twelve are not for their number.
func TestNoDigitsSlipThrough(t *testing.T) {
	forms := []string{"0123456789", "０１２３４５６７８９", "〇一二三四五六七八九", "⓪①②③④⑤⑥⑦⑧⑨", "零壱弐参肆伍陸漆捌玖", "٠١٢٣٤٥٦٧٨٩", "₀₁₂₃₄₅₆₇₈₉"}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		n := rapid.IntRange(1, 19).Draw(t, "digits")
		b.WriteString(rapid.StringMatching(`[あ-ん]{0,5}`).Draw(t, "before"))
		for i := range n {
			if i > 0 {
				b.WriteString(rapid.StringOfN(rapid.SampledFrom([]rune(" -.,、。/・‐―ー（）:　_~")), 0, 3, -1).Draw(t, "between"))
			}
			form := []rune(rapid.SampledFrom(forms).Draw(t, "form"))
			b.WriteRune(rapid.SampledFrom(form).Draw(t, "digit"))
		}
		b.WriteString(rapid.StringMatching(`[あ-ん]{0,5}`).Draw(t, "after"))
		_, err := noteRule.take(b.String())
		if refused := err != nil; refused != (n > maxDigits) {
			t.Fatalf("%d digits in %q: %v", n, b.String(), err)
		}
	})
}

// FuzzTexts: what is kept prints on one line, is no longer than it may be, and holds no
// number of a card, as the import looks for them.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"4111-1111-1111-1111", "a\u202eb", "ﷺ", "〒101-0021", "カード", "１２３ ４５６ 七八九 ⑩"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := noteRule.take(text)
		if err != nil {
			if got != "" || !errors.Is(err, ErrText) {
				t.Errorf("%q: %q, %v", text, got, err)
			}
			return
		}
		if again, err := noteRule.take(got); err != nil || again != got {
			t.Errorf("%q is kept as %q, and that as %q, %v", text, got, again, err)
		}
		if len(breach.FindCardNumbers(got)) > 0 || utf8.RuneCountInString(got) > 500 || strings.ContainsAny(got, "\r\n\t\x00") || !utf8.ValidString(got) {
			t.Errorf("%q is kept", got)
		}
	})
}
