package shopfront

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// words are what the shop says, by id, in Japanese and English. {check} becomes a link to
// the look-up.
func words() map[string][2]string {
	return map[string][2]string{
		"frame.mypage": {"MYページ", "MY page"},
		"frame.help":   {"お客様相談窓口 電話 {phone}", "Help line {phone}"},
		"frame.error":  {"エラー：", "Error: "},
		"frame.must":   {"※必須", "required"},
		"frame.langs":  {"言語", "Language"},

		"login.h1":       {"MYページにログインする", "Log in to MY page"},
		"login.notice":   {"{published}のお知らせにともない、一部の会員の方のパスワードを使えなくしました。ログインできないときは、{check}ページで新しいパスワードを決めてください。", "After our notice of {published} we disabled some members' passwords. If you cannot log in, set a new one on the page {check}."},
		"login.address":  {"メールアドレス", "E-mail address"},
		"login.password": {"パスワード", "Password"},
		"login.button":   {"ログインする", "Log in"},
		"login.wrong":    {"メールアドレスまたはパスワードが正しくありません。", "The e-mail address or the password is not right."},
		"login.many":     {"何度も試されたため、しばらくログインできません。時間をおいて、もう一度お試しください。", "There were too many tries. Please wait a while and try again."},
		"login.forgot":   {"パスワードを忘れた方へ", "Forgot your password?"},

		"forgot.h1":   {"パスワードを忘れた方へ", "Forgotten password"},
		"forgot.text": {"パスワードの再発行は、{check}ページから行ってください。以前の「パスワードを忘れた方は…」の手続きは休止しています。", "Get a new password from the page {check}. The former \"forgot password\" procedure is suspended."},
		"forgot.mail": {"メールを受け取れない方は、お客様相談窓口に電話してください。書面でのお手続きをご案内します。", "If you cannot receive mail, call us; there is a written procedure."},

		"home.h1":      {"MYページ", "MY page"},
		"home.member":  {"会員番号", "Member number"},
		"home.address": {"ログイン用メールアドレス", "E-mail address to log in with"},
		"home.out":     {"ログアウトする", "Log out"},

		"ticket.h1":     {"新しいパスワードを決める", "Set a new password"},
		"ticket.text":   {"ボタンを押すと、新しいパスワードを決める画面が開きます。開けるのは1回だけです。", "The button opens the page for your new password. It can be opened once."},
		"ticket.button": {"画面を開く", "Open the page"},

		"new.h1":       {"新しいパスワードを決めてください", "Set a new password"},
		"new.why":      {"{published}にお知らせした不正アクセスで、ログインパスワード（暗号化された状態で保存）が漏えいした可能性があります。安全のため、これまでのパスワードは使えなくしました。ご不便をおかけし、申し訳ございません。", "In the attack announced on {published} your password may have been exposed (it was stored encrypted), so the old one no longer works. We are sorry for the trouble."},
		"new.until":    {"この画面は{until}まで使えます。", "This page works until {until}."},
		"new.which":    {"どの会員番号のパスワードですか", "For which membership?"},
		"new.number":   {"会員番号 {id}", "Member number {id}"},
		"new.password": {"新しいパスワード", "New password"},
		"new.again":    {"新しいパスワード（もう一度）", "New password (again)"},
		"new.rule":     {"12文字以上。これまでと同じものは使えません。貼り付けることも、パスワード管理ソフトを使うこともできます。", "12 characters or more, not the old one. You can paste it or use a password manager."},
		"new.other":    {"ほかのサイトで同じパスワードをお使いの方は、そのサイトでも変えてください。", "If you used the old one elsewhere, change it there too."},
		"new.show":     {"パスワードを表示する", "Show the password"},
		"new.hide":     {"パスワードを隠す", "Hide the password"},
		"new.button":   {"変更する", "Change"},

		"wrong.short":   {"12文字以上にしてください。", "Use 12 characters or more."},
		"wrong.long":    {"200文字までにしてください。", "Use 200 characters at most."},
		"wrong.control": {"使えない文字が入っています。入力しなおしてください。", "It holds a character that cannot be used. Enter it again."},
		"wrong.address": {"メールアドレスが入ったパスワードは使えません。", "A password with your e-mail address in it cannot be used."},
		"wrong.common":  {"よく使われるパスワードは、推測されやすいため使えません。", "This password is one that is often used and easily guessed. Choose another."},
		"wrong.old":     {"これまでと同じパスワードは使えません。", "The old password cannot be used again."},
		"wrong.differ":  {"2つの欄のパスワードが同じではありません。入力しなおしてください。", "The two passwords are not the same. Enter them again."},
		"wrong.which":   {"会員番号を選んでください。", "Choose a member number."},

		"done.h1":   {"パスワードを変えました", "Your password is changed"},
		"done.text": {"ほかの端末では、ログインしなおしてください。", "Log in again on your other devices."},
		"done.more": {"同じメールアドレスの、ほかの会員番号のパスワードも決める", "Set the password of the other membership with this address"},
		"done.home": {"MYページへ進む", "Go to MY page"},

		"expired.h1":   {"このページの期限（15分）が切れました", "This page has expired (15 minutes)"},
		"expired.text": {"もう一度{check}から開いてください。このページは、1回だけ開けます。", "Open it again from {check}. It opens once."},
		"away.h1":      {"ただいま手続きできません", "This cannot be done just now"},
		"away.text":    {"しばらくしてから、もう一度お試しください。", "Please try again in a while."},
		"away.again":   {"もう一度試す", "Try again"},
		"many.h1":      {"しばらくお待ちください", "Please wait a while"},
		"many.text":    {"何度も試されたため、いまは手続きできません。時間をおいて、もう一度お試しください。", "There were too many tries. Please wait a while and try again."},
		"refused.h1":   {"この操作は受け付けられませんでした", "This was not accepted"},
		"refused.text": {"ほかのサイトから送られた操作は受け付けません。MYページから、もう一度お試しください。", "What another site sends is not accepted. Please try again from MY page."},
		"missing.h1":   {"このページは見つかりません", "Page not found"},
		"missing.text": {"MYページから、もう一度お試しください。", "Please try again from MY page."},
		"check":        {"お客様情報の確認", "Check your data"},
	}
}

// speaker says words in one language.
type speaker struct {
	shop *Shop
	lang string
}

func (s speaker) of(id string) string {
	both, ok := words()[id]
	if !ok {
		panic("shopfront: no word " + id) // a template's mistake, which every test would show
	}
	if s.lang == "en" {
		return both[1]
	}
	return both[0]
}

// say is a word with its places filled in.
func (s speaker) say(id string, places ...string) template.HTML {
	places = append(places, "published", s.day(s.shop.notice), "phone", s.shop.phone)
	text := template.HTMLEscapeString(s.of(id))
	for i := 0; i+1 < len(places); i += 2 {
		text = strings.ReplaceAll(text, "{"+places[i]+"}", template.HTMLEscapeString(places[i+1]))
	}
	link := fmt.Sprintf(`<a href="%s">%s</a>`, template.HTMLEscapeString(s.shop.check), template.HTMLEscapeString(s.of("check")))
	return template.HTML(strings.ReplaceAll(text, "{check}", link))
}

func (s speaker) day(t time.Time) string {
	if s.lang == "en" {
		return t.Format("2 January 2006")
	}
	return t.Format("2006年1月2日")
}

func (s speaker) clock(t time.Time) string { return t.In(s.shop.notice.Location()).Format("15:04") }
