// Package notify will plan and send what people are told without having asked: notices by
// mail, and letters. So far it plans letters: who needs a number, to whom it goes, and what
// has to be done by hand.
//
// It guarantees that nobody who needs a letter is left out without a word: whoever cannot
// be given one is on the list of what is done by hand, with the reason; that a number that
// counts is not replaced unless that was asked for; that every request for a letter gets one
// letter or one line on that list; and that "nothing was found" is only said when everybody
// on the lists could be looked at.
//
// It refuses to print what does not print, and what a spreadsheet program would take for a
// formula. It never opens anything but through the operator's key, and keeps names and
// addresses in memory only; nothing here prints them.
package notify
