package wording

import "exposure/internal/breach"

// resultWords are of the answer. What is exposed, why, and what to do are the incident's
// words; these never promise that anybody is safe.
func resultWords() map[string]breach.Text {
	return map[string]breach.Text{
		"result.listed":     say("結果：対象の一覧にあります", "Result: on the list", "こたえ：この 中に あなたの 情報が あります"),
		"result.not_listed": say("結果：このメールアドレスは一覧にありません", "Result: this address is not on the list", "こたえ：この メールでは 見つかりません"),
		"result.not_listed_doubt": say("結果：このメールアドレスは一覧にありませんが、確認中の情報があります", "Result: this address is not on the list, but something is still being checked",
			"こたえ：この メールでは 見つかりませんが、まだ わからない 情報が あります"),
		"result.call": say("結果：お電話でご説明します", "Result: please call us", "こたえ：電話して ください"),

		"result.h1_card":      say("クレジットカード情報などが漏えいした可能性があります", "Your card data may have been exposed", "カードの 情報が ほかの 人に 見られたかも しれません"),
		"result.h1_card_only": say("クレジットカード情報が漏えいした可能性があります", "Your card data may have been exposed", "カードの 情報が ほかの 人に 見られたかも しれません"),
		"result.h1_data":      say("お客様の情報が漏えいした可能性があります", "Your data may have been exposed", "あなたの 情報が ほかの 人に 見られたかも しれません"),
		"result.h1_letter":    say("お届け先として登録された情報が漏えいした可能性があります", "Data held about you as a recipient may have been exposed", "荷物を 受け取る 人の 情報（あなたの 情報）が ほかの 人に 見られたかも しれません"),
		"result.h1_none":      say("このメールアドレスは、対象の一覧にありませんでした", "This e-mail address is not on the list", "この メールでは 見つかりませんでした"),
		"result.h1_notice":    say("{first_notice}にお送りした第一報について", "Our first notice of {first_notice}", "{first_notice}に 送った メールの こと"),
		"result.notice": say("{first_notice}に、このメールアドレスに第一報をお送りしました。その後の調査の結果は、お電話でご説明いたします。",
			"We sent it to this address. Please call us, and we will explain what the investigation has found since.",
			"{first_notice}に 店から メールを 送りました。その あとの ことは、電話で 言います。店に 電話して ください。"),

		"result.address":    say("確認したメールアドレス", "Address checked", "しらべた メール"),
		"result.as_of":      say("調査結果の時点", "Result as of", "いつの こたえか"),
		"result.check":      say("照合番号", "Check number", "照合番号"),
		"result.check_note": say("当店からのお知らせメールやお手紙に書かれたものと同じです。", "The same as in our notice or letter.", "店の メールや 手紙にも 同じ ことばと 数字が あります。"),
		"result.sorry":      say("ご迷惑とご心配をおかけし、誠に申し訳ございません。", "We are sorry for the trouble and worry.", "ほんとうに 申し訳ありません。"),
		"result.possible":   say("「可能性」とは、第三者に見られたり、持ち出されたりしたおそれがあるという意味です。", "\"May have been exposed\" means that someone may have seen or taken it.", "ほかの 人が 見たり 持って いったり したかも しれません。"),

		"result.actions":           say("していただきたいこと", "What to do", "して ほしい こと"),
		"result.exposures":         say("対象となる情報", "Information involved", "見られたかも しれない 情報"),
		"result.reason":            say("対象となる理由", "Why", "どうして"),
		"result.period":            say("対象の期間", "Period", "いつ"),
		"result.if_entered":        say("（入力された方のみ）", "(only if you entered it)", "（書いた 人だけ）"),
		"result.undetermined":      say("確認中の情報", "Still being checked", "まだ わからない 情報"),
		"result.undetermined_lead": say("次の情報が対象かどうかは、まだ決まっていません。お急ぎの方は、お電話ください。", "We do not know yet about these. If it is urgent, please call.", "まだ わかりません。急ぐ 人は 電話して ください。"),
		"result.not_exposed":       say("含まれていない情報", "Not included", "入って いない 情報"),
		"result.cannot_tell":       say("このページだけでは分からない場合", "What this page cannot tell you", "この ページでは わからない とき"),
		"result.cannot_tell_lead":  say("次の場合は、このページだけでは分かりません。", "This page cannot tell you in these cases.", "つぎの ときは、この ページでは わかりません。"),
		"result.beware":            say("当店を名のる不審なメールや電話には、引き続きご注意ください。", "Go on being careful with suspicious mails and calls in our name.", "あやしい メールや 電話に 気を つけて ください。"),
		"result.happened":          say("何が起きたか", "What happened", "何が あったか"),

		"result.next":     say("このあと", "Next", "この あと"),
		"result.print":    say("印刷する", "Print", "印刷する"),
		"result.printing": say("結果を残したい方は、ブラウザーの印刷機能でこの画面を印刷してください。", "To keep the result, print this page from your browser.", "こたえを のこしたい 人は、この ページを 印刷して ください。"),
		"result.another":  say("別のメールアドレスを確認する", "Check another address", "ほかの メールを しらべる"),
		"result.finish":   say("確認を終わる", "Finish", "おわる"),
		"result.idle":     say("15分間操作がないと、結果は表示できなくなります。", "After 15 minutes without use the result can no longer be shown.", "15分 すぎると、こたえを 見る ことが できません。"),
		"result.warn":     say("まもなく表示を終わります。", "This page is about to close.", "もうすぐ この ページは おわります。"),
		"result.stay":     say("延長する", "Stay", "もっと 見る"),
	}
}
