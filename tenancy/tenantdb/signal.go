package tenantdb

import (
	"context"
	"strings"

	"github.com/askspoke/spoke/tenancy"
)

// ControlChannel is where replicas tell each other what changed in the control plane.
const ControlChannel = "spoke_control"

// Topic is what a signal is about.
type Topic string

// The topics.
const (
	TopicTenant Topic = "tenant" // the tenant itself, its settings, its state or its hosts
	TopicToken  Topic = "token"  // one of the tenant's tokens
)

// Signal says that something of a tenant changed and that what is remembered of it must be forgotten. It carries no
// value: whoever hears it asks Postgres.
type Signal struct {
	Topic  Topic
	Tenant tenancy.ID
}

// String returns the payload, such as token:6f9619ff-….
func (s Signal) String() string { return string(s.Topic) + ":" + string(s.Tenant) }

// ParseSignal returns the signal in a payload, and false when it is none.
func ParseSignal(payload string) (Signal, bool) {
	topic, tenant, ok := strings.Cut(payload, ":")
	if !ok || (topic != string(TopicTenant) && topic != string(TopicToken)) {
		return Signal{}, false
	}
	id, err := tenancy.ParseID(tenant)
	return Signal{Topic: Topic(topic), Tenant: id}, err == nil
}

// Announce sends a signal to every replica.
func (db *DB) Announce(ctx context.Context, s Signal) error {
	return db.Notify(ctx, ControlChannel, s.String())
}
