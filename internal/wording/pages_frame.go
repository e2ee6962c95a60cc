package wording

import (
	"slices"

	"exposure/internal/breach"
)

// frameWords stand on every page: head, language switch, help line.
func frameWords() map[string]breach.Text {
	return map[string]breach.Text{
		"frame.service":   say("お客様情報の確認", "Check your data", "情報を しらべる ページ"),
		"frame.error":     say("エラー：", "Error: ", "エラー："),
		"frame.skip":      say("本文へ進む", "Skip to the main text", "ここから 読む"),
		"frame.languages": say("言語", "Language", "ことば"),
		"frame.step":      say("ステップ {step}/3", "Step {step} of 3", "ステップ {step}/3"),
		"frame.start":     say("はじめから確認する", "Start again", "はじめから しらべる"),

		"help.h2":   say("お客様相談窓口", "Help line", "聞きたい とき"),
		"help.line": say("電話", "Phone", "電話"),
		"help.open": say("ただいま受付中です。", "We are open now.", "いま 電話する ことが できます。"),
		"help.closed": say("ただいま受付時間外です。", "We are closed now.",
			"いまは 電話する ことが できません。"),
		"help.next": say("次の受付は{next}からです。", "We open again on {next}.", "つぎは {next}からです。"),
		"help.mail": say("お電話が難しい方は、{email} にメールでご相談ください。メールだけで対象かどうかをお答えすることはできません。",
			"If you cannot use the phone, write to {email}. We cannot tell you by e-mail alone whether you are on the list.",
			"電話が できない 人は、{email} に メールを 書いて ください。メールだけでは、こたえを 言う ことが できません。"),
		"help.faq": say("よくあるご質問と経緯", "Questions and answers, and what happened when", "よく 聞かれる ことと、あった こと"),

		"faq.h1":       say("よくあるご質問と経緯", "Questions and answers, and what happened when", "よく 聞かれる ことと、あった こと"),
		"faq.asked":    say("よくあるご質問", "Questions and answers", "よく 聞かれる こと"),
		"faq.timeline": say("経緯", "What happened when", "あった こと"),

		"finished.h1": say("確認を終わりました", "You have finished", "おわりました"),
		"finished.text": say("このブラウザーには、確認の結果を残していません。印刷した紙や届いたメールは残ります。",
			"This browser keeps no result. Printed pages and mails remain.",
			"この ブラウザーに こたえは のこって いません。印刷した 紙と メールは のこります。"),
		"finished.close": say("ほかの方も使うパソコンやスマートフォンでは、このブラウザーの画面を閉じてください。",
			"On a computer or phone that others use too, close this window.",
			"ほかの 人も 使う パソコンや スマートフォンの ときは、この ページを とじて ください。"),
	}
}

// landingWords are of the first page.
func landingWords() map[string]breach.Text {
	return map[string]breach.Text{
		"landing.h1": say("ご自身の情報が対象かどうかを確認する", "Check whether your data is involved", "あなたの 情報の ことを しらべます"),
		"landing.lead": say("{published}にお知らせした不正アクセスについて、お客様の情報が漏えいした可能性があるかどうかを確認できます。24時間ご利用いただけます。",
			"After the attack that we announced on {published}, you can check here whether your data may have been exposed. At any time of day.",
			"あなたの 情報が ほかの 人に 見られたか どうか、この ページで しらべる ことが できます。お金は いりません。"),
		"landing.how":    say("確認のしかた（3分ほど）", "How to check (about 3 minutes)", "しらべかた（3分くらい）"),
		"landing.how1":   say("メールアドレスを入力する", "Enter your e-mail address.", "メールアドレスを 書きます。"),
		"landing.how2":   say("メールで届く確認コード（数字）を入力する", "Enter the code (numbers) that we mail you.", "メールが 来ます。メールに 書いて ある 数字を 書きます。"),
		"landing.how3":   say("対象かどうかと、していただきたいことが表示される", "See whether you are on the list and what to do.", "こたえを 見ます。"),
		"landing.start":  say("メールアドレスで確認する", "Check with my e-mail address", "メールで しらべる"),
		"landing.letter": say("お手紙の番号で確認する", "Check with the number of my letter", "手紙の 番号で しらべる"),
		"landing.letters_soon": say("メールアドレスのない方には、当店から書状をお送りする準備をしています。",
			"We are preparing letters to people whose e-mail address we do not have.",
			"メールアドレスが わからない 人には、店から 手紙を 送ります。もう すこし 待って ください。"),
		"landing.never": say("お聞きしないこと", "What we never ask for", "店が 聞かない こと"),
		"landing.asked": say("このページでお聞きするのは、メールアドレスと確認コードだけです。次のことは、ページでも、メールでも、電話でも、お聞きしたり、お願いしたりしません。",
			"We ask only for your e-mail address and the code. We will never ask, on this page, by mail or by phone, for any of these:",
			"この ページに 書くのは、メールアドレスと、メールに 書いて ある 数字だけです。つぎの ことは、店の 人も 聞きません。"),
		"landing.asked_letter": say("このページでお聞きするのは、メールアドレスと確認コード（またはお手紙の番号）だけです。次のことは、ページでも、メールでも、電話でも、お聞きしたり、お願いしたりしません。",
			"We ask only for your e-mail address and the code, or the number printed in our letter. We will never ask, on this page, by mail or by phone, for any of these:",
			"この ページに 書くのは、メールアドレスと、メールに 書いて ある 数字（または 手紙の 番号）だけです。つぎの ことは、店の 人も 聞きません。"),
		"landing.never1": say("クレジットカードの番号、有効期限、セキュリティコード、暗証番号", "card number, expiry date, security code, PIN", "カードの 番号など、カードの こと"),
		"landing.never2": say("これまでのログインパスワード", "your old password", "前の パスワード"),
		"landing.never3": say("生年月日", "date of birth", "生まれた 日"),
		"landing.never4": say("銀行口座、マイナンバー", "bank account, My Number", "ぎんこうの 番号、マイナンバー"),
		"landing.never5": say("手数料や送料などのお支払い", "any payment", "お金を 払う こと"),

		"landing.genuine": say("この件についての当店のメールの見分け方", "How to tell our mails", "店から 来る メール"),
		"landing.sender":  say("差出人は {from} だけです。", "They come only from {from}.", "{from} から 来ます。"),
		"landing.subjects": say("件名は、次の4つのどれかで、先頭に {prefix} が付きます。", "They have one of these four subjects, after {prefix}:",
			"メールの はじめに、{prefix} と、つぎの どれかが 書いて あります。"),
		"landing.links": say("リンクも添付ファイルもありません。「お客様情報の漏えい」と書いてあるのにリンクがあるメールは、当店からのものではありません。開かずに削除してください。（ご注文の確認メールなどには、これまでどおりリンクが付くことがあります）",
			"They contain no links and no attachments. A mail about the leak that has a link is not ours: delete it unopened. (Order confirmations and the like may contain links as before.)",
			"この ことで 店から 来る メールに、リンクは ありません。リンクが ある メールは 店の メールでは ありません。"),
		"landing.excluded": say("次のお買い物は、今回の対象ではありません", "Not involved are purchases in", "つぎの 買い物の 情報は 入って いません"),
	}
}

// MailSubjects are the subjects of all mails about an incident, without what all of them
// begin with. The landing page publishes both, so that people can tell a genuine mail.
func MailSubjects(in *breach.Incident) (prefix string, subjects []string) {
	if !slices.Contains(in.Locales, breach.Japanese) {
		return "[" + in.Site.Name.In(breach.English) + "]",
			[]string{"Your code", "Your phone code", "Apology and notice about your data", "Password changed"}
	}
	return "【" + in.Site.Name.In(breach.Japanese) + "】",
		[]string{"確認コードのお知らせ / Your code", "電話確認番号のお知らせ / Your phone code", "お客様情報に関するお詫びとお知らせ", "パスワード変更完了のお知らせ / Password changed"}
}
