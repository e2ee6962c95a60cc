package web_test

import (
	"testing"
	"time"
)

// TestHowLongMailsTake: people are told from two minutes on, in round numbers that are rather too
// large; whoever asked for no mail is told nothing.
func TestHowLongMailsTake(t *testing.T) {
	w := newWorld(t, example(t, "tougyoku-2023"))
	b := newBrowser(t, w.open(t, ""))
	code := b.ask(hanako, "?lang=en")
	for wait, minutes := range map[time.Duration]string{
		0: "", 119 * time.Second: "", 2 * time.Minute: "5", 301 * time.Second: "10", 10 * time.Minute: "10", 17 * time.Minute: "20",
		45 * time.Minute: "45", 46 * time.Minute: "60", time.Hour: "60",
	} {
		w.wait = wait
		want := ""
		if minutes != "" {
			want = "Mails take about " + minutes + " minutes to arrive at present. Sending again does not make them faster."
		}
		late := b.get(code.path).want(t, 200, "code", "ready").byID("late")
		if got := textOf(late); got != want {
			t.Errorf("%v: the page says %q, want %q", wait, got, want)
		}
		if want == "" {
			want = "Wait 5 minutes. Mail may be slow at busy times."
		}
		if got := textOf(b.get("/code/help?lang=en").want(t, 200, "code-lost", "").byID("wait")); got != want {
			t.Errorf("%v: the page of lost mails says %q, want %q", wait, got, want)
		}
	}
	held := b.submit(b.get("/long-code?lang=en"), "address-form", "address", hanako)
	if held.want(t, 200, "code", "held").byID("late") != nil {
		t.Error("whoever asked for no mail is told how long one takes")
	}
}
