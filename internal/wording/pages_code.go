package wording

import "exposure/internal/breach"

// codeWords are of the page that asks for the code, and of the one for those whose code
// does not come.
func codeWords() map[string]breach.Text {
	return map[string]breach.Text{
		"code.h1": say("確認コードを入力してください", "Enter the code", "メールの 数字を 書いて ください"),
		"code.sent": say("「{address}」に確認コードを送りました。コードが使える時刻は、メールに書いてあります。", "We sent a code to {address}. The mail says until when it can be used.",
			"「{address}」に メールを 送りました。メールに 書いて ある 数字を、ここに 書いて ください。"),
		"code.late": say("ただいま、メールが届くまでに{minutes}分ほどかかっています。送りなおしても早くはなりません。",
			"Mails take about {minutes} minutes to arrive at present. Sending again does not make them faster.",
			"いま、メールが 来るまで {minutes}分くらい かかります。もう 一度 送っても、はやく なりません。"),
		"code.until":  say("この画面は{until}まで使えます。", "This page works until {until}.", "この ページは {until}まで 使う ことが できます。"),
		"code.change": say("メールアドレスを入力しなおす", "Enter another address", "メールアドレスを もう 一度 書く"),
		"code.switch": say("メールを見に行っても、この画面に戻れば続けられます。", "You can look at your mail and come back to this page.", "メールを 見てから、この ページに もどる ことが できます。"),
		"code.label":  say("確認コード（メールに書かれた数字）", "Code (the numbers in the mail)", "メールに 書いて ある 数字"),
		"code.hint": say("20けたの長いコードが届いた方も、ここに入力してください。コピーして貼り付けられます。", "Short or long (20 digits): you can paste it.",
			"20の 長い 数字が 来た 人も、ここに 書いて ください。"),
		"code.check":    say("確認する", "Check", "しらべる"),
		"code.lost":     say("コードが届かないとき", "If the code has not arrived", "メールが 来ない とき"),
		"code.again":    say("もう一度送る", "Send again", "もう 一度 送る"),
		"code.again_in": say("もう一度送る（{seconds}秒後に押せます）", "Send again (in {seconds} seconds)", "もう 一度 送る（{seconds}びょう 待って ください）"),
		"code.secret": say("注意：このコードを、電話やメールで聞かれても教えないでください。当店の担当者が、このコードをお聞きすることはありません。",
			"Do not tell this code to anyone by phone or mail. Our staff never ask for it.",
			"この 数字を、電話や メールで 聞かれても、教えないで ください。店の 人も 聞きません。"),

		"lost.h1":        say("コードが届かないとき", "If the code has not arrived", "メールが 来ない とき"),
		"lost.wait":      say("5分ほどお待ちください。混み合うと遅れることがあります。", "Wait 5 minutes. Mail may be slow at busy times.", "5分 待って ください。"),
		"lost.spam":      say("迷惑メールフォルダを確認してください。", "Check the spam folder.", "めいわくメールの ところを 見て ください。"),
		"lost.typed":     say("入力したメールアドレス「{address}」に間違いがないか確認してください。", "Check the spelling: {address}", "メールアドレス「{address}」を もう 一度 見て ください。"),
		"lost.typed_any": say("入力したメールアドレスに間違いがないか確認してください。", "Check the spelling of the address you entered.", "メールアドレスを もう 一度 見て ください。"),
		"lost.carrier": say("携帯電話会社のメール（docomo.ne.jp、au.com、ezweb.ne.jp、softbank.ne.jp など）をお使いの方は、「{domain}」からのメールを受信できるように設定してから、もう一度送ってください。",
			"Mobile carrier mail (docomo.ne.jp, au.com, ezweb.ne.jp, softbank.ne.jp and others): allow mail from {domain} and send again.",
			"docomo.ne.jp、au.com、ezweb.ne.jp、softbank.ne.jp などの 人は、「{domain}」の メールを 受け取る ことが できる ように してから、もう 一度 送って ください。"),
		"lost.carrier_pc": say("パソコンからのメールを拒否していると届きません。設定の名前は、ドコモとauでは「受信リスト」、ソフトバンクでは「受信許可リスト」です。",
			"Blocking mail from PCs stops it. The setting is called 受信リスト (docomo, au) or 受信許可リスト (SoftBank).",
			"パソコンの メールが 来ない ように して いると、この メールも 来ません。"),
		"lost.carrier_links": say("当店のメールにはリンクがないため、「リンク付きメールの拒否」はそのままで構いません。", "Blocking mail with links does not stop ours: it has none.",
			"店の メールに リンクは ありません。"),
		"lost.limits": say("同じアドレスには、15分に3通、1日に6通までお送りします。長いコードのメールは、その後も1日に1通は届きます。",
			"We send up to 3 mails in 15 minutes and 6 a day to one address; one mail with a long code a day still comes after that.",
			"1つの メールアドレスに 送る メールは、15分に 3つ、1日に 6つまでです。"),
		"lost.other":      say("そのアドレスがもう使えないときは、ほかのアドレスで確認するか、お電話ください。", "If you can no longer use the address, check with another one or call us.", "その メールを 使う ことが できない ときは、ほかの メールで しらべるか、電話して ください。"),
		"lost.other_link": say("別のメールアドレスで確認する", "Check with another address", "ほかの メールで しらべる"),
		"lost.back":       say("コードの入力に戻る", "Back to entering the code", "数字を 書く ページに もどる"),
	}
}

// codeStateWords say how it stands with a code. None says of a code itself that it is
// wrong: a right one over budget is refused too.
func codeStateWords() map[string]breach.Text {
	return map[string]breach.Text{
		"code.shape": say("コードの形になっていません。メールのコードをそのまま写すか、貼り付けてください。", "That is not the form of a code. Copy or paste it from the mail.",
			"数字が 足りないか、多いです。メールの 数字を そのまま 書いて ください。"),
		"code.refused": say("受け付けられませんでした。メールのコードをもう一度確認してください。あと{left}回入力できます。", "Not accepted. Check the code in the mail again. Tries left: {left}.",
			"その 数字は 使えませんでした。メールを もう 一度 見て ください。あと {left}回 書く ことが できます。"),
		"code.resent": say("新しい確認コードを送りました（{at}）。先に届いたコードも、メールに書いてある時刻までは使えます。", "New code sent ({at}). An earlier one still works until the time in its mail.",
			"もう 一度 メールを 送りました（{at}）。前の 数字も 使う ことが できます。"),
		"code.early": say("まだ送れません。{from}から、もう一度送れます。", "Not yet: you can send again from {from}.", "まだ 送る ことが できません。{from}まで 待って ください。"),
		"code.limit": say("続けて3回送りました。{from}まで待つか、先に届いたコードを入力してください。", "Sent three times. Wait until {from} or enter a code you already have.", "3回 送りました。{from}まで 待って ください。"),

		"over.h1":    say("この画面の期限が切れました", "This page has expired", "時間が すぎました"),
		"over.text":  say("期限は60分です。新しいコードを送って、もう一度お試しください。", "It lasts 60 minutes. Send a new code and try again.", "この ページは 60分です。新しい 数字を 送ります。"),
		"over.again": say("新しいコードを送る", "Send a new code", "新しい 数字を 送る"),
		"gone.h1":    say("この画面は使えなくなりました", "This page can no longer be used", "この ページは もう 使う ことが できません"),
		"gone.text": say("期限が過ぎたか、ほかのブラウザーで開いたか、ブラウザーがクッキー（Cookie）を受け付けない設定になっています。はじめからやりなおしてください。",
			"Its time is over, or it was begun in another browser, or this browser accepts no cookies. Please start again.",
			"時間が すぎたか、ほかの ブラウザーで 見て います。はじめから しらべて ください。"),
		"used.h1":   say("確認は済んでいます", "You have already checked", "もう しらべました"),
		"used.text": say("このコードは受け付けました。結果を見ることができます。", "The code was accepted. You can see the result.", "数字は 使いました。こたえを 見る ことが できます。"),
		"used.link": say("結果を見る", "See the result", "こたえを 見る"),

		"refused.h1":   say("受け付けられませんでした", "Not accepted", "その 数字は 使えませんでした"),
		"refused.five": say("1つの画面で入力できるのは5回までです。新しいコードを送って、もう一度お試しください。", "A page takes five tries. Send a new code and try again.", "1つの ページに 書く ことが できるのは 5回です。新しい 数字を 送ります。"),
		"refused.long": say("次のメールには、20けたの長いコードが届くことがあります。長く押してコピーし、貼り付けてください。", "The next mail may carry a long code of 20 digits: press and hold to copy it, then paste.", "次の 数字は 長いかも しれません。"),
		"refused.call": say("お電話でも確認できます。", "You can also call.", "電話でも しらべる ことが できます。"),
	}
}
