package sqlstore

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"

	"exposure/internal/breach"
)

// The stored form of an answer: JSON with short names, because there are as many as
// addresses. Its bytes are authenticated; the names must not change without a
// migration.
type (
	storedAnswer struct {
		Persons []storedPerson `json:"p,omitempty"`
	}
	storedPerson struct {
		Ref         int64             `json:"r,omitzero"` // not in the row of a person
		Edge        breach.Edge       `json:"e,omitempty"`
		Kind        breach.PersonKind `json:"k"`
		Withdrawn   bool              `json:"w,omitzero"`
		FirstNotice bool              `json:"f,omitzero"`
		Exposures   []storedExposure  `json:"x,omitempty"`
		Review      []storedOpen      `json:"o,omitempty"`
	}
	storedExposure struct {
		Cohort     breach.CohortID `json:"c"`
		Categories []string        `json:"d,omitempty"` // ending in ifEntered when not certain
		Cards      int             `json:"n,omitzero"`
	}
	storedOpen struct {
		Reason  breach.ReviewReason `json:"r"`
		Cohorts []breach.CohortID   `json:"c,omitempty"`
	}
)

// ifEntered marks a category that was only held if the person entered it. No id of a
// category may end so.
const ifEntered = "?"

func encodeAnswer(a breach.Answer) ([]byte, error) {
	var s storedAnswer
	for _, p := range a.Persons {
		stored, err := storePerson(p)
		if err != nil {
			return nil, err
		}
		s.Persons = append(s.Persons, stored)
	}
	return encodeJSON(s)
}

func encodePerson(p breach.Person) ([]byte, error) {
	p.Ref = 0 // it is a column, and another one in every version
	stored, err := storePerson(p)
	if err != nil {
		return nil, err
	}
	return encodeJSON(stored)
}

// encodeJSON drops the encoder's own error, which may quote what it could not encode.
func encodeJSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, errors.New("an answer cannot be encoded")
	}
	return b, nil
}

func storePerson(p breach.Person) (storedPerson, error) {
	s := storedPerson{Ref: p.Ref, Edge: p.Edge, Kind: p.Kind, Withdrawn: p.Withdrawn, FirstNotice: p.FirstNotice}
	for _, e := range p.Exposures {
		x := storedExposure{Cohort: e.Cohort, Cards: e.Cards}
		for _, c := range e.Categories {
			stored := string(c.Category)
			switch {
			case stored == "" || strings.HasSuffix(stored, ifEntered):
				return storedPerson{}, errors.New("a category's id cannot be stored")
			case c.Certainty == breach.PossibleIfEntered:
				stored += ifEntered
			case c.Certainty != breach.Possible:
				return storedPerson{}, errors.New("a category has an unknown certainty")
			}
			x.Categories = append(x.Categories, stored)
		}
		s.Exposures = append(s.Exposures, x)
	}
	for _, o := range p.Review {
		s.Review = append(s.Review, storedOpen(o))
	}
	return s, nil
}

// decodeAnswer reads an answer whose bytes are already proven. A form it does not
// know is an error: half an answer would be a wrong one.
func decodeAnswer(b []byte) (breach.Answer, error) {
	var s storedAnswer
	if err := json.Unmarshal(b, &s, json.RejectUnknownMembers(true)); err != nil {
		return breach.Answer{}, errors.New("a stored answer has an unknown form")
	}
	var a breach.Answer
	for _, p := range s.Persons {
		a.Persons = append(a.Persons, p.person())
	}
	return a, nil
}

// decodePerson is decodeAnswer for the row of a person. The reference is not part of it.
func decodePerson(b []byte) (breach.Person, error) {
	var s storedPerson
	if err := json.Unmarshal(b, &s, json.RejectUnknownMembers(true)); err != nil {
		return breach.Person{}, errors.New("a stored person has an unknown form")
	}
	return s.person(), nil
}

func (s storedPerson) person() breach.Person {
	p := breach.Person{Ref: s.Ref, Edge: s.Edge, Kind: s.Kind, Withdrawn: s.Withdrawn, FirstNotice: s.FirstNotice}
	for _, x := range s.Exposures {
		e := breach.Exposure{Cohort: x.Cohort, Cards: x.Cards}
		for _, c := range x.Categories {
			id, unsure := strings.CutSuffix(c, ifEntered)
			held := breach.Exposed{Category: breach.CategoryID(id), Certainty: breach.Possible}
			if unsure {
				held.Certainty = breach.PossibleIfEntered
			}
			e.Categories = append(e.Categories, held)
		}
		p.Exposures = append(p.Exposures, e)
	}
	for _, o := range s.Review {
		p.Review = append(p.Review, breach.Open(o))
	}
	return p
}
