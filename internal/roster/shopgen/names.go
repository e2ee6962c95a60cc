package shopgen

// words are the lists a shop is told with, put together once for each shop.
type words struct {
	surnames, oddSurnames, givenNames []word
	towns                             []town
	buildings                         []string
	plainProducts, engravedProducts   []product
	plainWishes, oddWishes            []string
}

func newWords() words {
	return words{
		surnames: surnames(), oddSurnames: oddSurnames(), givenNames: givenNames(), towns: towns(), buildings: buildings(),
		plainProducts: plainProducts(), engravedProducts: engravedProducts(), plainWishes: plainWishes(), oddWishes: oddWishes(),
	}
}

// word is a name in kanji, in katakana and in Latin letters.
type word struct{ kanji, kana, latin string }

// surnames are common ones, put together at random with givenNames.
func surnames() []word {
	return []word{
		{"佐藤", "サトウ", "satou"}, {"鈴木", "スズキ", "suzuki"}, {"高橋", "タカハシ", "takahashi"}, {"田中", "タナカ", "tanaka"},
		{"伊藤", "イトウ", "itou"}, {"渡辺", "ワタナベ", "watanabe"}, {"山本", "ヤマモト", "yamamoto"}, {"中村", "ナカムラ", "nakamura"},
		{"小林", "コバヤシ", "kobayashi"}, {"加藤", "カトウ", "katou"}, {"吉田", "ヨシダ", "yoshida"}, {"山口", "ヤマグチ", "yamaguchi"},
	}
}

// oddSurnames hold what real files are broken by: a kanji whose second byte in CP932 is
// 0x5C, a variant character, or one that CP932 does not have.
func oddSurnames() []word {
	return []word{
		{"能登", "ノト", "noto"}, {"十河", "ソゴウ", "sogou"}, {"表", "オモテ", "omote"}, {"構", "カマエ", "kamae"},
		{"髙田", "タカダ", "takada"}, {"山﨑", "ヤマサキ", "yamasaki"}, {"濵口", "ハマグチ", "hamaguchi"}, {"𠮷野", "ヨシノ", "yoshino"},
		{"曽能", "ソノウ", "sonou"}, {"ソ", "ソ", "so"},
	}
}

// givenNames differ from one another in kanji and in kana.
func givenNames() []word {
	return []word{
		{"花子", "ハナコ", "hanako"}, {"太郎", "タロウ", "tarou"}, {"由美子", "ユミコ", "yumiko"}, {"一郎", "イチロウ", "ichirou"},
		{"恵子", "ケイコ", "keiko"}, {"健一", "ケンイチ", "kenichi"}, {"誠", "マコト", "makoto"}, {"直樹", "ナオキ", "naoki"},
		{"さくら", "サクラ", "sakura"}, {"翔太", "ショウタ", "shouta"}, {"結衣", "ユイ", "yui"}, {"十和子", "トワコ", "towako"},
	}
}

// town is an invented town in a real prefecture, with the number that shop systems and
// ISO 3166-2 give the prefecture.
type town struct {
	number                       int
	zip1, zip2, prefecture, name string
}

func towns() []town {
	return []town{
		{1, "003", "0810", "北海道", "朝凪市雪見町"}, {3, "024", "0320", "岩手県", "南部原市緑が丘"}, {11, "339", "0230", "埼玉県", "雛見市十日町"},
		{12, "268", "0140", "千葉県", "花里市松葉"}, {13, "131", "0660", "東京都", "桜浜区能見台"}, {14, "241", "0880", "神奈川県", "見本市花園"},
		{23, "462", "0450", "愛知県", "松風市若松町"}, {27, "565", "0690", "大阪府", "若鮎市栄町"}, {33, "701", "0930", "岡山県", "白桃市申川"},
		{40, "811", "0270", "福岡県", "白鷺市梅ヶ枝"}, {47, "901", "0390", "沖縄県", "珊瑚市表町"},
	}
}

func buildings() []string {
	return []string{"コーポ若葉", "メゾン桜", "ハイツみどり", "グランソ能", "レジデンス十番", "コーポ表", "ソレイユ"}
}

// product is something the shop sells. Engraved ones carry a child's name and birth
// date.
type product struct {
	id         int
	code, name string
	price      int
	engraved   bool
}

func plainProducts() []product {
	return []product{
		{1, "HN-101", "親王飾り 桜雅", 128000, false}, {4, "GN-110", "五月人形 兜飾り", 92000, false},
		{7, "CS-01", "アクリルケース(小)", 9800, false}, {10, "OP-01", "毛氈 \"赤\"", 2800, false},
		{12, "ST-01", "名前旗用スタンド(飾り台のみ)", 3300, false}, // looks engraved, and is not
	}
}

func engravedProducts() []product {
	return []product{
		{16, "NF-01", "名前旗 雛人形用(金刺繍)", 9900, true}, {19, "NK-01", "名前木札(小)", 6600, true},
		{21, "", "名前旗 特注サイズ", 16500, true},
	}
}

// plainWishes and oddWishes are what customers write to the shop. A quote after a byte
// 0x5C occurs among the odd ones, but never before a comma or a line end: such a record
// can be read back in one way only.
func plainWishes() []string {
	return []string{"", "", "", "", "ラッピング希望です", "配達は土曜日に"}
}

func oddWishes() []string {
	return []string{
		"ご購入履歴どおりの構", "領収書をお願いします, 宛名は\"上様\"", "予約表\"A\"のとおり\r\nよろしくお願いします",
		"のし表\"内祝\"で", "C:\\納品書 を同封してください", "楽しみです😀", "門の前に\n置いてください  ", "裏面は能\"さくら様\"、表は2020年3月3日",
	}
}
