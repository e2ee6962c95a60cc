package sqlstore

import (
	"context"
	"encoding/binary"
	"fmt"

	"exposure/internal/client"
)

// clientState is a client as a row has it.
type clientState struct {
	client.Client
	seq, entry int64
	mac        [32]byte
}

const stateColumns = `seq, name, scopes, live, made, suspended, entry, mac`

// parts are what the row says.
func (s *clientState) parts() [][]byte {
	return [][]byte{num(s.seq), []byte(s.Name), []byte(client.FormatScopes(s.Scopes)), packKeys(s.Keys),
		num(millis(s.Made)), num(millis(s.Suspended)), num(s.entry)}
}

func (s *clientState) values() []any {
	return []any{s.seq, s.Name, client.FormatScopes(s.Scopes), packKeys(s.Keys), millis(s.Made), millis(s.Suspended), s.entry, s.mac[:]}
}

func readStates(ctx context.Context, q querier) (all []clientState, err error) {
	rows, err := q.QueryContext(ctx, `SELECT `+stateColumns+` FROM client_states ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s clientState
		var scopes string
		var live []byte
		var made, suspended int64
		err := rows.Scan(exact{&s.seq}, exact{&s.Name}, exact{&scopes}, exact{&live}, exact{&made}, exact{&suspended}, exact{&s.entry}, exact{s.mac[:]})
		if err != nil {
			return nil, err
		}
		if s.Scopes, err = client.ParseScopes(scopes); err != nil {
			return nil, fmt.Errorf("%w: the scopes of a client", ErrAltered)
		}
		if s.Keys, err = unpackKeys(live); err != nil {
			return nil, err
		}
		s.Made, s.Suspended = instantOf(made), instantOf(suspended)
		all = append(all, s)
	}
	return all, rows.Err()
}

// packedKey is the length of a key as kept: its hash, and when it was made.
const packedKey = 32 + 8

func packKeys(keys []client.Key) []byte {
	b := make([]byte, 0, packedKey*len(keys))
	for _, k := range keys {
		b = append(b, k.Hash[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(millis(k.Made)))
	}
	return b
}

func unpackKeys(b []byte) (keys []client.Key, err error) {
	if len(b)%packedKey != 0 {
		return nil, fmt.Errorf("%w: the keys of a client", ErrAltered)
	}
	for ; len(b) > 0; b = b[packedKey:] {
		keys = append(keys, client.Key{Hash: [32]byte(b), Made: instantOf(int64(binary.BigEndian.Uint64(b[32:])))})
	}
	return keys, nil
}
