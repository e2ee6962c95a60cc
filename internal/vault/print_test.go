package vault_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"exposure/internal/vault"
)

// TestKeysDoNotPrint: neither the keys nor anything that shows them, by any verb, to any
// depth, as value or pointer.
func TestKeysDoNotPrint(t *testing.T) {
	data, secret := generate(t)
	server := parseServer(t, data)
	operator, err := vault.ParseOperator(secret)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	text := slog.New(slog.NewTextHandler(&out, nil))
	type holder struct {
		S *vault.Server
		O vault.Operator
		s vault.Server
		o vault.Operator
		p *vault.Server
	}
	for _, v := range []any{server, *server, operator, *operator, holder{server, *operator, *server, *operator, server}, []any{server, *server}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%o", "%b", "%U"} {
			fmt.Fprintf(&out, verb, v)
		}
		log.Info("x", "v", v)
		text.Info("x", "v", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	out.WriteString(server.String() + server.GoString() + operator.String() + operator.GoString())
	printed := out.String()
	for _, file := range [][]byte{data, secret} {
		for _, k := range decode(t, file).Keys {
			encoded := k["secret"].(string)
			raw, err := json.Marshal(k["secret"])
			if err != nil {
				t.Fatal(err)
			}
			var bytesOf []byte
			if err := json.Unmarshal(raw, &bytesOf); err != nil {
				t.Fatal(err)
			}
			for form, s := range map[string]string{
				"base64": encoded[:8], "hex": hex.EncodeToString(bytesOf[:6]), "HEX": strings.ToUpper(hex.EncodeToString(bytesOf[:6])),
				"decimal": strings.Trim(fmt.Sprint(bytesOf[:5]), "[]"), "raw": string(bytesOf[:6]),
			} {
				if strings.Contains(printed, s) {
					t.Errorf("the key for %s was printed in %s", k["purpose"], form)
				}
			}
		}
	}
}
