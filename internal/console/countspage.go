package console

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
)

type countsBody struct {
	Before, After           string // days; After is empty today
	Calls, Outcomes         []count
	Proofs, Waiting, Alerts []count
	CallsSum, Open          int
	Oldest                  string
	Agents                  []effort
}

type count struct {
	Label string
	N     int
}

type effort struct {
	Name string
	agent.Effort
}

const dayForm = "2006-01-02"

func (v *visit) counts() error {
	today := v.d.today()
	day := today
	if s := v.Param("day"); s != "" {
		var err error
		if day, err = time.ParseInLocation(dayForm, s, v.d.c.Incident.Zone); err != nil || day.After(today) {
			return echo.ErrNotFound
		}
	}
	c, err := v.d.c.Tickets.Counts(v.ctx(), v.who, day)
	if err != nil {
		return err
	}
	b := countsBody{Before: day.AddDate(0, 0, -1).Format(dayForm), Open: c.Open}
	if day.Before(today) {
		b.After = day.AddDate(0, 0, 1).Format(dayForm)
	}
	b.Calls, b.Outcomes = counted(agent.Reasons(), reasonLabels(), c.Calls), counted(agent.Outcomes(), outcomeLabels(), c.Outcomes)
	for _, x := range b.Calls {
		b.CallsSum += x.N
	}
	b.Proofs = []count{{"送った電話確認番号", c.CodesSent}, {"受け付けなかった電話確認番号", c.CodesRefused}, {"メールで確認できた方", c.Proven}, {"お手紙で確認できた方", c.LettersProven}, {"受け付けなかったお手紙の番号", c.LettersRefused}}
	b.Waiting = []count{{"書状の手配", c.LettersWaiting}, {"担当への引き継ぎ", c.TicketsWaiting}}
	b.Alerts = []count{{"受け付けなかったサインイン", c.SignInsRefused}, {"ほかの担当者の通話を開こうとした", c.Foreign}, {"名簿にしかない架空の人の検索", c.Canaries}}
	if c.Oldest != nil {
		b.Oldest = v.d.moment(*c.Oldest)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Agents)) {
		b.Agents = append(b.Agents, effort{name, c.Agents[name]})
	}
	return v.render(http.StatusOK, "counts", page{Name: "counts", Title: day.Format("2006年1月2日") + "の集計", Body: b})
}

func counted[T ~string](all []T, labels map[T]string, n map[T]int) []count {
	list := make([]count, len(all))
	for i, x := range all {
		list[i] = count{labels[x], n[x]}
	}
	return list
}
