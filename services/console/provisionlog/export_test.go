package provisionlog

// What the tests from outside look at.
const (
	LogRows   = logRows
	MaxReplay = maxReplay
)

// Quoted is a text for a shell.
var Quoted = quoted
