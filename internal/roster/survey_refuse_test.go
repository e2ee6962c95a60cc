package roster_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"exposure/internal/roster"
	"exposure/internal/roster/profile"
)

func TestWhatASurveyRefuses(t *testing.T) {
	f := tinyShop().write(t).Files
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		o    roster.SurveyOptions
		want error
	}{
		"no file":             {roster.SurveyOptions{}, nil},
		"a missing file":      {roster.SurveyOptions{Files: []string{filepath.Join(dir, "none.csv")}}, roster.ErrUnreadable},
		"a file of its own":   {roster.SurveyOptions{Files: []string{put("x.csv", "a,b,c\n1,2,3\n")}}, roster.ErrHeader},
		"the same file twice": {roster.SurveyOptions{Files: []string{f.Orders, f.Orders}}, roster.ErrUnreadable},
		"the wrong flag":      {roster.SurveyOptions{Profile: "eccube2", Named: roster.Files{Members: f.Orders}}, profile.ErrHeader},
		"passwords": {roster.SurveyOptions{Files: []string{put("m.csv", "会員ID,E-MAIL,性別,誕生日,会員状態,削除フラグ,登録日,パスワード\n1,a@example.jp,,,2,0,2020-01-01 00:00:00,x\n")}},
			roster.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := roster.Survey(t.Context(), c.o)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestASurveyOfTheShop(t *testing.T) {
	needShop(t)
	o := options(t)
	r, err := roster.Survey(t.Context(), roster.SurveyOptions{Profile: "eccube2", Named: o.Files})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(words(t, r, "payment_methods").Undecided()); n != 7 {
		t.Errorf("%d payment methods, want 7", n)
	}
	// All that the incident of this shop calls engraved is suggested, and the stand it excepts.
	found := map[string]bool{}
	for _, p := range r.Products.Candidates {
		found[p.Code], found[p.Name] = true, true
	}
	for _, list := range [][]string{o.Vocabulary.Engraved.Codes, o.Vocabulary.Engraved.Except, {"名前旗 特注サイズ", "名前木札(職人手書き)", "お名前木札・表札型"}} {
		for _, v := range list {
			if !found[v] {
				t.Errorf("%s is not suggested", v)
			}
		}
	}
	if len(r.Products.Candidates) != 9 {
		t.Errorf("%d candidates, want 9", len(r.Products.Candidates))
	}
	r, err = roster.Survey(t.Context(), roster.SurveyOptions{Files: []string{shopData + "member.csv", shopData + "order.csv"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Files[1].Missing; !slices.Equal(got, []string{"削除フラグ"}) {
		t.Errorf("the standard order export lacks %v", got)
	}
}
