package console

import (
	"context"
	"fmt"

	"exposure/internal/agent"
	"exposure/internal/wire"
)

// RequestLetter takes down who wants a letter.
func (d *Console) RequestLetter(ctx context.Context, r RequestLetterRequestObject) (RequestLetterResponseObject, error) {
	number, err := d.c.Tickets.RequestLetter(ctx, callerOf(ctx).who, r.Id, agent.LetterRequest{
		Name: r.Body.Name, PostalCode: r.Body.PostalCode, Address: r.Body.Address, For: optional(r.Body.For), Note: optional(r.Body.Note),
	})
	if err != nil {
		return nil, fmt.Errorf("asking for a letter: %w", err)
	}
	return RequestLetter201JSONResponse(wire.TicketNumber{Number: number}), nil
}

// OpenTicket takes down what only the shop can decide.
func (d *Console) OpenTicket(ctx context.Context, r OpenTicketRequestObject) (OpenTicketResponseObject, error) {
	number, err := d.c.Tickets.Open(ctx, callerOf(ctx).who, r.Id, agent.Topic(r.Body.Topic), optional(r.Body.Note))
	if err != nil {
		return nil, fmt.Errorf("making a ticket: %w", err)
	}
	return OpenTicket201JSONResponse(wire.TicketNumber{Number: number}), nil
}

// AskTicket tells how far a ticket is.
func (d *Console) AskTicket(ctx context.Context, r AskTicketRequestObject) (AskTicketResponseObject, error) {
	t, err := d.c.Tickets.Ask(ctx, callerOf(ctx).who, r.Id, r.Body.Number)
	if err != nil {
		return nil, fmt.Errorf("asking for a ticket: %w", err)
	}
	return AskTicket200JSONResponse(d.ticket(t)), nil
}

func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
