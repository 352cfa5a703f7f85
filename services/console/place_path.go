package console

// The pages that others lead to.
const (
	signInPath         = "/sign-in" // on both kinds of hosts
	visitPath          = "/visit/"  // where an operator's visit begins, on the tenant's host; its secret follows
	usersPath          = "/users"
	groupsPath         = "/groups"
	logPath            = "/log" // an entry's id follows
	signOnPath         = "/settings/sign-on"
	administratorsPath = "/settings/administrators" // below it is one for each
)
