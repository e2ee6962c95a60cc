package wording

import "exposure/internal/breach"

// CheckWords are the 64 words of check numbers, by [breach.CheckNumber].Word. They are
// easy to say and hear, hard to mistake for one another on the telephone, do not end
// in a digit's name, and mean nothing in a breach. Easy Japanese falls back to
// Japanese. The order must never change.
func CheckWords() [64]breach.Text {
	var words [64]breach.Text
	for i, w := range checkWords() {
		words[i] = breach.Text{breach.Japanese: w.ja, breach.English: w.en}
	}
	return words
}

// CheckNumber is how a check number is shown: さくら 4821, SAKURA 4821. A word out of
// range, which only a damaged value has, is shown as nothing.
func CheckNumber(c breach.CheckNumber, l breach.Locale) string {
	words := checkWords()
	if c.Word < 0 || c.Word >= len(words) {
		return ""
	}
	if l == breach.English {
		return words[c.Word].en + " " + c.Digits
	}
	return words[c.Word].ja + " " + c.Digits
}

type checkWord struct{ ja, en string }

func checkWords() [64]checkWord {
	return [64]checkWord{
		{"あひる", "AHIRU"},
		{"あさがお", "ASAGAO"},
		{"ぶどう", "BUDOU"},
		{"ぶらんこ", "BURANKO"},
		{"ちょうちん", "CHOUCHIN"},
		{"だいこん", "DAIKON"},
		{"どんぐり", "DONGURI"},
		{"えんぴつ", "ENPITSU"},
		{"ふくろう", "FUKUROU"},
		{"ふろしき", "FUROSHIKI"},
		{"ふうりん", "FUURIN"},
		{"はさみ", "HASAMI"},
		{"ひこうき", "HIKOUKI"},
		{"ひまわり", "HIMAWARI"},
		{"ひつじ", "HITSUJI"},
		{"ほたる", "HOTARU"},
		{"じてんしゃ", "JITENSHA"},
		{"じょうろ", "JOURO"},
		{"かぼちゃ", "KABOCHA"},
		{"かもしか", "KAMOSHIKA"},
		{"かすてら", "KASUTERA"},
		{"かたつむり", "KATATSUMURI"},
		{"かざぐるま", "KAZAGURUMA"},
		{"けんだま", "KENDAMA"},
		{"けしごむ", "KESHIGOMU"},
		{"きりん", "KIRIN"},
		{"こあら", "KOARA"},
		{"くつした", "KUTSUSHITA"},
		{"まないた", "MANAITA"},
		{"めだか", "MEDAKA"},
		{"めがね", "MEGANE"},
		{"みかん", "MIKAN"},
		{"もみじ", "MOMIJI"},
		{"にんじん", "NINJIN"},
		{"にわとり", "NIWATORI"},
		{"のれん", "NOREN"},
		{"おにぎり", "ONIGIRI"},
		{"おりがみ", "ORIGAMI"},
		{"ぺりかん", "PERIKAN"},
		{"らっぱ", "RAPPA"},
		{"さくら", "SAKURA"},
		{"せんべい", "SENBEI"},
		{"しゃもじ", "SHAMOJI"},
		{"しいたけ", "SHIITAKE"},
		{"そろばん", "SOROBAN"},
		{"すいか", "SUIKA"},
		{"すみれ", "SUMIRE"},
		{"すずらん", "SUZURAN"},
		{"たけのこ", "TAKENOKO"},
		{"たんぽぽ", "TANPOPO"},
		{"てぶくろ", "TEBUKURO"},
		{"とけい", "TOKEI"},
		{"とんぼ", "TONBO"},
		{"とうふ", "TOUFU"},
		{"つばめ", "TSUBAME"},
		{"つくえ", "TSUKUE"},
		{"つりざお", "TSURIZAO"},
		{"うさぎ", "USAGI"},
		{"やきいも", "YAKIIMO"},
		{"やまびこ", "YAMABIKO"},
		{"よもぎ", "YOMOGI"},
		{"ゆきだるま", "YUKIDARUMA"},
		{"ゆのみ", "YUNOMI"},
		{"ざぶとん", "ZABUTON"},
	}
}
