package health

// provisioning says whether a reason is about what the provider does, of which nothing is known while the tenant is not
// served.
func (c Code) provisioning() bool {
	switch c {
	case CodePaused, CodeExpiring, CodeExpired, CodeGuard:
		return false
	}
	return true
}

// served says whether the tenant was served.
func (v Verdict) served() bool {
	for _, r := range v.Reasons {
		if r.Code == CodePaused {
			return false
		}
	}
	return true
}

// title returns a reason as a few words that end a sentence.
func (c Code) title() string {
	switch c {
	case CodeAwaiting:
		return "the first request is awaited"
	case CodeInitial:
		return "the initial sync is under way"
	case CodePaused:
		return "the tenant is not served"
	case CodeChanges:
		return "changes failed"
	case CodeReferences:
		return "changes of members or managers failed"
	case CodeCredentials:
		return "credentials were refused"
	case CodeConnection:
		return "every request met an error of the server"
	case CodeErrors:
		return "requests met errors of the server"
	case CodeSlow:
		return "answers were slow"
	case CodeLong:
		return "a cycle took long"
	case CodeLate:
		return "a cycle was late"
	case CodeWidened:
		return "cycles came as in a quarantine"
	case CodeSilent:
		return "nothing was heard"
	case CodeExpiring:
		return "a token was about to expire"
	case CodeExpired:
		return "the token had expired"
	case CodeGuard:
		return "deletions were held"
	}
	return string(c)
}
