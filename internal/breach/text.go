package breach

// Locale is one of the languages people are addressed in.
type Locale string

// The locales of this product. Easy Japanese (やさしい日本語) falls back to
// Japanese where a text has no easy form.
const (
	Japanese     Locale = "ja"
	English      Locale = "en"
	EasyJapanese Locale = "ja-easy"
)

// Locales lists every locale in the order they are offered.
func Locales() []Locale { return []Locale{Japanese, English, EasyJapanese} }

// Text is one sentence or label in the languages it exists in.
type Text map[Locale]string

// In returns the text in the wanted locale, or in the nearest one it exists in:
// easy Japanese falls back to Japanese, then English, then Japanese.
func (t Text) In(l Locale) string {
	for _, try := range [...]Locale{l, nearest(l), English, Japanese, EasyJapanese} {
		if s, ok := t[try]; ok {
			return s
		}
	}
	return ""
}

func nearest(l Locale) Locale {
	if l == EasyJapanese {
		return Japanese
	}
	return l
}
