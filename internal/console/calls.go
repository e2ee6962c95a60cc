package console

import (
	"context"
	"fmt"

	"exposure/internal/agent"
	"exposure/internal/wire"
)

// OpenCall takes a call.
func (d *Console) OpenCall(ctx context.Context, r OpenCallRequestObject) (OpenCallResponseObject, error) {
	training := r.Body.Training != nil && *r.Body.Training
	c, err := d.c.Calls.Open(ctx, callerOf(ctx).who, agent.Reason(r.Body.Reason), training)
	if err != nil {
		return nil, fmt.Errorf("taking a call: %w", err)
	}
	return OpenCall201JSONResponse(d.call(c)), nil
}

// GetCall tells how a call stands.
func (d *Console) GetCall(ctx context.Context, r GetCallRequestObject) (GetCallResponseObject, error) {
	c, err := d.c.Calls.Get(ctx, callerOf(ctx).who, r.Id)
	if err != nil {
		return nil, fmt.Errorf("reading a call: %w", err)
	}
	return GetCall200JSONResponse(d.call(c)), nil
}

// SetCallAddress takes the address the caller spells.
func (d *Console) SetCallAddress(ctx context.Context, r SetCallAddressRequestObject) (SetCallAddressResponseObject, error) {
	c, err := d.c.Calls.Address(ctx, callerOf(ctx).who, r.Id, r.Body.Email)
	if err != nil {
		return nil, fmt.Errorf("taking an address: %w", err)
	}
	return SetCallAddress200JSONResponse(d.call(c)), nil
}

// SendPhoneCode mails a phone code.
func (d *Console) SendPhoneCode(ctx context.Context, r SendPhoneCodeRequestObject) (SendPhoneCodeResponseObject, error) {
	c, err := d.c.Proofs.SendCode(ctx, callerOf(ctx).who, r.Id)
	if err != nil {
		return nil, fmt.Errorf("sending a phone code: %w", err)
	}
	return SendPhoneCode202JSONResponse(d.call(c)), nil
}

// ConfirmCall redeems a phone code for what to tell.
func (d *Console) ConfirmCall(ctx context.Context, r ConfirmCallRequestObject) (ConfirmCallResponseObject, error) {
	told, err := d.c.Proofs.Confirm(ctx, callerOf(ctx).who, r.Id, r.Body.Code)
	if err != nil {
		return nil, fmt.Errorf("confirming a phone code: %w", err)
	}
	return ConfirmCall200JSONResponse(d.told(told)), nil
}

// ConfirmCallLetter redeems the number of a letter for what to tell.
func (d *Console) ConfirmCallLetter(ctx context.Context, r ConfirmCallLetterRequestObject) (ConfirmCallLetterResponseObject, error) {
	told, err := d.c.Proofs.ConfirmLetter(ctx, callerOf(ctx).who, r.Id, r.Body.LetterNumber)
	if err != nil {
		return nil, fmt.Errorf("confirming a letter: %w", err)
	}
	return ConfirmCallLetter200JSONResponse(d.told(told)), nil
}

// GetCallReport tells it again.
func (d *Console) GetCallReport(ctx context.Context, r GetCallReportRequestObject) (GetCallReportResponseObject, error) {
	told, err := d.c.Proofs.Told(ctx, callerOf(ctx).who, r.Id)
	if err != nil {
		return nil, fmt.Errorf("reading a report: %w", err)
	}
	return GetCallReport200JSONResponse(d.told(told)), nil
}

// ExtendCall gives ten more minutes.
func (d *Console) ExtendCall(ctx context.Context, r ExtendCallRequestObject) (ExtendCallResponseObject, error) {
	c, err := d.c.Aids.Extend(ctx, callerOf(ctx).who, r.Id)
	if err != nil {
		return nil, fmt.Errorf("extending a call: %w", err)
	}
	return ExtendCall200JSONResponse(d.call(c)), nil
}

// CompareCheckNumber tells whether a notice is genuine.
func (d *Console) CompareCheckNumber(ctx context.Context, r CompareCheckNumberRequestObject) (CompareCheckNumberResponseObject, error) {
	ok, err := d.c.Aids.CheckNumber(ctx, callerOf(ctx).who, r.Id, r.Body.CheckNumber)
	if err != nil {
		return nil, fmt.Errorf("comparing a check number: %w", err)
	}
	return CompareCheckNumber200JSONResponse(wire.CheckNumberResult{Matches: ok}), nil
}

// GetTrainingCaller tells who calls in a training call.
func (d *Console) GetTrainingCaller(ctx context.Context, r GetTrainingCallerRequestObject) (GetTrainingCallerResponseObject, error) {
	c, err := d.c.Aids.TrainingCaller(ctx, callerOf(ctx).who, r.Id)
	if err != nil {
		return nil, fmt.Errorf("reading who calls: %w", err)
	}
	return GetTrainingCaller200JSONResponse(trainingCaller(c)), nil
}

// EndCall ends a call.
func (d *Console) EndCall(ctx context.Context, r EndCallRequestObject) (EndCallResponseObject, error) {
	if err := d.c.Calls.End(ctx, callerOf(ctx).who, r.Id, agent.Outcome(r.Body.Outcome)); err != nil {
		return nil, fmt.Errorf("ending a call: %w", err)
	}
	return EndCall204Response{}, nil
}
