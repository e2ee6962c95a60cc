package vault

import "slices"

// What the accounts of the call centre's desk rest on is computed under keys derived from
// the member-id seal: the one key of the server that lives as long as what is stored under
// it, and about which "key retire" asks the database.

// accountKey is what is derived from a member-id seal for accounts.
type accountKey struct {
	id  [idSize]byte
	mac *macKey
}

func newAccountKey(k *key) accountKey {
	return accountKey{k.id, newMAC(derive(k.secret, "accounts"))}
}

// AccountMAC is what a password is before it is hashed, and what is stored of a paper code:
// without the key file neither can be tried out on a stolen database. It is made under the
// key that writes, and tells which that is. The label says what it is.
func (s *Server) AccountMAC(label string, parts ...[]byte) (key [4]byte, mac [32]byte) {
	k := s.keys().accounts.writer()
	return k.id, k.mac.framed(label, parts...)
}

// AccountMACOf is AccountMAC under the key of this id; false when the file does not hold it.
func (s *Server) AccountMACOf(key [4]byte, label string, parts ...[]byte) (mac [32]byte, ok bool) {
	i := slices.IndexFunc(s.keys().accounts, func(k liveKey[accountKey]) bool { return k.key.id == key })
	if i < 0 {
		return mac, false
	}
	return s.keys().accounts[i].key.mac.framed(label, parts...), true
}

// SealAccount encrypts what an account's second factor is made of. The associated data is
// what it is bound to, and must be given again to open it.
func (s *Server) SealAccount(plaintext, ad []byte) []byte {
	return s.keys().memberID.seal("account", plaintext, ad)
}

// OpenAccount reverses SealAccount, or returns ErrSealed.
func (s *Server) OpenAccount(sealed, ad []byte) ([]byte, error) {
	return s.keys().memberID.open("account", sealed, ad)
}
