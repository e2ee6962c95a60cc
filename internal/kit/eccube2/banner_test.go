package eccube2_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2"
)

// TestTheBannerStandsAlone: it goes into the shop's own page, so nothing of it may load or run.
func TestTheBannerStandsAlone(t *testing.T) {
	banner := read(t, "guide/banner.html")
	for _, m := range regexp.MustCompile(`(?i)\b(?:src|srcset|href|action|data|poster)\s*=\s*"([^"]*)"`).FindAllStringSubmatch(banner, -1) {
		if m[1] != "〔確認ページのアドレス〕" && m[1] != "tel:〔電話番号〕" {
			t.Errorf("the banner leads to %q", m[1])
		}
	}
	for _, bad := range []string{"<script", "<style", "<img", "<iframe", "url(", "@import", "javascript:", "安全です", "ご安心", "問題ありません", "対象外"} {
		if strings.Contains(strings.ToLower(banner), bad) {
			t.Errorf("the banner holds %q", bad)
		}
	}
	if regexp.MustCompile(`(?i)\son[a-z]+\s*=`).MatchString(banner) {
		t.Error("the banner holds an event handler")
	}
	for _, want := range []string{"〔店名〕", "〔お知らせの日付〕", "〔電話番号〕", "お客様情報の確認", `lang="en"`} {
		if !strings.Contains(banner, want) {
			t.Errorf("the banner holds no %s", want)
		}
	}
}

// TestTheBannerIsFilled: what the incident file says is in it, and can be no markup.
func TestTheBannerIsFilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kit")
	if err := eccube2.Write(dir, eccube2.Settings{Lookup: "https://check.example.jp/", Shop: `<b>"ことぶき"&`, Notice: "2023年7月25日"}); err != nil {
		t.Fatal(err)
	}
	banner := read(t, filepath.Join(dir, "banner.html"))
	for _, want := range []string{`href="https://check.example.jp/"`, "&lt;b&gt;&#34;ことぶき&#34;&amp;", "2023年7月25日", "tel:〔電話番号〕"} {
		if !strings.Contains(banner, want) {
			t.Errorf("the banner holds no %s", want)
		}
	}
	for _, bad := range []string{"<b>", "〔店名〕", "〔確認ページのアドレス〕", "〔お知らせの日付〕"} {
		if strings.Contains(banner, bad) {
			t.Errorf("the banner holds %s", bad)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
