package session

import (
	"encoding/json"
	"time"

	"exposure/internal/breach"
)

// sealedRecord is a record as it is sealed; times are milliseconds since 1970.
type sealedRecord struct {
	Audience string `json:"a"`
	Tags     []byte `json:"t"`
	Subject  string `json:"s,omitempty"`
	Issued   int64  `json:"i"`
	Expires  int64  `json:"e"`
}

func encodeRecord(r Record) []byte {
	b, err := json.Marshal(sealedRecord{
		Audience: r.Audience, Tags: r.Tags.Bytes(), Subject: r.Subject, Issued: r.Issued.UnixMilli(), Expires: r.Expires.UnixMilli(),
	})
	if err != nil {
		panic("session: encoding a record: " + err.Error()) // strings, bytes and numbers always encode
	}
	return b
}

func decodeRecord(b []byte) (Record, error) {
	var r sealedRecord
	if err := json.Unmarshal(b, &r); err != nil {
		return Record{}, ErrNoSession
	}
	tags, err := breach.ParseTags(r.Tags)
	if err != nil {
		return Record{}, ErrNoSession
	}
	return Record{
		Audience: r.Audience, Tags: tags, Subject: r.Subject,
		Issued: time.UnixMilli(r.Issued), Expires: time.UnixMilli(r.Expires),
	}, nil
}
