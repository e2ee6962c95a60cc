package vault

import (
	"fmt"
	"io"
	"log/slog"
)

// What is shown in place of keys.
const (
	maskedServer   = "vault.Server(masked)"
	maskedOperator = "vault.Operator(masked)"
)

// The methods below mask the keys in every formatting verb (Format alone would do for
// fmt, the others are for those who call them directly), in slog and in JSON. Their
// receivers are values, so that a copy is masked as well.

// String masks the keys.
func (s Server) String() string { return maskedServer }

// GoString masks the keys.
func (s Server) GoString() string { return maskedServer }

// Format masks the keys under every verb.
func (s Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, maskedServer) }

// LogValue masks the keys.
func (s Server) LogValue() slog.Value { return slog.StringValue(maskedServer) }

// MarshalJSON masks the keys.
func (s Server) MarshalJSON() ([]byte, error) { return []byte(`"` + maskedServer + `"`), nil }

// String masks the keys.
func (o Operator) String() string { return maskedOperator }

// GoString masks the keys.
func (o Operator) GoString() string { return maskedOperator }

// Format masks the keys under every verb.
func (o Operator) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, maskedOperator) }

// LogValue masks the keys.
func (o Operator) LogValue() slog.Value { return slog.StringValue(maskedOperator) }

// MarshalJSON masks the keys.
func (o Operator) MarshalJSON() ([]byte, error) { return []byte(`"` + maskedOperator + `"`), nil }
