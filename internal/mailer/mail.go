package mailer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"exposure/internal/email"
	"exposure/internal/otp"
)

// CodeMail is a request for one code mail, as the outbox keeps it. It holds no code.
type CodeMail = otp.MailRequest

// The encoded form of a CodeMail: version, purpose, flags, nonce, time, receipt, length of the
// address, address, zeros. It has one size, because the length of what is sealed shows
// in Redis, and the length of an address narrows down whose it is.
//
// Version 1 has no receipt. It is still read: entries may have been waiting while the program
// was replaced.
const (
	mailVersion  = 2
	maxAddress   = 254 // the bound of email.Parse
	mailHeader   = receiptAt + 8 + 1
	receiptAt    = 1 + 1 + 1 + 16 + 8
	mailSize     = mailHeader + maxAddress
	flagLong     = 1
	flagListed   = 2
	flagOwed     = 4
	purposeWeb   = 1
	purposePhone = 2
	purposeNone  = 3 // otp.PasswordChanged
)

// errDamaged: an entry that opened is not what encodeMail writes.
var errDamaged = errors.New("damaged outbox entry")

// validate refuses what no worker could mail, before anything is queued.
func validate(m CodeMail) error {
	if m.Address.IsZero() {
		return fmt.Errorf("%w: it has no address", otp.ErrNotQueued)
	}
	if _, err := purposeByte(m.Purpose); err != nil {
		return fmt.Errorf("%w: %w", otp.ErrNotQueued, err)
	}
	return nil
}

func purposeByte(p otp.Purpose) (byte, error) {
	switch p {
	case otp.Web:
		return purposeWeb, nil
	case otp.Phone:
		return purposePhone, nil
	case otp.PasswordChanged:
		return purposeNone, nil
	default:
		return 0, errors.New("code mail for an unknown purpose")
	}
}

// encodeMail writes a valid m. Times keep milliseconds.
func encodeMail(m CodeMail) []byte {
	b := make([]byte, mailSize)
	b[0] = mailVersion
	b[1], _ = purposeByte(m.Purpose)
	if m.Long {
		b[2] |= flagLong
	}
	if m.ListedOnly {
		b[2] |= flagListed
	}
	if m.Owed {
		b[2] |= flagOwed
	}
	copy(b[3:19], m.Nonce[:])
	binary.BigEndian.PutUint64(b[19:27], uint64(m.RequestedAt.UnixMilli()))
	address := m.Address.Reveal()
	copy(b[receiptAt:], m.Receipt[:])
	b[mailHeader-1] = byte(len(address))
	copy(b[mailHeader:], address)
	return b
}

// decodeMail accepts exactly what encodeMail writes, and wrote when it was of version 1.
func decodeMail(b []byte) (CodeMail, error) {
	if len(b) == mailSize-8 && b[0] == 1 {
		b = slices.Concat([]byte{mailVersion}, b[1:receiptAt], make([]byte, 8), b[receiptAt:])
	}
	if len(b) != mailSize || b[0] != mailVersion || b[2] > flagLong|flagListed|flagOwed || int(b[mailHeader-1]) > maxAddress {
		return CodeMail{}, errDamaged
	}
	m := CodeMail{
		Long:        b[2]&flagLong != 0,
		ListedOnly:  b[2]&flagListed != 0,
		Owed:        b[2]&flagOwed != 0,
		Nonce:       [16]byte(b[3:19]),
		RequestedAt: time.UnixMilli(int64(binary.BigEndian.Uint64(b[19:27]))),
		Receipt:     [8]byte(b[receiptAt:]),
	}
	switch b[1] {
	case purposeWeb:
		m.Purpose = otp.Web
	case purposePhone:
		m.Purpose = otp.Phone
	case purposeNone:
		m.Purpose = otp.PasswordChanged
	default:
		return CodeMail{}, errDamaged
	}
	end := mailHeader + int(b[mailHeader-1])
	raw := string(b[mailHeader:end])
	for _, pad := range b[end:] {
		if pad != 0 {
			return CodeMail{}, errDamaged
		}
	}
	a, err := email.Parse(raw)
	if err != nil {
		return CodeMail{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if a.Reveal() != raw {
		return CodeMail{}, errDamaged
	}
	m.Address = a
	return m, nil
}
