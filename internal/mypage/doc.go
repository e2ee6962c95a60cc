// Package mypage is the door of the shop's own programs: its login asks here whether a
// member must set a new password, its ticket page what a ticket is worth, and both report
// back.
//
// It guarantees that nobody is answered without a live key whose scopes allow it, that a
// member nobody asked anything of is told apart from an unknown one by nothing, and that
// "required": false is only said when it is proven: any doubt is another status. It adds
// no audit row to a login; what changes anything is recorded where it is changed.
//
// It refuses to decide about passwords: what is legal is reset's, who may call is client's,
// statuses of errors are server's. Nobody's address or code passes here.
package mypage
