package eccube2_test

import (
	"image/png"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	guideJA  = "guide/guide.ja.md"
	guideEN  = "guide/guide.en.md"
	rollback = "guide/rollback.ja.md"
)

func guideText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// kitTexts are the texts of everything the shop gets, by name, once as they are and once
// without the tags between words.
func kitTexts(t *testing.T) map[string]string {
	t.Helper()
	tags := regexp.MustCompile(`<[/a-z][^<>]*>|<\?php.*?\?>`)
	all := map[string]string{}
	for _, root := range []string{"plugin", "manual"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			all[root+"/"+name] = guideText(t, root+"/"+name)
			all[root+"/"+name+" as read"] = tags.ReplaceAllString(all[root+"/"+name], "")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// quoted are the texts between 「 and 」, the outermost ones.
func quoted(s string) []string {
	var out []string
	depth, begin := 0, 0
	for i, r := range s {
		switch r {
		case '「':
			if depth++; depth == 1 {
				begin = i + utf8.RuneLen(r)
			}
		case '」':
			if depth--; depth == 0 {
				out = append(out, s[begin:i])
			}
		}
	}
	return out
}

// says tells whether a text of the kit reads like a quotation, in which 〔…〕 stands for what
// differs from time to time.
func says(source, quotation string) bool {
	parts := strings.Split(quotation, "〔…〕")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(strings.TrimSpace(part))
	}
	return regexp.MustCompile(strings.Join(parts, `[^\n]{0,120}?`)).MatchString(source)
}

// TestTheGuidesQuoteTheKit: whoever reads a label, a button or a finding in a guide finds it
// on the screen.
func TestTheGuidesQuoteTheKit(t *testing.T) {
	sources := kitTexts(t)
	for _, name := range []string{guideJA, guideEN, rollback} {
		for _, q := range quoted(guideText(t, name)) {
			found := false
			for _, source := range sources {
				found = found || says(source, q)
			}
			if !found {
				t.Errorf("%s quotes 「%s」, which the kit never says", name, q)
			}
		}
	}
}

// goodNews are the texts of the self-test that ask for nothing.
var goodNews = []string{
	"安全な乱数とハッシュ関数が使えます。", "会員のセッションを終了できる形式です。", "新しいパスワードは", "文字です。", "文字から", "APIに接続できました。", "接続先の証明書を確認しました。",
	"キーは有効です。", "サーバーの時計は合っています。", "パスワードの無効化は止められていません。", "一覧は", "秒前のものです。", "報告は届いています。",
	"cron から実行されています。", "お客様のページで動いています。", "対象の会員", "変更の報告はすべて届いています。", "「実施」です。", "人、締め出し中", "人。「実施」にすると、", "人のパスワードが無効になります。", "ログイン画面に案内が出ています。",
	"「パスワードを忘れた方」のページは閉じています。",
}

// TestEveryFindingIsInTheGuide: a line of the self-test that asks for something stands in
// the table of what to do.
func TestEveryFindingIsInTheGuide(t *testing.T) {
	table := quoted(guideText(t, guideJA))
	literal := regexp.MustCompile(`'([^'\n]*\p{Hiragana}[^'\n]*)'`)
	found := literal.FindAllStringSubmatch(guideText(t, "plugin/ExposureReset/lib/ExposureReset_SelfTest.php"), -1)
	if len(found) < 20 {
		t.Fatalf("only %d texts found in the self-test", len(found))
	}
	for _, m := range found {
		begins := func(prefix string) bool { return strings.HasPrefix(m[1], prefix) }
		if slices.ContainsFunc(goodNews, begins) {
			continue
		}
		covered := slices.ContainsFunc(table, func(q string) bool {
			return slices.ContainsFunc(strings.Split(q, "〔…〕"), func(part string) bool {
				return utf8.RuneCountInString(part) > 3 && (begins(part) || strings.HasPrefix(part, m[1]))
			})
		})
		if !covered && utf8.RuneCountInString(m[1]) > 6 {
			t.Errorf("the self-test says 「%s」, and the guide does not say what to do then", m[1])
		}
	}
}

// shops are files that the guides name and the shop has, or makes.
var shops = []string{"index.php", "define.php", "html/require.php", "require.php", "before.sql", "mypage/login.tpl", "shopping/index.tpl",
	"html/forgot/index.php", "html/mobile/require.php", "cacert.pem", "data/logs/"}

// TestTheGuidesNameFilesOfTheKit, and both the same ones.
func TestTheGuidesNameFilesOfTheKit(t *testing.T) {
	name := regexp.MustCompile(`[A-Za-z0-9_./-]+\.(?:php|md|png|html|tar\.gz|pem|tpl|sql)\b`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]+`|\\]\\([^)]+\\)")
	named := map[string][]string{}
	for _, guide := range []string{guideJA, guideEN, rollback} {
		for _, piece := range code.FindAllString(guideText(t, guide), -1) {
			for _, file := range name.FindAllString(piece, -1) {
				base := path.Base(file)
				if slices.Contains(shops, file) || slices.Contains(shops, strings.TrimPrefix(file, "/")) || slices.Contains(shops, "html/"+base) {
					continue
				}
				if !inKit(base) {
					t.Errorf("%s names %s, which is not in the kit", guide, file)
				}
				if !slices.Contains(named[guide], base) {
					named[guide] = append(named[guide], base)
				}
			}
		}
		slices.Sort(named[guide])
	}
	if ja, en := slices.DeleteFunc(named[guideJA], isGuide), slices.DeleteFunc(named[guideEN], isGuide); !slices.Equal(ja, en) {
		t.Errorf("the guides name other files:\n ja %q\n en %q", ja, en)
	}
}

func isGuide(name string) bool { return strings.HasSuffix(name, ".md") }

func inKit(base string) bool {
	if base == "ExposureReset.tar.gz" {
		return true
	}
	for _, root := range []string{"plugin/ExposureReset", "plugin/ExposureReset/lib", "manual", "guide"} {
		if _, err := os.Stat(path.Join(root, base)); err == nil {
			return true
		}
	}
	return false
}

// TestTheGuidesGiveTheSameCommands in both languages.
func TestTheGuidesGiveTheSameCommands(t *testing.T) {
	command := regexp.MustCompile("`exposurectl ([a-z-]+(?: [a-z][a-z0-9-]+)*)")
	given := func(name string) []string {
		var all []string
		for _, m := range command.FindAllStringSubmatch(guideText(t, name), -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if ja, en := given(guideJA), given(guideEN); !slices.Equal(ja, en) || len(ja) < 8 {
		t.Errorf("other commands:\n ja %q\n en %q", ja, en)
	}
}

// TestThePicturesOfTheGuide can be read, are shown, and are small.
func TestThePicturesOfTheGuide(t *testing.T) {
	for _, name := range []string{"settings.png", "selftest.png", "closed.png", "newpassword.png"} {
		f, err := os.Open("guide/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		defer f.Close()
		picture, err := png.DecodeConfig(f)
		if err != nil || picture.Width < 300 || picture.Height < 300 {
			t.Errorf("%s: %v, %dx%d", name, err, picture.Width, picture.Height)
		}
		if info, err := f.Stat(); err != nil || info.Size() > 150<<10 {
			t.Errorf("%s has more than 150 KiB, %v", name, err)
		}
		if !strings.Contains(guideText(t, guideJA), "]("+name+")") {
			t.Errorf("the guide does not show %s", name)
		}
	}
}
