package wording

import "exposure/internal/breach"

// addressWords are of the page that asks for an e-mail address.
func addressWords() map[string]breach.Text {
	return map[string]breach.Text{
		"address.h1": say("メールアドレスを入力してください", "Enter your e-mail address", "メールアドレスを 書いて ください"),
		"address.lead": say("会員登録やご注文のときに使ったメールアドレスを入力してください。確認コードをお送りするために使います。ほかの目的には使いません。対象でない方にも、確認コードをお送りします。",
			"The one you used to register or to order. We use it only to send you a code. People who are not on the list get a code too.",
			"登録や 買い物の ときに 使った メールアドレスです。この メールアドレスに 数字を 送ります。ほかの ことには 使いません。"),
		"address.label":     say("メールアドレス", "E-mail address", "メールアドレス"),
		"form.required":     say("※必須", "required", "※書いて ください"),
		"address.hint":      say("例：hanako@example.jp（全角で入力しても確認できます）", "For example hanako@example.jp", "たとえば hanako@example.jp"),
		"address.send":      say("確認コードを送る", "Send the code", "数字を 送る"),
		"address.several":   say("複数のメールアドレスをお使いの方は、1つずつ確認してください。", "If you use several addresses, check them one by one.", "メールアドレスが 多い 人は、1つずつ しらべて ください。"),
		"address.no_mail":   say("メールアドレスのない方、メールを受け取れない方は、お電話ください。", "If you have no e-mail address or cannot receive mail, please call us.", "メールが ない 人は、電話して ください。"),
		"address.empty":     say("メールアドレスを入力してください。", "Enter your e-mail address.", "メールアドレスを 書いて ください。"),
		"address.long":      say("メールアドレスが長すぎます。もう一度確認してください。", "This is too long for an e-mail address. Check it again.", "長いです。もう 一度 見て ください。"),
		"address.shape":     say("メールアドレスの形になっていません。「@」の前後を確認してください。例：hanako@example.jp", "This does not look like an e-mail address. Check the parts before and after \"@\".", "メールアドレスの 形では ありません。「@」の 前と うしろを 見て ください。"),
		"address.typo":      say("「{typed}」は「{meant}」ではありませんか。", "You typed {typed}. Did you mean {meant}?", "「{typed}」は、「{meant}」では ありませんか。"),
		"address.corrected": say("{meant} に直して送る", "Correct to {meant} and send", "{meant} に かえて 送る"),
		"address.as_typed":  say("このまま送る", "Send as it is", "この まま 送る"),
		"form.card":         say("カード番号のような数字が入力されました。カード番号は入力しないでください。この内容は保存していません。", "That looks like a card number. Do not enter card numbers. We have not kept it.", "カードの 番号の ような 数字です。カードの 番号は 書かないで ください。この 数字は のこして いません。"),

		"letter.h1":      say("お手紙の番号を入力してください", "Enter the number of your letter", "手紙の 番号を 書いて ください"),
		"letter.label":   say("お手紙の番号（14けたの数字）", "Number of the letter (14 digits)", "手紙の 番号（14の 数字）"),
		"letter.hint":    say("お手紙の右上に「12345-67890-1234」の形で書かれています。", "Top right in the letter, like 12345-67890-1234.", "手紙の 中に「12345-67890-1234」の 形で 書いて あります。"),
		"letter.shape":   say("番号の形になっていません。14けたの数字を、お手紙のとおりに入力してください。", "That is not the form of such a number. Enter the 14 digits as in the letter.", "数字が 足りないか、多いです。手紙の 番号を そのまま 書いて ください。"),
		"letter.slip":    say("番号の写し間違いのようです。お手紙の番号を、もう一度確認してください。", "That looks like a slip in copying. Check the number again.", "番号が ちがう ようです。手紙の 番号を もう 一度 見て ください。"),
		"letter.unknown": say("番号が確認できませんでした。お手紙の番号を確認するか、お電話ください。", "We could not confirm this number. Check it or call us.", "その 番号は 使えませんでした。もう 一度 見るか、電話して ください。"),
	}
}
