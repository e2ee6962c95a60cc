package lookup

import (
	"encoding/hex"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Canaries knows people who do not exist, whom only a stolen list names.
//
// AskedFor is told of everybody who is asked for, by whatever way, whether they exist or
// not. It must return at once, ask no store and be as quick for a canary as for anybody
// else: whoever asks sees nothing of it.
type Canaries interface {
	AskedFor(q Question)
}

// Question is that somebody was asked for: by whom, as rows about it say.
type Question struct {
	At      time.Time
	Tags    breach.Tags // of the address, or of the number of a letter
	Actor   audit.Actor
	Network [16]byte
}

// asked tells that somebody was asked for. It is called behind the limits, so that nobody
// fills anything by asking for a canary they know.
func (s *Service) asked(tags breach.Tags, by asker) {
	if s.Canaries != nil {
		s.Canaries.AskedFor(Question{At: s.Now(), Tags: tags, Actor: by.actor, Network: by.network})
	}
}

// by is how rows name whoever began a verification.
func (v verification) by(n networks) asker {
	return asker{audit.Actor{Kind: audit.Customer, ID: hex.EncodeToString(v.nonce[:])}, n.tag}
}
