package console

import (
	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/administrator"
	"github.com/askspoke/spoke/services/console/deletionguard"
	"github.com/askspoke/spoke/services/console/integration"
	"github.com/askspoke/spoke/services/console/operatorconsole"
	"github.com/askspoke/spoke/services/console/overview"
	"github.com/askspoke/spoke/services/console/people"
	"github.com/askspoke/spoke/services/console/provisionlog"
	"github.com/askspoke/spoke/services/console/setting"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/signonsetting"
	"github.com/askspoke/spoke/services/console/web"
)

// assembly is all that the console has: each part over the stores that it needs.
func assembly(c *web.Console, config Config, p Parts, accounts *account.Store) []web.Part {
	actors := &actor.Book{Tokens: p.Tokens, Clients: p.Clients, Admins: p.Admins}
	in := signin.New(c, signin.Stores{
		Admins: p.Admins, Operators: p.Operators, SignOn: p.SignOn, SAML: p.SAML, Outbox: p.Outbox, Accounts: accounts,
	})
	return []web.Part{
		in.Part(),
		overview.New(c, overview.Stores{
			DB: p.DB, Tenants: p.Tenants, Tokens: p.Tokens, Directory: p.Directory, Guard: p.Guard, Status: p.Status, Pace: config.Pace,
		}).Part(),
		people.New(c, people.Stores{DB: p.DB, Directory: p.Directory, Status: p.Status, Actors: actors}).Part(),
		provisionlog.New(c, provisionlog.Stores{DB: p.DB, Directory: p.Directory, Status: p.Status, Actors: actors, Exports: p.Exports, Replay: p.Replay}).Part(),
		deletionguard.New(c, deletionguard.Stores{Directory: p.Directory, Guard: p.Guard, Status: p.Status, Tenants: p.Tenants, Actors: actors}).Part(),
		integration.New(c, integration.Stores{DB: p.DB, Tenants: p.Tenants, Tokens: p.Tokens, Clients: p.Clients, Directory: p.Directory}).Part(),
		signonsetting.New(c, signonsetting.Stores{
			Admins: p.Admins, SignOn: p.SignOn, SAML: p.SAML, Accounts: accounts, Actors: actors, In: in,
		}).Part(),
		setting.New(c, setting.Stores{
			DB: p.DB, Tenants: p.Tenants, Tokens: p.Tokens, Directory: p.Directory, Hosts: p.Hosts, Status: p.Status, Plans: p.Plans, Outbox: p.Outbox,
		}).Part(),
		administrator.New(c, administrator.Stores{Admins: p.Admins, Operators: p.Operators, Accounts: accounts, Outbox: p.Outbox}).Part(),
		operatorconsole.New(c, operatorconsole.Stores{
			Tenants: p.Tenants, Admins: p.Admins, Operators: p.Operators, Tokens: p.Tokens, Status: p.Status, Plans: p.Plans, OperatorSignOn: p.OperatorSignOn,
		}).Part(),
	}
}
