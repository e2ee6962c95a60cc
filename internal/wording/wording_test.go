package wording_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/wording"
)

func example(t *testing.T, name string) *breach.Incident {
	t.Helper()
	src, err := incident.Example(name)
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := incident.Parse(name, src)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func jst(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A word that ends like a digit makes "りんご 4821" five digits to the ear.
var digitAtEnd = regexp.MustCompile(`(いち|に|さん|し|よん|ご|ろく|なな|しち|はち|きゅう|く|れい|ぜろ|まる)$`)

func TestCheckWordsAreFarApart(t *testing.T) {
	words := wording.CheckWords()
	hiragana, romaji := regexp.MustCompile(`^[ぁ-ん]{3,7}$`), regexp.MustCompile(`^[A-Z]{4,11}$`)
	for i, w := range words {
		ja, en := w.In(breach.Japanese), w.In(breach.English)
		if !hiragana.MatchString(ja) || !romaji.MatchString(en) || digitAtEnd.MatchString(ja) {
			t.Errorf("word %d (%s, %s) is not easy to say", i, ja, en)
		}
		if w.In(breach.EasyJapanese) != ja {
			t.Errorf("word %d has another easy form", i)
		}
		for _, v := range words[:i] {
			if d := distance(ja, v.In(breach.Japanese)); d < 2 {
				t.Errorf("%s and %s are too close", ja, v.In(breach.Japanese))
			}
			if d := distance(en, v.In(breach.English)); d < 2 {
				t.Errorf("%s and %s are too close", en, v.In(breach.English))
			}
		}
	}
}

// The order is printed in letters: these two pin it.
func TestCheckWordsKeepTheirOrder(t *testing.T) {
	var all []string
	for _, w := range wording.CheckWords() {
		all = append(all, w.In(breach.English))
	}
	want := "AHIRU ASAGAO BUDOU BURANKO CHOUCHIN DAIKON DONGURI ENPITSU FUKUROU FUROSHIKI FUURIN HASAMI " +
		"HIKOUKI HIMAWARI HITSUJI HOTARU JITENSHA JOURO KABOCHA KAMOSHIKA KASUTERA KATATSUMURI KAZAGURUMA KENDAMA " +
		"KESHIGOMU KIRIN KOARA KUTSUSHITA MANAITA MEDAKA MEGANE MIKAN MOMIJI NINJIN NIWATORI NOREN " +
		"ONIGIRI ORIGAMI PERIKAN RAPPA SAKURA SENBEI SHAMOJI SHIITAKE SOROBAN SUIKA SUMIRE SUZURAN TAKENOKO " +
		"TANPOPO TEBUKURO TOKEI TONBO TOUFU TSUBAME TSUKUE TSURIZAO USAGI YAKIIMO YAMABIKO YOMOGI YUKIDARUMA " +
		"YUNOMI ZABUTON"
	if diff := cmp.Diff(strings.Fields(want), all); diff != "" {
		t.Errorf("the order of the check words changed (-want +got):\n%s", diff)
	}
}

func TestCheckNumber(t *testing.T) {
	for _, c := range []struct {
		number breach.CheckNumber
		locale breach.Locale
		want   string
	}{
		{breach.CheckNumber{Word: 40, Digits: "4821"}, breach.Japanese, "さくら 4821"},
		{breach.CheckNumber{Word: 40, Digits: "4821"}, breach.English, "SAKURA 4821"},
		{breach.CheckNumber{Word: 40, Digits: "0000"}, breach.EasyJapanese, "さくら 0000"},
		{breach.CheckNumber{Word: 64, Digits: "4821"}, breach.Japanese, ""},
		{breach.CheckNumber{Word: -1, Digits: "4821"}, breach.Japanese, ""},
	} {
		if got := wording.CheckNumber(c.number, c.locale); got != c.want {
			t.Errorf("CheckNumber(%v, %s) = %q, want %q", c.number, c.locale, got, c.want)
		}
	}
}

func TestGroupCode(t *testing.T) {
	for digits, want := range map[string]string{
		"12345678": "1234-5678", "123456789": "123-456-789", "1234567890": "12345-67890",
		"123456789012": "1234-5678-9012", "12345678901234567890": "1234-5678-9012-3456-7890",
		"": "", "1": "1", "1234567": "1234567",
	} {
		if got := wording.GroupCode(digits); got != want {
			t.Errorf("GroupCode(%q) = %q, want %q", digits, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, ja, en, day string }{
		{"2023-07-25T14:35:59+09:00", "午後2時35分（14:35）", "14:35 (JST)", "7月25日 午後2時35分（14:35）"},
		{"2023-07-25T00:05:00+09:00", "午前0時5分（00:05）", "00:05 (JST)", "7月25日 午前0時5分（00:05）"},
		{"2023-07-25T12:00:00+09:00", "午後0時（12:00）", "12:00 (JST)", "7月25日 午後0時（12:00）"},
		{"2023-12-31T15:01:00Z", "午前0時1分（00:01）", "00:01 (JST)", "1月1日 午前0時1分（00:01）"},
	} {
		at := jst(t, c.at).In(tokyo)
		if got := wording.Clock(at, breach.Japanese); got != c.ja {
			t.Errorf("Clock(%s, ja) = %q, want %q", c.at, got, c.ja)
		}
		if got := wording.Clock(at, breach.EasyJapanese); got != c.ja {
			t.Errorf("Clock(%s, ja-easy) = %q, want %q", c.at, got, c.ja)
		}
		if got := wording.Clock(at, breach.English); got != c.en {
			t.Errorf("Clock(%s, en) = %q, want %q", c.at, got, c.en)
		}
		if got := wording.DayClock(at, breach.Japanese); got != c.day {
			t.Errorf("DayClock(%s, ja) = %q, want %q", c.at, got, c.day)
		}
	}
	if got := wording.DayClock(jst(t, "2023-07-26T14:05:00+09:00").In(tokyo), breach.English); got != "14:05 (JST) on 26 July" {
		t.Errorf("DayClock in English = %q", got)
	}
}

func TestChanged(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	asOf := jst(t, "2023-12-31T15:05:59Z").In(tokyo)
	for l, want := range map[breach.Locale]string{
		breach.Japanese: "前回の確認結果から変わりました。2024年1月1日 午前0時5分（00:05）時点の調査では、このメールアドレスは一覧にありません。",
		breach.English:  "This differs from your last result: as of 1 January 2024, 00:05 (JST) this address is not on the list.",
		// Easy Japanese says no more than the person must know: no date, no investigation.
		breach.EasyJapanese: "前の こたえと ちがいます。いまは、この メールでは 見つかりません。",
	} {
		got := wording.Changed(asOf, l)
		if got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
		if forbidden.MatchString(got) {
			t.Errorf("%s says %q", l, forbidden.FindString(got))
		}
	}
	easy := wording.Changed(asOf, breach.EasyJapanese)
	for _, r := range wording.Readings() {
		easy = strings.ReplaceAll(easy, r.Word, "")
	}
	if i := strings.IndexFunc(easy, func(r rune) bool { return unicode.Is(unicode.Han, r) }); i >= 0 {
		t.Errorf("a kanji without a reading: %s", easy[i:])
	}
}

func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(y)]
}

func TestReadingsAreInHiragana(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range wording.Readings() {
		if seen[r.Word] || !regexp.MustCompile(`^[ぁ-ん]+$`).MatchString(r.Kana) || !utf8.ValidString(r.Word) {
			t.Errorf("reading %q (%s) is twice there or not in hiragana", r.Word, r.Kana)
		}
		seen[r.Word] = true
	}
}
