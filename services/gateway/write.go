package gateway

import (
	"net/http"
	"time"

	"github.com/askspoke/spoke/scim/provider"
)

// pieceTimeout is how long a client may take for a piece of an answer that is streamed. Its connection is ended then: the
// answer holds a snapshot of the tenant's directory, and so a connection to Postgres.
const pieceTimeout = 15 * time.Second

// write writes the answer. The error is of what was streamed and is not whole, or of a client that has gone.
func write(w http.ResponseWriter, r provider.Response) error {
	if r.Stream != nil {
		w = hurried{w, http.NewResponseController(w)}
	}
	return r.WriteTo(w)
}

// hurried is a writer whose client must go on reading.
type hurried struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write writes b within pieceTimeout.
func (h hurried) Write(b []byte) (int, error) {
	if err := h.control.SetWriteDeadline(time.Now().Add(pieceTimeout)); err != nil {
		return 0, err
	}
	return h.ResponseWriter.Write(b)
}
