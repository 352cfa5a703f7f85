package filter_test

import (
	"fmt"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

func ExampleParse() {
	e, _ := filter.Parse(`title pr AND(userType Eq "Intern" or not(active eq true))`, scim.Strict())
	fmt.Println(e)
	_, err := filter.Parse(`title is "Tour Guide"`, scim.Strict())
	fmt.Println(scim.AsError(err).Detail)
	// Output:
	// title pr and (userType eq "Intern" or not (active eq true))
	// The filter is wrong at character 7: the operator "is" is not supported; use eq, ne, co, sw, ew, pr, gt, ge, lt or le.
}

func ExampleParse_tolerance() {
	lenient := scim.Auto()
	e, _ := filter.Parse(`emails[type eq work].value eq bjensen@example.com`, lenient)
	fmt.Println(e)
	fmt.Println(lenient.Used())
	// Output:
	// emails[type eq "work" and value eq "bjensen@example.com"]
	// [unquotedFilterValue elementPathInFilter]
}

func ExampleMatch() {
	t := schema.User()
	e, _ := filter.Parse(`emails[type eq "work" and value ew "@example.com"]`, scim.Strict())
	n, _ := filter.Bind(e, t, scim.Strict())
	user := map[string]any{"emails": []any{
		map[string]any{"type": "home", "value": "me@example.com"},
		map[string]any{"type": "work", "value": "me@example.org"},
	}}
	fmt.Println(filter.Match(n, t, user))
	// Output: false
}
