package wording

import (
	"slices"
	"time"

	"exposure/internal/breach"
)

// PasswordChangedMail tells a member that their password was changed, at that time. Like
// code mails it is one text for every reader, and it has no link and no code.
func PasswordChangedMail(in *breach.Incident, at time.Time) CodeMail {
	at = at.In(in.Zone)
	fill := func(l breach.Locale, s string) string {
		return places{until: Clock(at, l), shop: in.Site.Name.In(l), phone: in.Contact.Phone}.fill(s)
	}
	const en = "Your MY page password was changed at {until}. If it was not you, please call. No links in this mail.\n"
	if !slices.Contains(in.Locales, breach.Japanese) {
		return CodeMail{
			Subject: fill(breach.English, "[{shop}] Password changed"),
			Body:    fill(breach.English, en+"{shop} help line: {phone}\n"),
		}
	}
	return CodeMail{
		Subject: fill(breach.Japanese, "【{shop}】パスワード変更完了のお知らせ / Password changed"),
		Body: fill(breach.Japanese, "MYページのパスワードが{until}に変わりました。お心当たりがないときは、お電話ください。\nこのメールにリンクはありません。\n") +
			fill(breach.English, en) + fill(breach.Japanese, "{shop}お客様相談窓口 電話{phone}\n"),
	}
}
