package vault

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"

	"golang.org/x/crypto/nacl/box"
)

// operatorBlock pads what is sealed to the operator to a multiple of as many bytes. A
// name, a Japanese address and two e-mail addresses fit into one or two blocks, so that
// the length says next to nothing.
const operatorBlock = 256

// maxLabel bounds a label: its length is one byte.
const maxLabel = 255

// contactsKey is the key to which contacts are sealed; private only in the operator's
// file. Both halves of a pair have the same id.
type contactsKey struct {
	id      [idSize]byte
	public  [secretSize]byte
	private [secretSize]byte
}

// SealForOperator encrypts what the server, or an import, writes down and only the
// operator's file may read again: postal contacts, requests for a letter. The label is a
// constant that says what it is, at most 255 bytes. What comes out is the id of the
// contacts key and a sealed box of NaCl with a key pair of its own, padded.
//
// Everybody who knows the public key can make one: that it opens tells what it was sealed
// as and that nobody changed it since, not who sealed it. Where that matters, a MAC over
// the row has to say so.
func (s *Server) SealForOperator(label string, plain []byte) []byte {
	if len(label) > maxLabel {
		panic("vault: a label of more than 255 bytes") // labels are constants
	}
	k := s.keys().contacts
	padded := make([]byte, 0, (len(label)+len(plain)+2+operatorBlock)/operatorBlock*operatorBlock)
	padded = append(append(padded, byte(len(label))), label...)
	padded = append(append(padded, plain...), 0x80)
	for len(padded)%operatorBlock != 0 {
		padded = append(padded, 0)
	}
	out := make([]byte, idSize, idSize+box.AnonymousOverhead+len(padded))
	copy(out, k.id[:])
	out, err := box.SealAnonymous(out, padded, &k.public, rand.Reader)
	if err != nil {
		panic("vault: sealing for the operator: " + err.Error()) // only without randomness
	}
	return out
}

// OpenForOperator reverses SealForOperator, under every contacts key of the file. It
// returns ErrSealed whatever is wrong.
func (o *Operator) OpenForOperator(label string, sealed []byte) ([]byte, error) {
	if len(sealed) < idSize+box.AnonymousOverhead {
		return nil, ErrSealed
	}
	for _, k := range o.keys().contacts {
		if !bytes.Equal(k.id[:], sealed[:idSize]) {
			continue
		}
		padded, ok := box.OpenAnonymous(nil, sealed[idSize:], &k.public, &k.private)
		if !ok {
			return nil, ErrSealed
		}
		return unpad(label, padded)
	}
	return nil, ErrSealed
}

// unpad is what was sealed under a label.
func unpad(label string, padded []byte) ([]byte, error) {
	end := bytes.LastIndexByte(padded, 0x80)
	if len(padded) == 0 || len(padded)%operatorBlock != 0 || end < 1+int(padded[0]) {
		return nil, ErrSealed
	}
	if len(bytes.Trim(padded[end+1:], "\x00")) != 0 || len(padded)-end > operatorBlock || string(padded[1:1+int(padded[0])]) != label {
		return nil, ErrSealed
	}
	return padded[1+int(padded[0]) : end : end], nil
}

func publicContacts(k *key) (contactsKey, error) {
	public, err := ecdh.X25519().NewPublicKey(k.secret)
	if err != nil {
		return contactsKey{}, err
	}
	return contactsKey{id: k.id, public: [secretSize]byte(public.Bytes())}, nil
}

func privateContacts(k *key) (contactsKey, error) {
	private, err := ecdh.X25519().NewPrivateKey(k.secret)
	if err != nil {
		return contactsKey{}, err
	}
	return contactsKey{k.id, [secretSize]byte(private.PublicKey().Bytes()), [secretSize]byte(private.Bytes())}, nil
}
