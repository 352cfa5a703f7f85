package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// Store keeps the resources of one tenant. Every method is atomic and sees all that was answered before it was called.
// Package scimtest has the contract that every implementation passes.
//
// An id that is not known, of whatever form, is ErrNotFound. Errors other than the ones below are failures of the
// store: the caller answers 500, or 503 where it knows that the store is away.
type Store interface {
	Reader
	// Snapshot calls read with the resources as they are at one moment, which is not before the call nor after the first look
	// at them. It returns the error of read, or one of its own from before it called read. Who changes something meanwhile
	// does not wait for read, which may take its time, and read does not see it.
	Snapshot(ctx context.Context, read func(Snapshot) error) error
	// Create keeps a new resource with version 1. It fails with *TakenError or *UnknownMemberError.
	Create(ctx context.Context, t *schema.ResourceType, draft Draft, read Read) (resource.Document, error)
	// CreateAll does what Create does for one draft after another, sooner. It returns what became of each, in the order of
	// the drafts. It is not atomic as a whole: when ctx ends or the store fails midway, the drafts before are kept, and
	// those behind have that error.
	CreateAll(ctx context.Context, t *schema.ResourceType, drafts []Draft, read Read) []Created
	// Update changes a resource as a whole or not at all. It fails with ErrNotFound, ErrVersion, *TakenError,
	// *UnknownMemberError or *CircleError.
	Update(ctx context.Context, t *schema.ResourceType, update Update, read Read) (Updated, error)
	// Delete removes a resource, its memberships, and its place in groups (whose version counts up). It fails with
	// ErrNotFound or ErrVersion.
	Delete(ctx context.Context, t *schema.ResourceType, deletion Deletion) error
}

// Reader reads the resources of one tenant.
type Reader interface {
	// Get returns one resource, or ErrNotFound.
	Get(ctx context.Context, t *schema.ResourceType, id string, read Read) (resource.Document, error)
	// List returns the resources that match in the order that is asked for, and how many match in all. A position whose
	// parts cannot be of such a list is a *scim.Error of status 400, never a failure of the store.
	List(ctx context.Context, t *schema.ResourceType, query Query) (Page, error)
}

// Snapshot reads the resources of one tenant as they were at one moment.
type Snapshot interface {
	Reader
	// Elements calls yield with the relations of documents of the snapshot, one after another in the order of ids: some
	// elements of that of ids[i] at a time, in the same text as in Document.Relation, with commas between them and no
	// brackets. It does not call yield for one without elements. However many there are, few are in memory at once. The error
	// of yield ends the calls and is returned.
	Elements(ctx context.Context, t *schema.ResourceType, ids []string, base string, yield func(i int, elements []byte) error) error
}

// Read says what of a document is wanted.
type Read struct {
	Base     string // absolute URI of the endpoints, for the $ref of relations
	Relation bool   // fill in Document.Relation; false must not cost a look at the rows
	// Most is how many elements a relation may have for Get and List; 0 is any number. One with more is left out, and
	// Document.Large is set. A write returns what it wrote.
	Most int
}

// Query is a list request. Offset counts from 0; Limit 0 asks for the total alone.
type Query struct {
	Read
	Filter        filter.Node // nil: all
	Sort          *Sort       // nil: by creation
	Offset, Limit int
	// After continues a list behind the document that a Position names, whatever was created or deleted since: what was
	// there through a whole walk, with the same sort value, is met exactly once. nil: from the beginning, or from Offset.
	// After and Offset exclude each other. The total counts what lies on both sides.
	After *Position
}

// Sort is an order of a list (RFC 7644 section 3.4.2.3). Resources without a value come last when it ascends and first
// when it descends; equal ones come in the order of their creation, then of their ids, both ascending.
//
// Strings are ordered by the bytes of their comparison form, of which the first schema.MaxIdentifier characters decide;
// "" is a value, the smallest. Numbers are ordered as numbers, false comes before true, and dateTimes are instants. The
// relation, what is the same for all (meta.resourceType) and what has no value of its own (an extension, a complex
// attribute without a sub-attribute value) order nothing.
type Sort struct {
	// Ref names the value: of a multi-valued attribute that of the primary element, else of the first one; of a complex
	// attribute that of its sub-attribute value, where Ref names none.
	Ref        schema.Ref
	Descending bool
}

// Position is the place of a document in a list. Key is its sort value in comparison form, as the store compares it:
// text of at most schema.MaxIdentifier characters that another store may write otherwise, nil where it has none or the
// list has no Sort.
type Position struct {
	Key     *string
	Created time.Time
	ID      string
}

// Page is a part of a list.
type Page struct {
	Total     int // matches in all
	Documents []resource.Document
	// Next is the position of the last document where more follow it, else nil; of a page from an Offset as well.
	Next *Position
}

// Draft is a resource to create. Object is canonical and finished, with its id; Body is its encoding.
type Draft struct {
	ID      string
	At      time.Time
	Object  map[string]any
	Body    []byte
	Members []string // ids of users and groups, of a Group only; repetitions count once
}

// Created is what became of a draft: the document, or the error that Create returns.
type Created struct {
	Document resource.Document
	Err      error
}

// Update is a change of one resource.
type Update struct {
	ID string
	// Version is the one that the change was made from: another one is ErrVersion. 0 asks for none, and is allowed only
	// where Object is nil: membership changes commute.
	Version int64
	At      time.Time
	// Object is the new state (canonical, finished, with its id), Body its encoding, Changes what differs from the old
	// one. A nil Object leaves the document as it is.
	Object  map[string]any
	Body    []byte
	Changes []resource.Change
	Members Members
}

// Deletion names a resource to delete. Version is the one that it must have; 0 is any. Undo says that it takes back a
// creation of the same request, which nobody has seen.
type Deletion struct {
	ID      string
	Version int64
	At      time.Time
	Undo    bool
}

// Members is a change of a group's members, so that its cost depends on the change and not on the group. Adding a
// member twice or removing one that is not there changes nothing. Add and Remove share no id.
type Members struct {
	Replace bool     // Add is the whole new list
	Add     []string // ids; one that is neither user nor group of the tenant is *UnknownMemberError, a group around this one *CircleError
	Remove  []string // ids
}

// Empty tells that there is nothing to do.
func (m Members) Empty() bool { return !m.Replace && len(m.Add) == 0 && len(m.Remove) == 0 }

// Updated is what an update led to. Changed is false when the resource was already so; then Version and Modified are
// as they were.
type Updated struct {
	Changed  bool
	Version  int64
	Modified time.Time
	// Relation is the new list where Members.Replace was set and Read.Relation asked for it.
	Relation []byte
}

// ErrNotFound says that there is no resource with that id.
var ErrNotFound = errors.New("resource not found")

// ErrVersion says that the resource has changed since it was read: read again and try again.
var ErrVersion = errors.New("resource version changed")

// TakenError says that another resource holds a value that must be unique.
type TakenError struct {
	Attribute string // "userName"
}

func (e *TakenError) Error() string { return fmt.Sprintf("%s is taken", e.Attribute) }

// UnknownMemberError says that ids to add are neither users nor groups of the tenant.
type UnknownMemberError struct {
	IDs []string // at least one
}

func (e *UnknownMemberError) Error() string { return fmt.Sprintf("%d unknown members", len(e.IDs)) }

// CircleError says that groups to add contain the group that they are to be members of, directly or through others.
// Where there are unknown members as well, these are reported.
type CircleError struct {
	IDs []string // at least one
}

func (e *CircleError) Error() string {
	return fmt.Sprintf("%d members contain their group", len(e.IDs))
}
