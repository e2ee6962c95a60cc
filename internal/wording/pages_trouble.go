package wording

import "exposure/internal/breach"

// troubleWords are of pages that are no answer. Whatever is wrong, they say that nothing
// is known yet about the person, and how to get an answer all the same.
func troubleWords() map[string]breach.Text {
	return map[string]breach.Text{
		"trouble.tag":     say("まだ確認できていません", "Not checked yet", "まだ わかりません"),
		"trouble.unknown": say("対象かどうかは、まだ分かっていません。", "We do not know yet whether you are on the list.", "こたえは まだ わかりません。"),
		"trouble.call":    say("お電話でも確認できます。対象の方には、当店からメールか書状で個別にお知らせしています。", "You can also call. We also write to everyone on the list.", "電話でも しらべる ことが できます。"),
		"trouble.back":    say("前の画面に戻る", "Back to where you were", "前の ページに もどる"),

		"check.h1": say("ただいま、対象かどうかを確認できません", "We cannot check at the moment", "いまは しらべる ことが できません"),
		"check.text": say("しばらく待ってから、もう一度お試しください。一覧にないという意味ではありません。新しい確認コードが届いたときは、そのコードを入力してください。",
			"Please wait a little and try again. This does not mean that you are not on the list. If a new code arrives, enter that one.",
			"すこし 待ってから、もう 一度 しらべて ください。新しい メールが 来た ときは、その 数字を 書いて ください。"),
		"down.h1":    say("ただいま確認ページを利用できません", "Sorry, this page is unavailable", "いまは この ページを 使う ことが できません"),
		"down.text":  say("しばらく待ってから、もう一度お試しください。入力の途中だった内容は保存されていません。", "Please wait a little and try again. What you entered was not saved.", "すこし 待ってから、もう 一度 しらべて ください。書いた ことは のこって いません。"),
		"pause.text": say("復旧の時刻が決まりましたら、このページに書きます。", "We will write here when we know the time.", "また 使う ことが できる 時間が わかったら、ここに 書きます。"),
		"pause.back": say("{back}ごろに再開する予定です。", "We expect to be back at about {back}.", "{back}ごろから 使う ことが できます。"),
		"pause.lost": say("入力の途中だった内容は保存されていません。再開後に、はじめから入力してください。", "What you entered was not saved. Please start again then.", "書いた ことは のこって いません。その とき、はじめから 書いて ください。"),
		"mail.h1":    say("ただいま確認コードのメールをお約束できません", "We cannot promise codes by mail at the moment", "いまは メールを 送る ことが できません"),
		"mail.spent": say("いまは、確認コードのメールが届くことを、どなたにもお約束できません。時間をおいて、もう一度お試しください。", "We cannot promise anybody a code by mail at the moment. Please try again later.", "いまは メールを 送る ことが できない ときが あります。あとで もう 一度 しらべて ください。"),
		"mail.may": say("20けたのコードのメールだけは、届くことがあります。届いたときは、メールに書いてある時刻までに、はじめのページの「すでに20けたのコードをお持ちの方」から入力してください。すでに届いている20けたのコードも、そこで使えます。短いコードは、それを送った画面でだけ使えます。メールが届かなくても、一覧にないという意味ではありません。",
			"A mail with a 20-digit code may still arrive. Enter it by the time in the mail, under “I already have a 20-digit code” on the first page. One that you already have works there too, a shorter one only on the page it was asked for on. If no mail comes, this does not mean that you are not on the list.",
			"20の 長い 数字の メールは 来る ことが あります。来た ときは、はじめの ページの「20の 長い 数字を もう 持って いる 人」を 見て ください。前に 来た 20の 長い 数字も 使う ことが できます。メールが ない ときも、こたえは まだ わかりません。"),
		"phone.h1":   say("お手紙の番号は、ただいまお電話でだけ確認できます", "Letter numbers are taken by phone only at the moment", "手紙の 番号は、いまは 電話で しらべます"),
		"phone.text": say("お手紙をお手元にご用意のうえ、お電話ください。", "Please have your letter at hand and call us.", "手紙を もって、電話して ください。"),
		"limit.h1":   say("しばらくお待ちください", "Please wait a while", "すこし 待って ください"),
		"limit.text": say("同じ回線から続けてご利用があったため、いったん止めています。{minutes}分ほど待ってから、もう一度お試しください。", "There were many requests from your network. Please try again in about {minutes} min.", "{minutes}分くらい 待ってから、もう 一度 しらべて ください。"),

		"closed.h1":   say("このページでの確認は終了しました", "Checks on this page have ended", "この ページは おわりました"),
		"closed.text": say("このページでの確認は{closed}に終了しました。お電話でご確認ください。", "Checks on this page ended on {closed}. Please call.", "この ページは {closed}に おわりました。電話して ください。"),

		"expired.h1":   say("結果の表示を終わりました", "The result is no longer shown", "こたえは もう 見る ことが できません"),
		"expired.text": say("しばらく操作がなかったか、確認を終わったため、結果は表示できません。もう一度見るには、はじめから確認してください。", "Its time is over, or you have finished. To see it again, start again.", "時間が すぎたか、おわりました。もう 一度 見たい ときは、はじめから しらべて ください。"),
		"missing.h1":   say("このページは見つかりません", "Page not found", "この ページは ありません"),
		"missing.text": say("アドレスを確認するか、はじめのページからお進みください。", "Check the address, or start from the first page.", "はじめの ページから 見て ください。"),
		"bad.h1":       say("受け取れない内容でした", "We could not take this", "うまく いきませんでした"),
		"bad.text":     say("はじめからもう一度お試しください。", "Please start again.", "はじめから もう 一度 しらべて ください。"),
		"cross.h1":     say("ほかのサイトからの操作は受け付けられません", "Requests from other sites are not accepted", "ほかの サイトからは 使う ことが できません"),
		"cross.text":   say("この確認は、このページの上でだけできます。はじめからお進みください。", "You can check on these pages only. Please start from the first one.", "この ページで しらべて ください。"),
		"broken.h1":    say("問題が起きました", "Something went wrong", "うまく いきませんでした"),
		"broken.text":  say("もう一度お試しください。続くときは、お電話でこの番号をお伝えください：{request}", "Please try again. If it goes on, call us and give this number: {request}", "もう 一度 しらべて ください。だめな ときは、電話で この 番号を 言って ください：{request}"),
	}
}
