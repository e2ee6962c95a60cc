package vault

import (
	"errors"
	"fmt"
	"slices"
)

// ErrNotPair means that an operator's file and a server's file come from different
// installations.
var ErrNotPair = errors.New("the operator's key file does not belong to this server's")

// Operator computes everything that needs the operator's key file, which never is on
// the server. All methods are safe for concurrent use.
type Operator struct {
	keys func() *operatorKeys // a function for the reason given at Server
}

// operatorKeys is what an Operator hides.
type operatorKeys struct {
	contacts []contactsKey // newest first
	evidence *sealer
}

// ParseOperator reads the content of the operator's key file.
func ParseOperator(data []byte) (*Operator, error) {
	ring, err := parse(data, kindOperator, operatorPurposes())
	if err != nil {
		return nil, err
	}
	var contacts []contactsKey
	for _, k := range ring[purposeContactsS] {
		private, err := privateContacts(k)
		if err != nil {
			return nil, fmt.Errorf("%w: its contacts key is no private key", ErrDamaged)
		}
		contacts = append(contacts, private)
	}
	keys := &operatorKeys{contacts: contacts, evidence: newSealer(ring[purposeEvidence])}
	return &Operator{func() *operatorKeys { return keys }}, nil
}

// Belongs returns ErrNotPair unless this file opens what that server's file seals.
func (o *Operator) Belongs(s *Server) error {
	if !slices.ContainsFunc(o.keys().contacts, func(k contactsKey) bool { return k.public.Equal(s.keys().contacts.public) }) {
		return ErrNotPair
	}
	return nil
}

// SealEvidence encrypts why a person is listed. The associated data binds it to its
// place in the roster.
func (o *Operator) SealEvidence(plaintext, ad []byte) []byte {
	return o.keys().evidence.seal("evidence", plaintext, ad)
}

// OpenEvidence reverses SealEvidence, or returns ErrSealed.
func (o *Operator) OpenEvidence(sealed, ad []byte) ([]byte, error) {
	return o.keys().evidence.open("evidence", sealed, ad)
}
