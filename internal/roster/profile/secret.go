package profile

import (
	"slices"
	"strings"
)

// secretParts are parts of column names (folded, without separators) under which shops keep
// what must never reach this program.
func secretParts() []string {
	return []string{
		"cvc", "cvv", "cvn", "securitycode", "セキュリティコード", "セキュリティーコード", "カード確認番号",
		"password", "passwd", "passphrase", "パスワード", "暗証番号", "秘密の質問", "秘密の答え", "reminder", "salt", "hash",
	}
}

// secretNames are whole column names of that kind, too short or too common to look for
// inside other names.
func secretNames() []string {
	return []string{"pin", "pinコード", "pincode", "pass", "pwd", "rptoken", "secretkey", "resetkey", "暗証", "秘密鍵"}
}

// RefuseSecrets returns the columns, counted from 0, that by their names hold security
// codes, passwords, their hashes, or tokens that stand for them. A file with such a column
// must not be read. Names on the ignore list (Profile.Ignore) are known to hold none.
func RefuseSecrets(header, ignore []string) []int {
	var found []int
	for i, h := range header {
		folded := FoldName(h)
		if slices.ContainsFunc(ignore, func(s string) bool { return FoldName(s) == folded }) {
			continue
		}
		name := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(folded)
		if slices.Contains(secretNames(), name) ||
			slices.ContainsFunc(secretParts(), func(s string) bool { return strings.Contains(name, s) }) {
			found = append(found, i)
		}
	}
	return found
}
