package requirement

// RFC 7643 section 4: User, Group and the enterprise extension; section 9: passwords.

// keptNowhere looks for a password in all that is stored: none is held, and none waits.
const keptNowhere = "services/gateway.TestPasswordIsKeptNowhere"

// storedSecrets look for what the provider needs of a secret that it is sent or makes: none is kept but as a hash, or sealed.
var storedSecrets = []string{keptNowhere, "services/onboarding.TestNoSecretIsKept", "tenancy/oauth.TestSealedKeys"}

var userRules = []Requirement{
	{ID: "7643-4.1.1-1", Level: Must, Text: "Each user has a non-empty userName."},
	{ID: "7643-4.1.1-2", Level: Must, Text: "A userName is unique among all users of the provider."},
	{ID: "7643-4.1.1-3", Level: Required, Text: "userName is there on each user."},
	{ID: "7643-4.1.1-4", Level: Stated, Text: "userName has no case."},
	{ID: "7643-4.1.1-5", Level: Should, Text: "name.formatted and its components describe one name.", Reason: opaque},
	{ID: "7643-4.1.1-6", Level: Should, Text: "displayName is the user's full name where it is known.", Reason: opaque},
	{ID: "7643-4.1.1-7", Level: Should, Text: "displayName is what the user is commonly shown as.", Reason: opaque},
	{ID: "7643-4.1.1-8", Level: ShallNot, Text: "A password or its hash can be read."},
	{ID: "7643-4.1.1-9", Level: Should, Text: "A password that is held is hashed.", Tests: []string{keptNowhere}},
	{ID: "7643-4.1.1-10", Level: Should, Text: "A password is prepared, checked by the policy and encrypted.", Reason: noPassword},
	{ID: "7643-4.1.1-11", Level: Must, Text: "A password is passed on over a secured connection only.", Reason: noPassword},
	{ID: "7643-4.1.1-12", Level: Must, Text: "A password that waits to be passed on is protected.", Tests: []string{keptNowhere}},
	{ID: "7643-4.1.1-13", Level: MustNot, Text: "A password is returned in any form."},
	{ID: "7643-4.1.2-1", Level: Should, Text: "An e-mail address has the form of RFC 5321.", Reason: opaque},
	{ID: "7643-4.1.2-2", Level: Should, Text: "E-mail addresses are returned in canonical form.", Reason: asSent},
	{ID: "7643-4.1.2-3", Level: Should, Text: "A telephone number has the form of RFC 3966.", Reason: opaque},
	{ID: "7643-4.1.2-4", Level: Should, Text: "Telephone numbers are returned in canonical form.", Reason: asSent},
	{ID: "7643-4.1.2-5", Level: Should, Text: "Addresses of instant messaging lose their blanks and their case.", Reason: asSent},
	{ID: "7643-4.1.2-6", Level: Should, Text: "The type of such an address is one of the known services."},
	{ID: "7643-4.1.2-7", Level: Must, Text: "A photo is a file with an image.", Reason: "The provider does not fetch what a client links to."},
	{
		ID: "7643-4.1.2-8", Level: Must, Text: "The country of an address is an ISO 3166-1 alpha-2 code.",
		Reason: "Entra ID sends the names of countries, and the gallery's validator any text. Refusing would lose the user for the address.",
	},
	{ID: "7643-4.1.2-9", Level: Should, Text: "A direct membership is one that clients can change through the group."},
	{ID: "7643-4.1.2-10", Level: Must, Text: "groups.value of a user is the id of the group."},
	{ID: "7643-4.1.2-11", Level: Stated, Text: "groups.$ref of a user is the URI of the group."},
	{ID: "7643-4.1.2-12", Level: Must, Text: "Memberships are changed through the group alone."},
	{ID: "7643-4.1.2-13", Level: Must, Text: "A certificate is encoded in base64."},
	{
		ID: "7643-4.1.2-14", Level: MustNot, Text: "One value holds several certificates.",
		Reason: "The provider keeps certificates without reading them.",
	},
}

var groupRules = []Requirement{
	{ID: "7643-4.2-1", Level: Required, Text: "A group has a displayName."},
	{ID: "7643-4.2-2", Level: Stated, Text: "Members can be added and removed, but what a member says of itself is immutable."},
	{ID: "7643-4.2-3", Level: Stated, Text: "members.value is the id of a resource and members.$ref its URI."},
	{ID: "7643-4.3-1", Level: Recommended, Text: "manager.value is the id of the user's manager."},
	{ID: "7643-4.3-2", Level: Recommended, Text: "manager.$ref is the URI of the user's manager."},
	{ID: "7643-4.3-3", Level: Stated, Text: "manager.displayName is optional, read-only, and the manager's."},
}

var dataRules = []Requirement{
	{ID: "7643-9.2-1", Level: MustNot, Text: "A password is stored in clear text.", Tests: []string{keptNowhere}},
	{ID: "7643-9.2-2", Level: Should, Text: "Credentials are stored as section 5.1.4.1 of RFC 6819 advises.", Tests: storedSecrets},
}
