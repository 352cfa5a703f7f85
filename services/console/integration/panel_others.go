package integration

import (
	"cmp"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
)

// called is what the credential that the journal names is called. Who is none has sent something again from this console.
func (k credentials) called(actor string) string {
	switch name, ok := k.names[actor]; {
	case ok, actor == "": // nobody is known
		return name
	case word.IsUUID(actor):
		return "a credential that is not kept any more"
	}
	return "a person, from this console"
}

// others are the names of the credentials, beside the one of the panel and those that it replaced, by which somebody has come
// since it was made. Requests are counted whatever they show, so what the panel shows can be theirs.
func (k credentials) others(panel guide.Credential) []string {
	var names []string
	for _, t := range k.tokens {
		if t.Scopes&tenancy.AllScopes != 0 && cmp.Or(t.Line, t.ID) != panel.Line && t.LastUsedAt.After(panel.MadeAt) {
			names = append(names, t.Name)
		}
	}
	for _, c := range k.clients {
		if c.ID != panel.Line && c.LastUsedAt.After(panel.MadeAt) {
			names = append(names, c.Name)
		}
	}
	return names
}
