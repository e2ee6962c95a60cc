package agent

// Known is a call as audit rows know it.
func Known(c Call, nonce [16]byte) Call {
	c.nonce = nonce
	return c
}
