package wording

import (
	"fmt"
	"time"

	"exposure/internal/breach"
)

// TicketAnswer is a text with which the shop may answer a ticket, approved beforehand. It is
// read to whoever knows the ticket's number, so it says nothing about a person: not whether
// they are on a list, nor what a letter to them says. Its id does not, either. Nor does it say
// what was found out about an incident, which the incident file does.
type TicketAnswer struct {
	ID   string // lower-case words
	Text breach.Text
}

func answer(id, ja, en string) TicketAnswer {
	return TicketAnswer{id, breach.Text{breach.Japanese: ja, breach.English: en}}
}

// TicketAnswers are all approved texts, in the order in which they are shown.
func TicketAnswers() []TicketAnswer {
	return []TicketAnswer{
		answer("letter_sent", "ご依頼の件は、結果を書状でお送りしました。内容は、書状でご確認ください。10日たっても届かないときは、もう一度お電話ください。",
			"The result has been sent to you by letter. Please read it there. If it has not come after ten days, please call again."),
		answer("letter_again", "書状を、もう一度お送りしました。10日たっても届かないときは、お電話ください。",
			"The letter has been sent once more. If it has not come after ten days, please call."),
		answer("card_explained", "カードについてのお問い合わせは、担当で確認し、結果を書状でお送りしました。カードのご利用明細を確認され、覚えのない請求があれば、カード会社にご連絡ください。",
			"Your question about a card has been looked into, and the result has been sent to you by letter. Please check your card statements and contact your card issuer about any charge that you do not recognise."),
		answer("dates_confirmed", "お申し出の期間を、もう一度確認しました。公表した期間に変わりはございません。",
			"We checked the period again. The period that we published has not changed."),
		answer("dates_under_review", "お申し出の期間について、調査会社に確認しております。結果は、公表文でお知らせします。",
			"We have asked the investigators about the period. The result will be published in our notice."),
		answer("first_notice_explained", "第一報は、調査が終わる前に、その時点で漏えいした可能性が分かっていた方にお送りしたものです。その後の調査の結果は、「お客様情報の確認」ページとお電話でご確認いただけます。",
			"The first notice went to those whose data was known to be at risk by then, before the investigation had ended. What it found since can be checked on our page and by phone."),
		answer("paper_procedure", "メールを受け取れない方の書面でのお手続きを、お送りする書状でご案内します。届きましたら、書かれているとおりにご返送ください。",
			"The procedure on paper, for those who cannot get mail, is explained in a letter that we send you. Please return it as it says."),
		answer("proxy_procedure", "ご本人に代わってのお手続きは、書面で承ります。必要な書類は、お送りする書状に書いてございます。",
			"What is done on behalf of somebody else is done in writing. The letter that we send you says which papers are needed."),
		answer("complaint_heard", "いただいたご意見は、担当部署に申し伝えました。お答えできることは、公表文のとおりでございます。",
			"Your opinion has been passed on to those responsible. What we can answer is what our published notice says."),
		answer("media_contact", "取材のお申し込みは、公表文にある問い合わせ先に、書面かメールでお願いいたします。お電話ではお答えしておりません。",
			"Requests of the media are taken in writing or by mail at the contact in our published notice. We do not answer them by phone."),
		answer("threat_advice", "不審な連絡には応じず、最寄りの警察にご相談ください。いただいた情報は、当店でも警察に伝えます。",
			"Please do not respond to suspicious contacts, and talk to your local police. We pass on to the police what you told us."),
		answer("call_us_again", "伺った内容だけでは、お調べできませんでした。恐れ入りますが、もう一度お電話で、くわしくお聞かせください。カード番号やパスワードは、お話しにならないでください。",
			"What you told us was not enough to look into it. Please call again and tell us more. Please do not tell us card numbers or passwords."),
	}
}

// TicketAnswerByID finds an approved text.
func TicketAnswerByID(id string) (TicketAnswer, bool) {
	for _, a := range TicketAnswers() {
		if a.ID == id {
			return a, true
		}
	}
	return TicketAnswer{}, false
}

// TicketWaiting is what is said about a ticket that nobody has answered. due is by when it
// is to be, in the shop's zone; nil or over: nothing is promised any more.
func TicketWaiting(number string, due *time.Time, now time.Time) breach.Text {
	ja, en := "受付番号"+number+"でございますね。ただいま確認中です。", "Your number is "+number+". It is being looked into. "
	if due == nil || !now.Before(*due) {
		return breach.Text{
			breach.Japanese: ja + "お待たせして申し訳ございません。担当に急ぐよう伝えます。",
			breach.English:  en + "We are sorry that you have to wait, and will ask for a quick answer.",
		}
	}
	days := [...]string{"日", "月", "火", "水", "木", "金", "土"}
	return breach.Text{
		breach.Japanese: ja + fmt.Sprintf("%d月%d日（%s）までにお答えいたします。", due.Month(), due.Day(), days[due.Weekday()]),
		breach.English:  en + "There will be an answer by " + due.Format("Monday, 2 January") + ".",
	}
}
