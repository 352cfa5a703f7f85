package signin

// SAMLPath is looked at by the tests from outside.
const SAMLPath = samlPath

// What else they look at.
var (
	AskedFrom      = askedFrom
	SAMLAnswerRate = samlAnswerRate
)
