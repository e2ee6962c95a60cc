package web

import "time"

// Mails tells for how long people wait for a mail at present.
//
// Wait is safe for concurrent use and asks no store, since it is read for every page. It is one
// number for everybody: it must not depend on who is on the list, or on whom anybody asked about.
type Mails interface {
	Wait() time.Duration
}

// lateFrom is from when on people are told: before, they are still looking for the mail.
const lateFrom = 2 * time.Minute

// lateMinutes are what people are told: no more exact than anybody can know, and rather too much.
var lateMinutes = [...]int{5, 10, 15, 20, 30, 45}

// late is how many minutes people are told that mails take, 0 if they are not told.
func (w *Web) late() int {
	wait := w.mails.Wait()
	if wait < lateFrom {
		return 0
	}
	for _, m := range lateMinutes {
		if wait <= time.Duration(m)*time.Minute {
			return m
		}
	}
	return 60
}

// inTime is for those who do not measure it.
type inTime struct{}

func (inTime) Wait() time.Duration { return 0 }
