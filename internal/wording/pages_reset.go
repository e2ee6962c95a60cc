package wording

import "exposure/internal/breach"

// resetWords are of the forced reset, beneath the incident's own words about it. They are
// shown to members alone: a guest never reads of a password. What keeps a reset from
// starting is said without saying which address would do.
func resetWords() map[string]breach.Text {
	return map[string]breach.Text{
		"reset.button": say("新しいパスワードを決める", "Set a new password", "新しい パスワードを きめる"),
		"reset.leads": say("ボタンを押すと、当店のMYページに移ります。15分以内に決めてください。", "The button takes you to our MY page. Please finish within 15 minutes.",
			"ボタンを 押すと、店の MYページに かわります。15分までに きめて ください。"),
		"reset.planned": say("これまでのパスワードは、まだ使えます。", "Your old password still works.", "前の パスワードは まだ 使う ことが できます。"),
		"reset.ticket_issued": say("新しいパスワードは、まだ決まっていません。もう一度ボタンを押して、決めてください。先に開いた画面は、使えなくなります。",
			"No new password is set yet. Press the button again and set one. A page opened before ends.",
			"新しい パスワードは まだ きまって いません。もう 一度 ボタンを 押して ください。"),
		"reset.changed_unverified": say("MYページのパスワードが、この手続きとは別の方法で変わっています。お客様相談窓口に電話してください。",
			"Your MY page password was changed in another way than this. Please call our help line.",
			"MYページの パスワードが ほかの やりかたで かわりました。店に 電話して ください。"),
		"reset.login_only": say("この手続きは、MYページへのログインに使っているメールアドレスで確認したときだけできます。", "You can do this only after checking with the address you use to log in.",
			"これは、MYページに ログインする ときの メールで しらべた ときだけ できます。"),
		"reset.no_mailbox": say("メールを受け取れない方は、お客様相談窓口に電話してください。書面でのお手続きをご案内します。", "If you cannot receive mail, call us; there is a written procedure.",
			"その メールを 見る ことが できない 人は、店に 電話して ください。"),
		"reset.refused": say("新しいパスワードの手続きを始められませんでした", "A new password cannot be set from here", "ここから パスワードを きめる ことが できません"),
		"reset.down": say("新しいパスワードの手続きを、いま始められません。しばらく待ってから、もう一度お試しください。", "The way to a new password cannot be opened at the moment. Please wait a little and try again.",
			"いまは パスワードを きめる ことが できません。すこし 待ってから、もう 一度 押して ください。"),
	}
}
