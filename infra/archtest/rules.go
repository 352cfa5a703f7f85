package archtest

// A Rule is about what some packages import. Packages of this module are written without its path: "scim/filter". A
// pattern is a package, a package and all below it ("scim/..."), "std" for the standard library, or "*" for any.
type Rule struct {
	Name string
	// From are the packages that the rule binds, but for Except.
	From, Except []string
	// Only, when set, lists all that they may import within Among: patterns of "*" for any import, or "ours" for
	// packages of this module. Never lists what they may not import, but for Leaves, which import nothing themselves by a
	// rule of their own.
	Among  string
	Only   []string
	Never  []string
	Leaves []string
	// Tests says that the rule binds the imports of test files as well.
	Tests bool
	Why   string
	// Breach is a package and an import of it that the rule forbids.
	Breach [2]string
}

// What Among can be.
const (
	anything = "*"
	ours     = "ours"
)

const (
	gin  = "github.com/gin-gonic/gin/..."
	sqlx = "github.com/jmoiron/sqlx/..."
	pq   = "github.com/lib/pq/..."
)

// consoleShared are what a part of the console may import: all but other parts.
var consoleShared = []string{
	"billing/...", "observability/...", "scim/...", "tenancy/...", "services/console/account", "services/console/actor", "services/console/asset",
	"services/console/filter", "services/console/guide", "services/console/letter", "services/console/live", "services/console/place",
	"services/console/web", "services/console/word",
}

// Rules is the design's "who may import whom".
var Rules = []Rule{
	{
		Name: "scim stands alone", From: []string{"scim/..."}, Among: anything,
		Only:   []string{"std", "golang.org/x/text/...", "scim/..."},
		Why:    "the protocol is usable by itself, in any program, with any store",
		Breach: [2]string{"scim/provider", "github.com/google/uuid"},
	},
	{
		Name: "scim knows no SQL", From: []string{"scim/..."}, Never: []string{"database/sql/..."},
		Why:    "a store is an interface to it; the standard library's SQL would be let in by the rule above",
		Breach: [2]string{"scim/provider", "database/sql"},
	},
	{
		Name: "scim's tests stand alone", From: []string{"scim/..."}, Among: ours, Only: []string{"scim/..."}, Tests: true,
		Why:    "they go with it when it is taken out",
		Breach: [2]string{"scim/memstore", "infra/pgtest"},
	},
	{
		Name: "tenancy is plain values", From: []string{"tenancy"}, Among: anything, Only: []string{"std"},
		Why:    "every package may speak of a tenant, so the word must cost nothing",
		Breach: [2]string{"tenancy", "github.com/google/uuid"},
	},
	{
		Name: "only the directory knows scim", From: []string{"tenancy/..."}, Except: []string{"tenancy/directory/..."},
		Never:  []string{"scim/..."},
		Why:    "tenants, tokens and the journal are the same whatever protocol fills the directory",
		Breach: [2]string{"tenancy/journal", "scim/resource"},
	},
	{
		Name: "tenancy is below the rest", From: []string{"tenancy/..."},
		Never:  []string{"billing/...", "services/..."},
		Why:    "limits reach it as plain values, so that a tenant works without a plan and billing can change",
		Breach: [2]string{"tenancy/ratelimit", "billing"},
	},
	{
		Name: "billing reads usage", From: []string{"billing/..."}, Among: ours,
		Only:   []string{"billing/...", "tenancy", "tenancy/tenantdb", "tenancy/journal"},
		Why:    "what is charged follows from the journal alone, so it can be shown to the customer",
		Breach: [2]string{"billing/metering", "tenancy/directory"},
	},
	{
		Name: "observability knows words only", From: []string{"observability/..."}, Among: ours,
		Only:   []string{"observability/...", "tenancy"},
		Why:    "every part can report to it without a cycle",
		Breach: [2]string{"observability/metrics", "tenancy/tenantdb"},
	},
	{
		Name: "services do not know each other", From: []string{"services/..."}, Except: []string{"services/cmd/..."},
		Never:  []string{"services/..."}, // what is below the same service is let through by the checker
		Leaves: []string{"services/background"},
		Why:    "any role can run in a process of its own; what two need belongs below them",
		Breach: [2]string{"services/gateway", "services/console"},
	},
	{
		Name: "background work is a leaf", From: []string{"services/background/..."}, Among: anything, Only: []string{"std"},
		Why:    "every service may use it because it leads to none of them",
		Breach: [2]string{"services/background", "tenancy"},
	},
	{
		Name: "the provisioner is outside", From: []string{"services/provisioner/..."}, Among: ours,
		Only:   []string{"scim/...", "services/provisioner/..."},
		Why:    "it verifies as an identity provider does, over HTTP, and must not see how the server is made",
		Breach: [2]string{"services/provisioner", "tenancy/directory"},
	},
	{
		Name: "the provisioner has no SQL", From: []string{"services/provisioner/..."},
		Never:  []string{"database/sql/...", sqlx, pq},
		Why:    "an outside client has no database of the server's",
		Breach: [2]string{"services/provisioner/verify", "github.com/lib/pq"},
	},
	{
		Name: "gin stays at the edge", From: []string{anything}, Never: []string{gin},
		Except: []string{"services/gateway/...", "services/onboarding/...", "services/console/web"},
		Why:    "a web framework is a detail of the three that serve HTTP, and can be replaced in each",
		Breach: [2]string{"services/worker", "github.com/gin-gonic/gin"},
	},
	{
		Name: "nothing needs infra", From: []string{anything},
		Except: []string{"infra/...", "services/cmd/...", "services/console/consoletest"}, // the last is for tests alone
		Never:  []string{"infra/..."},
		Why:    "infra is for running and testing; only spoke dev starts a database",
		Breach: [2]string{"tenancy/lifecycle", "infra/postgres"},
	},
	{
		Name: "a fixture leads nowhere", From: []string{"infra/fixture"}, Among: ours, Only: []string{"infra/fixture"}, Tests: true,
		Why:    "the tests of every package use it, so that it can import none of them",
		Breach: [2]string{"infra/fixture", "tenancy"},
	},
	{
		Name: "a part of the console stands alone", From: []string{"services/console/..."}, Among: ours,
		Except: []string{"services/console", "services/console/consoletest", "services/console/signonsetting", "services/console/web"}, // with rules of their own
		Only:   consoleShared,
		Why:    "a change of a page stays in its part; what two parts need goes down into a package of this list, and the root assembles",
		Breach: [2]string{"services/console/overview", "services/console/provisionlog"},
	},
	{
		Name: "setting up sign-on tests signing in", From: []string{"services/console/signonsetting"}, Among: ours,
		Only:   append([]string{"services/console/signin"}, consoleShared...),
		Why:    "a connection is tested by the very way that people come in, so this one part stands on another",
		Breach: [2]string{"services/console/signonsetting", "services/console/administrator"},
	},
	{
		Name: "the console's core knows no page", From: []string{"services/console/web"}, Among: ours,
		Only: []string{
			"observability/metrics", "services/background", "services/console/asset", "services/console/filter", "services/console/live", "services/console/place",
			"services/console/word", "tenancy", "tenancy/admin", "tenancy/hostname", "tenancy/operator", "tenancy/ratelimit", "tenancy/signon/saml", "tenancy/tenantdb",
		},
		Why:    "every page stands on it, so it has what the way of a request needs and no store of what pages show",
		Breach: [2]string{"services/console/web", "tenancy/directory"},
	},
	{
		Name: "one process of the console's tests has a browser", From: []string{"services/console/..."}, Except: []string{"services/console"},
		Never: []string{"infra/browser"}, Tests: true,
		Why:    "each process that needs one starts a Chromium, and several at a time slow each other down",
		Breach: [2]string{"services/console/overview", "infra/browser"},
	},
	{
		Name: "commands are not libraries", From: []string{anything}, Except: []string{"services/cmd/..."},
		Never:  []string{"services/cmd/..."},
		Why:    "what a command and another package both need belongs below them",
		Breach: [2]string{"infra/loadtest", "services/cmd/spoke"},
	},
}
