package dialect

import (
	"slices"
	"testing"
)

// Trap is one way in which service providers are seen to fail, and the test of it. The numbers are those of the ranking
// by how often public issues and conformance suites show it, the worst first.
type Trap struct {
	Number int
	Name   string // "OpCase"
	// Play tests a target from an empty directory, in the profile auto.
	Play func(t *testing.T, target Target)
}

// Traps returns all 25, in their order.
func Traps() []Trap {
	return []Trap{
		{1, "OpCase", opCase},
		{2, "RemoveListedMembers", removeListedMembers},
		{3, "BooleanStrings", booleanStrings},
		{4, "CreateOnNoMatch", createOnNoMatch},
		{5, "EmptyList", emptyList},
		{6, "Filters", filters},
		{7, "WithoutPath", withoutPath},
		{8, "Manager", manager},
		{9, "ExcludedMembers", excludedMembers},
		{10, "MembersOnce", membersOnce},
		{11, "Duplicates", duplicates},
		{12, "ErrorShape", errorShape},
		{13, "URNs", urns},
		{14, "Clear", clearing},
		{15, "Inactive", inactive},
		{16, "PutEcho", putEcho},
		{17, "UnknownMembers", unknownMembers},
		{18, "Schemas", schemasHonest},
		{19, "Pagination", pagination},
		{20, "NoFormats", noFormats},
		{21, "Roles", roles},
		{22, "AtomicPatch", atomicPatch},
		{23, "Tokens", tokens},
		{24, "URLQuirks", urlQuirks},
		{25, "Discovery", discovery},
	}
}

// scene is what has been played of a trap so far.
type scene struct {
	*run
	t      *testing.T
	parser *parser
}

// begin plays steps, written as in a transcript, at a target. A finding fails the test.
func begin(t *testing.T, target Target, steps string) *scene {
	t.Helper()
	s := &scene{run: newRun(t.Context(), target, &Transcript{Name: t.Name()}), t: t, parser: newParser(t.Name(), "")}
	s.then(steps)
	return s
}

// then plays more steps; what was saved before is known to them.
func (s *scene) then(steps string) {
	s.t.Helper()
	more := newParser(s.t.Name(), steps)
	more.saved = s.parser.saved
	var tr Transcript
	if err := more.steps(&tr); err != nil {
		s.t.Fatal(err)
	}
	s.findings = nil
	s.playAll(tr.steps)
	for _, finding := range s.findings {
		s.t.Error(finding)
	}
}

// get is a value that was saved: "ada.id".
func (s *scene) get(name string) string {
	s.t.Helper()
	value, err := s.value(name)
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

// request sends one request and returns the answer, which must have one of the statuses.
func (s *scene) request(method, target, body string, statuses ...int) answer {
	s.t.Helper()
	a, err := s.send(step{method: method, target: target, body: body, headers: []field{{"Content-Type", "application/scim+json"}}})
	if err != nil {
		s.t.Errorf("%s %s: %v", method, target, err)
		return a
	}
	if !slices.Contains(statuses, a.status) {
		s.t.Errorf("%s %s: status %d, want %s: %.600s", method, target, a.status, join(statuses), a.text)
	}
	for _, wrong := range a.breaches(method, target) {
		s.t.Errorf("%s %s: %s: %.600s", method, target, wrong, a.text)
	}
	return a
}
