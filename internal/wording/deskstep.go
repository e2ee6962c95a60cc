package wording

import (
	"slices"
	"strings"

	"exposure/internal/breach"
)

// DeskStep is what an agent says at one step of a call, before anything is proven or
// whatever was: in order, and nothing for a step without words of its own. reason is why the
// caller rings, and name is the agent's. Steps are the names in deskSteps.
func DeskStep(step, reason string, in *breach.Incident, name string) []Line {
	return deskLines(order(step, reason), in, name)
}

// DeskTopic is what an agent says before a question about that topic (an agent.Topic) is left
// for the shop; nothing for a topic without words of its own.
func DeskTopic(topic string, in *breach.Incident) []Line {
	return deskLines([]string{"topic-" + topic}, in, "")
}

// deskLines fills the words of those names. Left out are names without words, and words that
// would state what the incident file does not say.
func deskLines(names []string, in *breach.Incident, agent string) []Line {
	var lines []Line
	all := deskSteps()
	for _, id := range names {
		said, known := all[id]
		ja, whole := fillDesk(said.ja, in, breach.Japanese, agent)
		if !known || !whole {
			continue
		}
		en, _ := fillDesk(said.en, in, breach.English, agent)
		lines = append(lines, Line{Part: id, Ja: ja, En: en})
	}
	return lines
}

// order is which words belong to a step, and in which order they are said.
func order(step, reason string) []string {
	all := deskSteps()
	_, about := all["about-"+reason]
	switch _, known := all[step]; {
	case step == "route" && about:
		return []string{"greet", "never-ask", "about-" + reason, "route"}
	case step == "route":
		return []string{"greet", "never-ask", "route"}
	case step == "address" && reason == "family":
		return []string{"about-family", "address"}
	case step == "ticket" && reason == "complaint", step == "ticket" && reason == "media":
		return []string{"about-" + reason, "ticket"}
	case known:
		return []string{step}
	default:
		return nil
	}
}

// fillDesk puts in what the incident file says; whole tells that it says all of it.
func fillDesk(s string, in *breach.Incident, l breach.Locale, name string) (filled string, whole bool) {
	maybe := []string{"{excluded}", excluded(in, l), "{card_periods}", cardPeriods(in, l), "{letters_from}", lettersFrom(in, l)}
	whole = true
	for i := 0; i < len(maybe); i += 2 {
		whole = whole && (maybe[i+1] != "" || !strings.Contains(s, maybe[i]))
	}
	always := []string{"{shop}", in.Site.Name.In(l), "{name}", name, "{domain}", in.Mail.AllowDomain}
	return strings.NewReplacer(append(always, maybe...)...).Replace(s), whole
}

// excluded are the purchases that are not involved, as the incident file names them.
func excluded(in *breach.Incident, l breach.Locale) string { return enumerated(in.Exclusions, l) }

// cardPeriods are those of the payments whose card data is involved; empty unless each has a
// name, because a period left out would say too little.
func cardPeriods(in *breach.Incident, l breach.Locale) string {
	var periods []breach.Text
	for _, c := range in.Cohorts {
		if !slices.ContainsFunc(c.Exposes, func(e breach.Exposes) bool { return isCard(e.Category) }) {
			continue
		}
		if len(c.Period.Label) == 0 {
			return ""
		}
		periods = append(periods, c.Period.Label)
	}
	return enumerated(periods, l)
}

// lettersFrom is the day since when letters go out.
func lettersFrom(in *breach.Incident, l breach.Locale) string {
	from := in.Notices.LettersFrom
	switch {
	case from == nil:
		return ""
	case l == breach.Japanese:
		return from.In(in.Zone).Format("1月2日")
	default:
		return from.In(in.Zone).Format("2 January")
	}
}

func enumerated(texts []breach.Text, l breach.Locale) string {
	var names []string
	for _, t := range texts {
		names = append(names, t.In(l))
	}
	if l == breach.Japanese {
		return strings.Join(names, "、")
	}
	return strings.Join(names, ", ")
}

type deskWords struct{ ja, en string }

func deskSteps() map[string]deskWords {
	return map[string]deskWords{
		"greet": {
			"お電話ありがとうございます。{shop}お客様相談窓口、{name}でございます。このたびは、ご心配をおかけし申し訳ございません。",
			"Thank you for calling. This is {name} at the help line of {shop}. We are sorry for the worry.",
		},
		"never-ask": {
			"こちらから、カード番号、暗証番号、パスワード、生年月日をお聞きすることはございません。お話しにならないでください。",
			"We never ask for a card number, PIN, password or date of birth. Please do not tell us any.",
		},
		"route": {
			"お客様の情報が対象かどうか、確認いたします。会員登録やご注文のときのメールアドレスで確認する方法と、当店からのお手紙の番号で確認する方法がございます。",
			"We will check whether your data is involved: with the e-mail address of your registration or order, or with the number on a letter from us.",
		},
		"address": {
			"会員登録やご注文のときのメールアドレスを、一文字ずつお願いいたします。",
			"Please spell the e-mail address of your registration or order, letter by letter.",
		},
		"spelled": {
			"一文字ずつ復唱いたします。（読み上げる）…でよろしいでしょうか。このアドレスに、電話確認番号をお送りしてもよろしいでしょうか。",
			"I will read it back letter by letter. (Read.) Is that right? May I send a phone code to this address?",
		},
		"code": {
			"ただいまそのアドレスに、8けたの電話確認番号をお送りしました。届きましたら、2けたずつお読みいただけますか。",
			"We have just sent a phone code of 8 digits to that address. When it comes, please read it two digits at a time.",
		},
		"refused": {
			"受け付けられませんでした。恐れ入りますが、もう一度お読みいただけますか。",
			"It was not accepted. I am sorry: could you read it once more?",
		},
		"lost": {
			"メールが届かないようでしたら、受信の設定をご案内します。迷惑メールのフォルダーをご覧ください。{domain} からのメールを受け取れるようにしていただくと、届くことがあります。",
			"If no mail comes: look into the junk folder. It may help to allow mail from {domain}.",
		},
		"hang-up": {
			"番号は、いま届いていなくても60分使えます。いったんお電話を切って、番号を書きとめてから、おかけなおしください。別の担当者でも続きができます。",
			"The code works for 60 minutes, even if it has not come yet. Hang up, write it down, and call again. Any of us can go on from there.",
		},
		"no-mail": {
			"当店からのお手紙をお持ちでしたら、その番号で確認できます。お持ちでないときは、確認の結果を書状でお送りします。",
			"If you have a letter from us, its number will do. If not, we will send you the result by letter.",
		},
		"letter-number": {
			"お手紙の右上の14けたの番号を、5けた、5けた、4けたに分けて、お願いいたします。",
			"Please read the 14 digits at the top right of the letter: five, five, then four.",
		},
		"letter-request": {
			"確認の結果を、書状でお送りします。ご登録が見つかった場合は、ご登録のご住所あてになります。少しお時間をいただきます。ご登録の有無は、お電話ではお答えできません。",
			"We will send the result by letter. If we find a registration, it goes to the address we have there. It takes a little time. We cannot say by phone whether you are registered.",
		},
		"ticket": {
			"こちらですぐにはお答えできませんので、担当が確認いたします。カード番号はお話しにならないでください。",
			"I cannot answer that here, so the people in charge will look into it. Please do not tell me any card number.",
		},
		"left": {
			"受付番号を申し上げますので、お書きとめください。お問い合わせのときに、この番号をお知らせください。当店からお電話して、番号やカード、パスワードをお聞きすることはございません。",
			"Please write down this number and tell it when you call again. We will never call you to ask for codes, cards or passwords.",
		},
		"question": {
			"受付番号をお願いいたします。",
			"Please tell me the number you were given.",
		},
		"end": {
			"ほかにご不明な点はございますか。折り返しのお電話で、番号やカード、パスワードをお聞きすることはございません。",
			"Is there anything else? If we call back, we will not ask for codes, cards or passwords.",
		},
		"genuine": {
			"はい、当店がお送りしたものに間違いございません。",
			"Yes, that was sent by us.",
		},
		"not-genuine": {
			"番号が異なります。そのメールには返信せず、削除をお願いいたします。",
			"The number is not ours. Please do not answer that mail, and delete it.",
		},
		"about-genuine_mail": {
			"この件についての当店のメールには、リンクも添付ファイルもございません。ご本人の確認のあとで、お知らせの「照合番号」をくらべることができます。",
			"Our mails about this have no links and no attachments. Once we know that it is you, we can compare the check number of the notice.",
		},
		"about-family": {
			"ご家族あてのメールに番号をお送りします。おそばで番号を読んでいただければ、いっしょに確認できます。お手元に当店からのお手紙があれば、その番号でも確認できます。どちらもない場合は、ご登録のご住所に書状をお送りします。ご本人以外の方に、登録の有無をお答えすることはできません。",
			"We send a code to the mailbox of the person concerned. If they read it out beside you, we can check together. The number of a letter from us will do as well. Without either we write to the address we have. To anybody else we cannot say whether somebody is registered.",
		},
		"about-recipient": {
			"どなたからのお届け物かは、お答えできません。お手紙の番号がございましたら、内容を確認できます。",
			"We cannot say who sent you something. With the number of the letter we can check what it is about.",
		},
		"about-store_purchase": {
			"次のところでのご購入は、対象ではありません。{excluded}。",
			"Purchases there are not involved: {excluded}.",
		},
		"about-complaint": {
			"お答えできることは、公表文のとおりでございます。ご意見は担当部署に申し伝えます。",
			"What we can say is in our public notice. We will pass on what you say.",
		},
		"about-media": {
			"取材のお問い合わせは、担当から改めてご連絡いたします。お答えできることは、公表文のとおりでございます。",
			"Questions of the press are answered by the people in charge. What we can say is in our public notice.",
		},
		"topic-card_typed": {
			"カード番号を入力されたのは、いつごろでしょうか。（うかがう）調査で確認された対象は、{card_periods}でございます。購入が完了していない場合が対象かどうかは、こちらですぐにはお答えできません。受付番号をお出しして、担当が確認いたします。念のため、カードのご利用明細をご確認ください。ご心配な場合は、カード会社にご相談いただけます。",
			"When did you type the card number? (Listen.) What the investigation found to be involved is: {card_periods}. Whether it is when nothing was bought, I cannot say here. You get a number, and the people in charge will look into it. To be safe, please check your card statements. If you worry, your card company will advise you.",
		},
		"topic-mailbox_gone": {
			"メールを受け取れない方は、書面でのお手続きをご案内します。",
			"If you cannot get mail any more, there is a procedure on paper.",
		},
		"topic-no_letter": {
			"書状の発送は、{letters_from}からでございます。10日たっても届かないときは、もう一度お手配いたします。",
			"Our letters go out from {letters_from} on. If yours has not come after ten days, we will send it once more.",
		},
	}
}
