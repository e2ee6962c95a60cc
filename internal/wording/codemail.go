package wording

import (
	"slices"
	"strings"
	"time"

	"exposure/internal/breach"
)

// CodeMail is the text of a mail that carries a code. Lines end in LF.
type CodeMail struct{ Subject, Body string }

// WebCodeMail carries a code for the page. It is one text for every reader, Japanese
// followed by English, so that nothing about the reader decides it; an incident
// without Japanese gets the English part alone. until is when the code ends, a long
// code being good for one use.
func WebCodeMail(in *breach.Incident, code string, long bool, until time.Time) CodeMail {
	return codeMail(in, GroupCode(code), long, until, webCode())
}

// PhoneCodeMail carries a code to read to an agent, in a call the customer made.
func PhoneCodeMail(in *breach.Incident, code string, long bool, until time.Time) CodeMail {
	return codeMail(in, groupPhoneCode(code), long, until, phoneCode())
}

// codeCopy is the copy of one kind of code mail. {code}, {until}, {shop} and {phone}
// are filled in; the long forms are for long codes.
type codeCopy struct {
	subjectJa, subjectEn     string
	codeJa, codeEn           string // the line with the code
	hintJa, hintEn           string // the line after a long code
	ja, jaLong, en, enLong   string // until when it works, and what it is for
	restJa, restEn, signedJa string
	signedEn                 string // the help line; not in a mail that is about calling it
}

func codeMail(in *breach.Incident, code string, long bool, until time.Time, c codeCopy) CodeMail {
	until = until.In(in.Zone)
	ja, en, hintJa, hintEn := c.ja, c.en, "", ""
	untilJa, untilEn := Clock(until, breach.Japanese), Clock(until, breach.English)
	if long {
		ja, en, hintJa, hintEn = c.jaLong, c.enLong, c.hintJa, c.hintEn
		untilJa, untilEn = DayClock(until, breach.Japanese), DayClock(until, breach.English)
	}
	fill := func(l breach.Locale, until, s string) string {
		return places{code: code, until: until, shop: in.Site.Name.In(l), phone: in.Contact.Phone}.fill(s)
	}
	if !slices.Contains(in.Locales, breach.Japanese) {
		return CodeMail{
			Subject: fill(breach.English, "", c.subjectEn),
			Body:    fill(breach.English, untilEn, c.codeEn+hintEn+"\n"+en+c.restEn+c.signedEn),
		}
	}
	return CodeMail{
		Subject: fill(breach.Japanese, "", c.subjectJa),
		Body: fill(breach.Japanese, untilJa, c.codeJa+hintJa+"\n"+ja+c.restJa) +
			fill(breach.English, untilEn, en+c.restEn) + fill(breach.Japanese, "", c.signedJa),
	}
}

// places are the values that go into a copy.
type places struct{ code, until, shop, phone string }

// fill goes through a copy once, so that nothing in a value is taken for a place. A
// Replacer would cost more than the rest of the mail: it is built anew for each code.
func (p places) fill(s string) string {
	var out strings.Builder
	out.Grow(len(s) + 2*len(p.shop) + 64)
	for {
		text, rest, found := strings.Cut(s, "{")
		out.WriteString(text)
		if !found {
			return out.String()
		}
		place, after, _ := strings.Cut(rest, "}")
		out.WriteString(p.value(place))
		s = after
	}
}

func (p places) value(place string) string {
	switch place {
	case "code":
		return p.code
	case "until":
		return p.until
	case "shop":
		return p.shop
	case "phone":
		return p.phone
	default:
		return "{" + place + "}"
	}
}

func webCode() codeCopy {
	return codeCopy{
		subjectJa: "【{shop}】確認コードのお知らせ / Your code",
		subjectEn: "[{shop}] Your code",
		codeJa:    "確認コード: {code}\n",
		codeEn:    "Your code: {code}\n",
		// On a line of its own: whoever copies the line of the code copies nothing else.
		hintJa: "（20けたの数字。コピーして貼り付けてください）\n",
		hintEn: "(20 digits: copy and paste them)\n",
		ja: `「お客様情報の確認」ページに、この数字を入力してください。
{until}まで使えます。
`,
		jaLong: `「お客様情報の確認」ページに、この数字を入力してください。
{until}まで、1回だけ使えます。
ページを閉じたときは、最初の画面の「すでに20けたのコードをお持ちの方」に進んでください。
`,
		restJa: `
・このコードを、電話やメールで聞かれても、教えないでください。
  当店の担当者が、このコードをお聞きすることはありません。
・お心当たりがないときは、このメールを削除してください。
  ほかの方が、アドレスを間違えて入力した可能性があります。
  このメールが届いただけでは、お客様の情報が対象という意味ではありません。
・このメールにリンクはありません。
`,
		en:     "Enter the code above on our page. It works until {until}.",
		enLong: "Enter the code above on our page. It works once, until {until}. If you closed the page, choose \"I already have a 20-digit code\" on our first page.",
		restEn: ` Never tell it to anyone; our staff never ask for it.
If you did not ask for it, delete this mail: getting it does not mean that you are on the list. No links in this mail.
`,
		signedJa: "{shop}お客様相談窓口 電話{phone}\n",
		signedEn: "{shop} help line: {phone}\n",
	}
}

func phoneCode() codeCopy {
	return codeCopy{
		subjectJa: "【{shop}】電話確認番号のお知らせ / Your phone code",
		subjectEn: "[{shop}] Your phone code",
		codeJa:    "電話確認番号: {code}\n",
		codeEn:    "Your phone code: {code}\n",
		hintJa:    "（20けたの数字）\n",
		hintEn:    "(20 digits)\n",
		ja: `当店のお客様相談窓口に【お客様からおかけになった電話】でだけ、
担当者にお伝えください。{until}まで使えます。
いったん電話を切って、おかけなおしいただいても使えます。
`,
		jaLong: `当店のお客様相談窓口に【お客様からおかけになった電話】でだけ、
担当者にお伝えください。{until}まで、1回だけ使えます。
いったん電話を切って、おかけなおしいただいても使えます。
`,
		restJa: `★ 当店から電話をかけて、この番号をお聞きすることはありません。
  かかってきた電話で聞かれたときは、答えずに切ってください。
・この番号は「お客様情報の確認」ページでは使えません。リンクはありません。
`,
		en:     "Read it to our staff only in a call that you made to us, until {until};",
		enLong: "Read it to our staff only in a call that you made to us, once, until {until};",
		restEn: ` you may hang up and call again.
We never call you to ask for it. It does not work on the page. No links in this mail.
`,
	}
}
