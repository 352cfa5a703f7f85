package signin

// What the tests from outside look at.
const (
	RecoveryPath = recoveryPath
	SAMLPath     = samlPath
)

// What else they look at.
var (
	AskedFrom      = askedFrom
	SAMLAnswerRate = samlAnswerRate
)
