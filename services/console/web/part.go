package web

import (
	"io/fs"

	"github.com/askspoke/spoke/services/console/asset"
	"github.com/askspoke/spoke/services/console/live"
)

// A Part is what one part of the console brings.
type Part struct {
	Routes   []Route // on the hosts of tenants
	Operator []Route // on the operator's host
	Topics   []live.Topic
	// Templates has the pages, template/NAME.html, each with a name that no other part's has, and in template/part*.html what
	// several of them share.
	Templates fs.FS
	// Leads are paths on the hosts of tenants to which the part leads by what it says, and not by a template.
	Leads []string
}

// own is the part that the console has without any other: the files that pages load.
func (s *Console) own() Part {
	routes := []Route{Get(asset.Path+"*name", Anyone, s.static)}
	return Part{Routes: routes, Operator: routes, Templates: templates}
}
