package demo

// word is a name in kanji, in katakana and in Latin letters.
type word struct{ kanji, kana, latin string }

// surnames and givenNames are common ones, put together at random. Several hold a
// kanji whose second byte in CP932 is 0x5C, and some a variant (髙, 﨑, 濵): the
// traps of real files.
func surnames() []word {
	return []word{
		{"佐藤", "サトウ", "satou"}, {"鈴木", "スズキ", "suzuki"}, {"高橋", "タカハシ", "takahashi"}, {"髙橋", "タカハシ", "takahashi"},
		{"田中", "タナカ", "tanaka"}, {"伊藤", "イトウ", "itou"}, {"渡辺", "ワタナベ", "watanabe"}, {"山本", "ヤマモト", "yamamoto"},
		{"中村", "ナカムラ", "nakamura"}, {"小林", "コバヤシ", "kobayashi"}, {"加藤", "カトウ", "katou"}, {"吉田", "ヨシダ", "yoshida"},
		{"山田", "ヤマダ", "yamada"}, {"佐々木", "ササキ", "sasaki"}, {"山口", "ヤマグチ", "yamaguchi"}, {"松本", "マツモト", "matsumoto"},
		{"井上", "イノウエ", "inoue"}, {"木村", "キムラ", "kimura"}, {"林", "ハヤシ", "hayashi"}, {"斎藤", "サイトウ", "saitou"},
		{"清水", "シミズ", "shimizu"}, {"山﨑", "ヤマサキ", "yamasaki"}, {"森", "モリ", "mori"}, {"池田", "イケダ", "ikeda"},
		{"橋本", "ハシモト", "hashimoto"}, {"阿部", "アベ", "abe"}, {"石川", "イシカワ", "ishikawa"}, {"山下", "ヤマシタ", "yamashita"},
		{"中島", "ナカジマ", "nakajima"}, {"前田", "マエダ", "maeda"}, {"藤田", "フジタ", "fujita"}, {"小川", "オガワ", "ogawa"},
		{"岡田", "オカダ", "okada"}, {"後藤", "ゴトウ", "gotou"}, {"長谷川", "ハセガワ", "hasegawa"}, {"村上", "ムラカミ", "murakami"},
		{"近藤", "コンドウ", "kondou"}, {"石井", "イシイ", "ishii"}, {"坂本", "サカモト", "sakamoto"}, {"遠藤", "エンドウ", "endou"},
		{"能登", "ノト", "noto"}, {"十河", "ソゴウ", "sogou"}, {"五十嵐", "イガラシ", "igarashi"}, {"表", "オモテ", "omote"},
		{"構", "カマエ", "kamae"}, {"濵田", "ハマダ", "hamada"}, {"圭室", "タマムロ", "tamamuro"}, {"予語", "ヨゴ", "yogo"},
	}
}

func givenNames() []word {
	return []word{
		{"花子", "ハナコ", "hanako"}, {"太郎", "タロウ", "tarou"}, {"由美子", "ユミコ", "yumiko"}, {"一郎", "イチロウ", "ichirou"},
		{"恵子", "ケイコ", "keiko"}, {"健一", "ケンイチ", "kenichi"}, {"幸子", "サチコ", "sachiko"}, {"誠", "マコト", "makoto"},
		{"久美子", "クミコ", "kumiko"}, {"浩", "ヒロシ", "hiroshi"}, {"明美", "アケミ", "akemi"}, {"直樹", "ナオキ", "naoki"},
		{"陽子", "ヨウコ", "youko"}, {"学", "マナブ", "manabu"}, {"里美", "サトミ", "satomi"}, {"修", "オサム", "osamu"},
		{"智子", "トモコ", "tomoko"}, {"貴之", "タカユキ", "takayuki"}, {"真由美", "マユミ", "mayumi"}, {"雄介", "ユウスケ", "yuusuke"},
		{"彩", "アヤ", "aya"}, {"翔太", "ショウタ", "shouta"}, {"菜摘", "ナツミ", "natsumi"}, {"悠斗", "ユウト", "yuuto"},
		{"さくら", "サクラ", "sakura"}, {"樹", "イツキ", "itsuki"}, {"結衣", "ユイ", "yui"}, {"拓也", "タクヤ", "takuya"},
		{"美咲", "ミサキ", "misaki"}, {"清", "キヨシ", "kiyoshi"}, {"紗希", "サキ", "saki"}, {"慎吾", "シンゴ", "shingo"},
		{"十和子", "トワコ", "towako"}, {"圭", "ケイ", "kei"}, {"彌生", "ヤヨイ", "yayoi"}, {"申吾", "シンゴ", "shingo"},
	}
}

// childNames stand on name flags.
func childNames() []string {
	return []string{"さくら", "ひなた", "湊", "蓮", "凛", "紬", "陽葵", "悠真", "芽依", "律", "杏", "十和", "圭", "能之介", "表太", "結菜"}
}

// town is an invented town in a real prefecture.
type town struct{ zip1, zip2, prefecture, name string }

func towns() []town {
	return []town{
		{"003", "0810", "北海道", "朝凪市雪見町"}, {"024", "0320", "岩手県", "南部原市緑が丘"}, {"987", "0440", "宮城県", "七夕市桜木"},
		{"339", "0110", "埼玉県", "雛見市本町"}, {"339", "0230", "埼玉県", "雛見市十日町"}, {"268", "0140", "千葉県", "花里市松葉"},
		{"131", "0550", "東京都", "桜浜区弥生"}, {"131", "0660", "東京都", "桜浜区能見台"}, {"181", "0770", "東京都", "雛野市旭町"},
		{"241", "0880", "神奈川県", "見本市花園"}, {"951", "0190", "新潟県", "雪椿市曙"}, {"388", "0210", "長野県", "木霊市竹園"},
		{"421", "0330", "静岡県", "茶摘市御幸町"}, {"462", "0450", "愛知県", "松風市若松町"}, {"612", "0570", "京都府", "紅葉谷市錦"},
		{"565", "0690", "大阪府", "若鮎市栄町"}, {"655", "0810", "兵庫県", "月見市日の出"}, {"701", "0930", "岡山県", "白桃市申川"},
		{"732", "0150", "広島県", "瀬戸見市千歳"}, {"811", "0270", "福岡県", "白鷺市梅ヶ枝"}, {"901", "0390", "沖縄県", "珊瑚市表町"},
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
	kind, form string // classification
	price      int
	engraved   bool
}

func products() []product {
	return []product{
		{1, "HN-101", "親王飾り 桜雅", "", "", 128000, false},
		{2, "HN-205", "三段飾り 雅", "", "", 198000, false},
		{3, "HN-310", "木目込み雛人形 小春", "", "", 86000, false},
		{4, "GN-110", "五月人形 兜飾り", "", "", 92000, false},
		{5, "GN-120", "五月人形 鎧飾り 大将", "", "", 176000, false},
		{6, "GN-330", "鯉のぼり 室内用", "色", "五色", 38000, false},
		{7, "CS-01", "アクリルケース(小)", "", "", 9800, false},
		{8, "HG-01", "羽子板 藤娘", "", "", 21000, false},
		{9, "HM-01", "破魔弓 白鷹", "", "", 19800, false},
		{10, "OP-01", "毛氈 \"赤\"", "", "", 2800, false},
		{11, "OP-02", "オルゴール", "曲", "うれしいひなまつり", 4200, false},
		{12, "ST-01", "名前旗用スタンド(飾り台のみ)", "", "", 3300, false},
		{16, "NF-01", "名前旗 雛人形用(金刺繍)", "刺繍", "赤", 9900, true},
		{17, "NF-02", "名前旗 五月人形用", "刺繍", "紺", 9900, true},
		{19, "NK-01", "名前木札(小)", "", "", 6600, true},
		{21, "", "名前旗 特注サイズ", "", "", 16500, true},
		{22, "", "名前木札（職人手書き）", "", "", 13200, true},
	}
}
