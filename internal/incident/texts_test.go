package incident_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/breach"
	"exposure/internal/wording"
)

var update = flag.Bool("update", false, "write the signed-off words anew")

// texts collects every text of an incident under the path at which it stands.
func texts(in *breach.Incident) map[string]breach.Text {
	all := map[string]breach.Text{}
	collect(all, "", reflect.ValueOf(*in))
	return all
}

func collect(all map[string]breach.Text, path string, v reflect.Value) {
	if t, ok := v.Interface().(breach.Text); ok {
		if t != nil {
			all[path] = t
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[breach.Incident]().PkgPath() {
			return
		}
		for i := range v.NumField() {
			collect(all, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			collect(all, fmt.Sprintf("%s[%s]", path, name(v.Index(i), i)), v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if k.Kind() == reflect.String {
				collect(all, fmt.Sprintf("%s[%s]", path, k), v.MapIndex(k))
			}
		}
	}
}

func name(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		for _, field := range []string{"ID", "Reason", "Category"} {
			if f := v.FieldByName(field); f.IsValid() && f.Kind() == reflect.String {
				return f.String()
			}
		}
	}
	return fmt.Sprint(i)
}

// The words were signed off by people. A change here is a change of what people are
// told: look at the difference, then run the test with -update.
func TestSignedOffWords(t *testing.T) {
	for _, example := range []string{"tougyoku-2023", "harbour-2024"} {
		in, _ := load(t, example)
		all := texts(in)
		var lines []string
		for path, text := range all {
			for _, l := range in.Locales {
				if s, ok := text[l]; ok {
					lines = append(lines, fmt.Sprintf("%s %s: %s", path, l, s))
				}
			}
		}
		sort.Strings(lines)
		got := strings.Join(lines, "\n") + "\n"
		golden := filepath.Join("testdata", example+".words")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s says something else (-signed off +now):\n%s", example, diff)
		}
	}
}

// mayLackEasy are the texts that fall back to Japanese.
var mayLackEasy = regexp.MustCompile(`^\.(FAQ|Timeline|Site|Contact)`)

// mayBeEmpty are bodies that some languages say in the title.
var mayBeEmpty = regexp.MustCompile(`\.Body$`)

func TestTougyokuTextsInEveryLocale(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	all := texts(in)
	if len(all) != 102 {
		t.Fatalf("%d texts were found, want 102", len(all))
	}
	for path, text := range all {
		for _, l := range breach.Locales() {
			s, ok := text[l]
			if !ok && !(l == breach.EasyJapanese && mayLackEasy.MatchString(path)) {
				t.Errorf("%s lacks %s", path, l)
			}
			if ok && s == "" && !mayBeEmpty.MatchString(path) {
				t.Errorf("%s is empty in %s", path, l)
			}
		}
		if text[breach.Japanese] == "" || text[breach.English] == "" && path != ".Actions[call_us].Body" {
			t.Errorf("%s is empty", path)
		}
	}
}

// Words that promise what nobody knows, that say a code itself is wrong, or that the
// notice's authors must not use; 〔〕 and [] are left-overs of a draft.
var never = regexp.MustCompile(`安全です|ご安心|問題ありません|対象外|大丈夫|違います|漏洩|無料|ハッシュ|解読|念のため|受贈者|[〔〕\[\]]`)

// notOnNoRecord must not even occur in what people read who are on no list.
var notOnNoRecord = regexp.MustCompile(`安全|安心|(?i)\bsafe\b|not affected`)

func TestForbiddenWords(t *testing.T) {
	for _, example := range []string{"tougyoku-2023", "harbour-2024"} {
		in, _ := load(t, example)
		for path, text := range texts(in) {
			for l, s := range text {
				if found := never.FindString(s); found != "" {
					t.Errorf("%s: %s (%s) says %q", example, path, l, found)
				}
				if regexp.MustCompile(`^\.(CannotTell|Exclusions|Doubts|Actions\[(call_us|beware))`).MatchString(path) {
					if found := notOnNoRecord.FindString(s); found != "" {
						t.Errorf("%s: %s (%s) says %q to people on no list", example, path, l, found)
					}
				}
			}
		}
	}
}

var numbers = regexp.MustCompile(`[0-9]+[年月日回]|[0-9]+`)

// Easy Japanese uses only kanji whose reading is known, so that ruby can be set.
func TestEasyJapaneseIsReadable(t *testing.T) {
	readings := wording.Readings()
	slices.SortFunc(readings, func(a, b wording.Reading) int { return len(b.Word) - len(a.Word) })
	in, _ := load(t, "tougyoku-2023")
	for path, text := range texts(in) {
		s := numbers.ReplaceAllString(text[breach.EasyJapanese], "")
		for _, r := range readings {
			s = strings.ReplaceAll(s, r.Word, "")
		}
		if i := strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }); i >= 0 {
			t.Errorf("%s uses a kanji without a reading: %q", path, s[i:])
		}
	}
}
