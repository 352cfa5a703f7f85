package letter

import "github.com/askspoke/spoke/observability/health"

// headline says of a reason that it came, that it lasts, and that it is over.
type headline struct{ now, still, over string }

var headlines = map[health.Code]headline{
	health.CodeChanges:     {"changes fail", "changes still fail", "changes succeed again"},
	health.CodeReferences:  {"memberships fail", "memberships still fail", "memberships succeed again"},
	health.CodeCredentials: {"credentials are refused", "credentials are still refused", "credentials are accepted again"},
	health.CodeConnection:  {"requests fail", "requests still fail", "requests succeed again"},
	health.CodeErrors:      {"some requests fail", "some requests still fail", "requests succeed again"},
	health.CodeSlow:        {"answers are slow", "answers are still slow", "answers are fast again"},
	health.CodeLong:        {"a cycle takes long", "a cycle still takes long", "cycles end again"},
	health.CodeLate:        {"a cycle is late", "a cycle is still late", "cycles come again"},
	health.CodeWidened:     {"probably in quarantine", "still probably in quarantine", "not in quarantine any more"},
	health.CodeSilent:      {"nothing is heard", "still nothing is heard", "requests come again"},
	health.CodeExpiring:    {"a token expires soon", "a token expires soon", "no token expires soon any more"},
	health.CodeExpired:     {"a token has expired", "the expired token is not replaced", "the expired token is replaced"},
	health.CodeGuard:       {"deletions are held", "deletions are still held", "no deletions are held any more"},
}

var states = map[health.State]string{
	health.Healthy:              "healthy",
	health.AwaitingFirstRequest: "awaiting the first request",
	health.InitialSync:          "initial sync",
	health.Paused:               "paused",
	health.Degraded:             "degraded",
	health.TokenExpiring:        "token expiring or expired",
	health.GuardHeld:            "deletions held",
	health.AtRisk:               "at risk of quarantine",
	health.Stale:                "silent",
	health.QuarantineSuspected:  "probably in quarantine",
	health.DisabledSuspected:    "probably disabled",
}

const (
	newToken = "Make a new token, enter it at the identity provider as the secret token, and test the connection there."
	restart  = "Open the provisioning job at the identity provider (in Microsoft Entra ID: Enterprise applications, the application, " +
		"Provisioning) and mend what it reports. Then restart it there, rather than wait for its next attempt."
)

// advices are what to do about a reason.
var advices = map[health.Code]string{
	health.CodeChanges: "Look at the refused requests: each is kept with the rule, the attribute and a hint of what to change. " +
		"The provisioning logs of the identity provider have the same ones.",
	health.CodeReferences:  "Look at the refused requests: members and managers must be there before they are referred to.",
	health.CodeCredentials: "Check that the secret token at the identity provider is one that is valid here, and test the connection there. If in doubt, make a new one.",
	health.CodeConnection:  "Look at the server: its log and its dashboards have the errors. The provider is not at fault.",
	health.CodeErrors:      "If it lasts, look at the server: its log and its dashboards have the errors.",
	health.CodeWidened:     restart,
	health.CodeSilent:      restart,
	health.CodeExpiring:    newToken,
	health.CodeExpired:     newToken,
	health.CodeGuard: "Decide about the deletions that are held: approve them if they are meant. If not, reject them, and look at " +
		"the scope of users and groups at the identity provider before it sends them again.",
}
