package gateway

import (
	"encoding/binary"

	"github.com/google/uuid"
)

// ids returns what makes the ids of a replay's resources: the same ones for the same request under the same Once, which
// only a repetition of it has. nil, random ones, where it has no Once.
func (r *Replay) ids() func() string {
	if r.Once == "" {
		return nil
	}
	seed := uuid.NewSHA1(uuid.Nil, []byte(r.Once+"\x00"+r.Actor+"\x00"+r.Method+"\x00"+r.Path+"\x00"+r.Query+"\x00"+string(r.Body)))
	made := uint64(0)
	return func() string {
		made++
		return uuid.NewSHA1(seed, binary.BigEndian.AppendUint64(nil, made)).String()
	}
}
