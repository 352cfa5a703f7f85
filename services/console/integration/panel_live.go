package integration

import (
	"context"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
)

// panelLivePath is where the test panels of the providers are streamed.
const panelLivePath = "/live/scim/"

// panelTopic is the topic of a provider's panel. What is streamed is the same for all who watch a topic, so who may look
// into the provisioning log watches another one than the holder of a set-up link.
func panelTopic(slug string, log bool) string {
	if log {
		return "scim-" + slug
	}
	return "scim-" + slug + "-guest"
}

func (s *Pages) panelTopics() []live.Topic {
	var topics []live.Topic
	for _, g := range guide.List() {
		for _, log := range []bool{true, false} {
			topics = append(topics, live.Topic{Name: panelTopic(g.Slug, log), Open: func(id tenancy.ID) live.Read {
				return func(ctx context.Context) ([]live.Fragment, error) { return s.readPanel(ctx, id, g, log) }
			}})
		}
	}
	return topics
}

// readPanel reads the panel for those who watch it.
func (s *Pages) readPanel(ctx context.Context, id tenancy.ID, g guide.Guide, log bool) ([]live.Fragment, error) {
	t, err := s.Tenants.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.panelOf(ctx, t, g)
	if err != nil {
		return nil, err
	}
	p.Log = log
	return s.Fragments("scim_panel", p, "scim-panel")
}

// watchPanel streams the panel of a provider.
func (s *Pages) watchPanel(x *web.Exchange) error {
	g, ok := guide.Get(x.Param("provider"))
	if !ok {
		return errNoGuide
	}
	return s.Watch(panelTopic(g.Slug, x.Viewer.May("viewer")))(x)
}
