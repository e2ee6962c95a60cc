package console

import "exposure/internal/agent"

// The labels of the closed sets. Staff read them; callers are told what the scripts say.

func reasonLabels() map[agent.Reason]string {
	return map[agent.Reason]string{
		agent.ReasonGenuineMail: "お知らせは本物か", agent.ReasonListed: "自分は対象か", agent.ReasonCard: "カード", agent.ReasonPassword: "パスワード",
		agent.ReasonRecipient: "お届け先・お手紙", agent.ReasonFamily: "ご家族・代理の方", agent.ReasonStore: "店舗での購入",
		agent.ReasonComplaint: "補償・苦情", agent.ReasonMedia: "取材",
	}
}

func outcomeLabels() map[agent.Outcome]string {
	return map[agent.Outcome]string{
		agent.OutcomeTold: "確認の結果をお伝えした", agent.OutcomeCallsBack: "かけなおしていただく", agent.OutcomeLetter: "書状の手配をした",
		agent.OutcomeTicket: "担当に引き継いだ", agent.OutcomeFacts: "公表したことだけお答えした", agent.OutcomeRefused: "受け付けられなかった", agent.OutcomeDropped: "電話が切れた",
	}
}

func topicLabels() map[agent.Topic]string {
	return map[agent.Topic]string{
		agent.TopicCardTyped: "カード番号を入力したが買っていない・日付が近い", agent.TopicDate: "日付が違うとのこと", agent.TopicFirstNotice: "第一報は届いたが一覧にない",
		agent.TopicMailboxGone: "メールを受け取れない（書面の手続き）", agent.TopicDeceased: "亡くなった方・後見", agent.TopicNoLetter: "書状が届かない",
		agent.TopicComplaint: "補償・苦情", agent.TopicMedia: "取材", agent.TopicThreat: "脅迫", agent.TopicOther: "そのほか",
	}
}

func stateLabels() map[agent.TicketState]string {
	return map[agent.TicketState]string{
		agent.TicketWaiting: "担当が確認しています", agent.TicketAnswered: "お答えがあります", agent.TicketClosed: "終わっています",
	}
}

// choices are all of a set in order, with their labels.
func choices[T ~string](all []T, labels map[T]string) []choice {
	list := make([]choice, len(all))
	for i, x := range all {
		list[i] = choice{string(x), labels[x]}
	}
	return list
}
