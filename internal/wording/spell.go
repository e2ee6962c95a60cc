package wording

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Speller splits easy texts into words with and without a reading. Build one and keep it;
// it is safe for concurrent use.
type Speller struct{ readings []Reading } // longest first

// NewSpeller makes a speller of [Readings].
func NewSpeller() *Speller {
	list := Readings()
	slices.SortStableFunc(list, func(a, b Reading) int { return len(b.Word) - len(a.Word) })
	return &Speller{list}
}

// Spell splits a text. What carries no reading has an empty Kana; the words together are
// the text. Where a word is followed by kana that belong to it (入って), the reading is
// that of the whole. A counted day (3日) is a date and carries none.
func (s *Speller) Spell(text string) []Reading {
	var out []Reading
	plain := 0
	for at := 0; at < len(text); {
		r, ok := s.at(text, at)
		if !ok {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
			continue
		}
		if plain < at {
			out = append(out, Reading{Word: text[plain:at]})
		}
		out = append(out, r)
		at += len(r.Word)
		plain = at
	}
	if plain < len(text) {
		out = append(out, Reading{Word: text[plain:]})
	}
	return out
}

func (s *Speller) at(text string, at int) (Reading, bool) {
	for _, r := range s.readings {
		if len(text)-at >= len(r.Word) && text[at:at+len(r.Word)] == r.Word {
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			return r, r.Word != "日" || !unicode.IsDigit(before)
		}
	}
	return Reading{}, false
}
