package wording

import (
	"slices"
	"strings"
)

// Sign is one character of an address, or several alike, and how it is read aloud.
type Sign struct {
	Text string
	Ja   string
}

// SpellingAid is how an agent reads an address back, character by character: アメリカのA,
// ハイフン, ドットが2つ続く. The domains that many have are read whole.
func SpellingAid(address string) []Sign {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return signs(address)
	}
	domain := address[at+1:]
	if slices.Contains(wholeDomains(), domain) {
		return append(signs(address[:at]), Sign{"@" + domain, "アットマークのあとは、" + domain})
	}
	return append(append(signs(address[:at]), Sign{"@", "アットマーク"}), signs(domain)...)
}

// wholeDomains are those that everybody knows how to write.
func wholeDomains() []string {
	return []string{
		"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "gmail.com", "yahoo.co.jp", "ymail.ne.jp",
		"icloud.com", "me.com", "hotmail.com", "hotmail.co.jp", "outlook.com", "outlook.jp", "live.jp", "nifty.com", "ocn.ne.jp", "biglobe.ne.jp",
	}
}

func signs(s string) []Sign {
	var all []Sign
	said := readAloud()
	for i := 0; i < len(s); {
		n := 1
		for i+n < len(s) && s[i+n] == s[i] && !isLetterOrDigit(s[i]) {
			n++
		}
		ja := said[s[i]]
		if n > 1 {
			ja += "が" + string(rune('0'+min(n, 9))) + "つ続く"
		}
		all = append(all, Sign{s[i : i+n], ja})
		i += n
	}
	return all
}

func isLetterOrDigit(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}

// readAloud says every character that an address may hold. Words are foreign places and
// things whose Latin spelling begins with that letter; なな, よん and きゅう are not mistaken
// for other numbers.
func readAloud() map[byte]string {
	said := map[byte]string{
		'0': "数字のゼロ", '1': "数字のいち", '2': "数字のに", '3': "数字のさん", '4': "数字のよん", '5': "数字のご", '6': "数字のろく", '7': "数字のなな",
		'8': "数字のはち", '9': "数字のきゅう", '-': "ハイフン", '_': "アンダーバー", '.': "ドット", '@': "アットマーク", '+': "プラス",
		'!': "びっくりマーク", '#': "シャープ", '$': "ドルマーク", '%': "パーセント", '&': "アンドマーク", '\'': "アポストロフィ", '*': "アスタリスク", '/': "スラッシュ",
		'=': "イコール", '?': "はてなマーク", '^': "山の形の記号", '`': "逆向きのアポストロフィ", '{': "左の波かっこ", '|': "縦の棒", '}': "右の波かっこ", '~': "波の形の記号", '"': "二重引用符", ' ': "空白",
		'(': "左かっこ", ')': "右かっこ", '<': "小なり", '>': "大なり", '[': "左の角かっこ", ']': "右の角かっこ", '\\': "円マーク", ',': "コンマ", ';': "セミコロン", ':': "コロン",
	}
	words := []string{
		"アメリカ", "ブラジル", "カナダ", "デンマーク", "エジプト", "フランス", "ゴルフ", "ホテル", "イタリア", "ジャパン", "キング", "ロンドン", "メキシコ",
		"ネパール", "オレンジ", "パリ", "クイーン", "ローマ", "スペイン", "タクシー", "ユニフォーム", "ビクトリー", "ワシントン", "エックス線", "ヨーグルト", "ゼブラ",
	}
	for i, word := range words {
		upper := string(rune('A' + i))
		said['A'+byte(i)] = "大文字の、" + word + "の" + upper
		said['a'+byte(i)] = word + "の" + upper
	}
	return said
}
