package profile_test

import (
	"slices"
	"testing"

	"exposure/internal/roster/profile"
)

func TestColumnsOfSecretsAreFoundByName(t *testing.T) {
	header := []string{"会員ID", "パスワード", "PIN", "ピンク", "Shipping", "pass", "通過 pass", "Pwd", "reset_key", "ＣＶＣ", "card_cvv2",
		"セキュリティコード", "秘密の質問の答え", "hash tag", "rp_token", "rp_token_created_at", "パスワード変更日", "暗証番号", "Spinach"}
	want := []int{1, 2, 5, 7, 8, 9, 10, 11, 12, 13, 14, 17}
	if got := profile.RefuseSecrets(header, []string{"パスワード変更日"}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := profile.RefuseSecrets(header, []string{"ハスワード変更日", "HASH TAG"}); slices.Contains(got, 13) || !slices.Contains(got, 16) {
		t.Errorf("with another ignore list: %v", got)
	}
}
