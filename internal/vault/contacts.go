package vault

import (
	"bytes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
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
	public  *ecdh.PublicKey
	private *ecdh.PrivateKey
}

// SealForOperator encrypts what the server writes down and only the operator's file may read
// again, such as a request for a letter. The label is a constant that says what it is, at
// most 255 bytes. What comes out is the id of the contacts key, the encapsulated key of HPKE
// (RFC 9180, X25519), a random nonce, and XChaCha20-Poly1305's output under the secret that
// HPKE exports, padded.
//
// Everybody who knows the public key can make one: that it opens tells what it was sealed
// as and that nobody changed it since, not who sealed it. Where that matters, a MAC over
// the row has to say so.
func (s *Server) SealForOperator(label string, plain []byte) []byte {
	return s.OperatorSealer()(label, plain)
}

// OperatorSealer is SealForOperator for whoever has much to seal, such as an import the
// contacts of everybody listed: with one encapsulated key for all of it, which costs a hundred
// times as much as what is sealed under it. Its output shows that it was sealed together.
func (s *Server) OperatorSealer() func(label string, plain []byte) []byte {
	k := s.keys().contacts
	to, err := hpke.NewDHKEMPublicKey(k.public)
	if err != nil {
		panic("vault: sealing for the operator: " + err.Error()) // only for another curve
	}
	enc, sender, err := hpke.NewSender(to, hpke.HKDFSHA256(), hpke.ExportOnly(), nil)
	if err != nil {
		panic("vault: sealing for the operator: " + err.Error()) // only without randomness
	}
	aead := exported(sender.Export)
	head := slices.Concat(k.id[:], enc)
	return func(label string, plain []byte) []byte {
		padded := pad(label, plain)
		out := append(make([]byte, 0, sealedHead+aead.Overhead()+len(padded)), head...)
		out = out[:sealedHead]
		nonce := out[len(head):]
		rand.Read(nonce)
		return aead.Seal(out, nonce, padded, nil)
	}
}

// sealedHead is what precedes the ciphertext: the id, the encapsulated key, the nonce.
const sealedHead = idSize + secretSize + chacha20poly1305.NonceSizeX

// exported is the cipher under the secret that both ends of HPKE export.
func exported(export func(context string, length int) ([]byte, error)) cipher.AEAD {
	secret, err := export("exposure/operator", chacha20poly1305.KeySize)
	if err != nil {
		panic("vault: exporting a secret: " + err.Error()) // only for too many bytes
	}
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		panic("vault: making a cipher: " + err.Error()) // only for a wrong key length
	}
	return aead
}

// pad puts what is sealed into blocks, after its label.
func pad(label string, plain []byte) []byte {
	if len(label) > maxLabel {
		panic("vault: a label of more than 255 bytes") // labels are constants
	}
	padded := make([]byte, 0, (len(label)+len(plain)+2+operatorBlock-1)/operatorBlock*operatorBlock)
	padded = append(append(padded, byte(len(label))), label...)
	padded = append(append(padded, plain...), 0x80)
	return append(padded, make([]byte, cap(padded)-len(padded))...)
}

// OpenForOperator reverses SealForOperator, under every contacts key of the file. It
// returns ErrSealed whatever is wrong.
func (o *Operator) OpenForOperator(label string, sealed []byte) ([]byte, error) {
	if len(sealed) < idSize {
		return nil, ErrSealed
	}
	for _, k := range o.keys().contacts {
		if !bytes.Equal(k.id[:], sealed[:idSize]) {
			continue
		}
		padded, ok := k.open(sealed[idSize:])
		if !ok {
			return nil, ErrSealed
		}
		return unpad(label, padded)
	}
	return nil, ErrSealed
}

func (k *contactsKey) open(sealed []byte) ([]byte, bool) {
	const head = sealedHead - idSize
	if len(sealed) < head {
		return nil, false
	}
	own, err := hpke.NewDHKEMPrivateKey(k.private)
	if err != nil {
		return nil, false
	}
	recipient, err := hpke.NewRecipient(sealed[:secretSize], own, hpke.HKDFSHA256(), hpke.ExportOnly(), nil)
	if err != nil {
		return nil, false
	}
	padded, err := exported(recipient.Export).Open(nil, sealed[secretSize:head], sealed[head:], nil)
	return padded, err == nil
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
	return contactsKey{id: k.id, public: public}, nil
}

func privateContacts(k *key) (contactsKey, error) {
	private, err := ecdh.X25519().NewPrivateKey(k.secret)
	if err != nil {
		return contactsKey{}, err
	}
	return contactsKey{k.id, private.PublicKey(), private}, nil
}
