package wording

import (
	"maps"

	"exposure/internal/breach"
)

// PageWords are the words of the look-up pages by id, each in every locale. Places such
// as {until} are filled in by the pages; {shop}, {phone} and the like are the incident's.
// Easy texts hold only kanji of [Readings], so that every one of them carries its reading.
func PageWords() map[string]breach.Text {
	words := map[string]breach.Text{}
	for _, of := range []map[string]breach.Text{frameWords(), landingWords(), addressWords(), heldWords(), codeWords(), codeStateWords(), resultWords(), resetWords(), troubleWords()} {
		maps.Copy(words, of)
	}
	return words
}

func say(ja, en, easy string) breach.Text {
	return breach.Text{breach.Japanese: ja, breach.English: en, breach.EasyJapanese: easy}
}
