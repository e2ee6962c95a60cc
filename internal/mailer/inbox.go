package mailer

import (
	"context"
	"sync"
)

// Inbox is a Sender that keeps the newest messages in memory instead of sending them:
// for the demo, which shows them, and for tests. Safe for concurrent use.
type Inbox struct {
	max int

	mu       sync.Mutex
	messages []Message
}

// NewInbox makes an inbox for at most max messages; older ones are forgotten.
func NewInbox(max int) *Inbox { return &Inbox{max: max} }

// Send keeps the message.
func (i *Inbox) Send(_ context.Context, m Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = append(i.messages, m)
	if over := len(i.messages) - i.max; over > 0 {
		clear(i.messages[:over])
		i.messages = i.messages[over:]
	}
	return nil
}

// Messages returns the messages kept, oldest first.
func (i *Inbox) Messages() []Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]Message(nil), i.messages...)
}
