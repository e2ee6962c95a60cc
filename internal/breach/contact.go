package breach

import (
	"encoding/json"
	"errors"

	"exposure/internal/email"
)

// ContactLabel is what a person's contact is sealed to the operator as.
const ContactLabel = "contact"

// PersonContact is where somebody can be written to, as the shop has it. It does not print but by
// its fields.
type PersonContact struct {
	Name, PostalCode, Address string // empty: the shop does not have it
	Emails                    []email.Address
}

// StagedContact is the contact of one person of a version that is being made.
type StagedContact struct {
	Handle Handle // of the person's key
	Sealed []byte // to the operator
}

// ListedPerson is one person whom a version lists.
type ListedPerson struct {
	Handle Handle
	Kind   PersonKind
	Mail   bool   // there is an e-mail address at which the person is told
	Sealed []byte // the contact, sealed to the operator; nil: the version holds none
}

// String tells nothing of anybody.
func (c PersonContact) String() string { return "contact(***)" }

// GoString tells nothing either.
func (c PersonContact) GoString() string { return c.String() }

// sealedContact is the form in which a contact is sealed.
type sealedContact struct {
	Name       string   `json:"n,omitempty"`
	PostalCode string   `json:"z,omitempty"`
	Address    string   `json:"a,omitempty"`
	Emails     []string `json:"e,omitempty"`
}

// Bytes is the form in which a contact is sealed and kept.
func (c PersonContact) Bytes() []byte {
	s := sealedContact{Name: c.Name, PostalCode: c.PostalCode, Address: c.Address}
	for _, a := range c.Emails {
		s.Emails = append(s.Emails, a.Reveal())
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic("breach: writing a contact: strings cannot fail")
	}
	return b
}

// errContact never repeats what it is about.
var errContact = errors.New("reading a contact: it has an unknown form")

// ParsePersonContact reads what Bytes wrote.
func ParsePersonContact(b []byte) (PersonContact, error) {
	var s sealedContact
	if json.Unmarshal(b, &s) != nil {
		return PersonContact{}, errContact
	}
	c := PersonContact{Name: s.Name, PostalCode: s.PostalCode, Address: s.Address}
	for _, e := range s.Emails {
		a, err := email.Parse(e)
		if err != nil {
			return PersonContact{}, errContact
		}
		c.Emails = append(c.Emails, a)
	}
	return c, nil
}
