package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
)

// maxTenants is how many one run creates.
const maxTenants = 100_000

// readTenants reads a file, or standard input for "-", with one tenant to a line: its slug and, after a tab or a comma, its
// name. Empty lines and those that begin with # do not count. Everything that is wrong is refused at once, by its line.
func readTenants(file string) ([]client.NewTenant, error) {
	from := io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	var list []client.NewTenant
	var wrong []error
	looks := make(map[string]int) // in which line there is what looks so
	lines := bufio.NewScanner(from)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || text[0] == '#' {
			continue
		}
		tenant, err := parseTenant(text)
		look := tenancy.Slug(tenant.Slug).Skeleton()
		if first, ok := looks[look]; err == nil && ok {
			err = fmt.Errorf("%s is, or looks like, the slug in line %d", tenant.Slug, first)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		looks[look] = number
		list = append(list, tenant)
	}
	switch {
	case lines.Err() != nil:
		return nil, fmt.Errorf("read %s: %w", file, lines.Err())
	case len(wrong) > 0:
		return nil, fmt.Errorf("no tenant was created, because of %s:\n%w", file, firstOf(wrong))
	case len(list) == 0:
		return nil, fmt.Errorf("%s names no tenant: write one slug to a line", file)
	case len(list) > maxTenants:
		return nil, fmt.Errorf("%s has %d tenants: %d are the most in one run", file, len(list), maxTenants)
	}
	return list, nil
}

func parseTenant(line string) (client.NewTenant, error) {
	text, name := line, ""
	if at := strings.IndexAny(line, "\t,"); at >= 0 {
		text, name = line[:at], unquote(strings.TrimSpace(line[at+1:]))
	}
	slug, err := tenancy.ParseSlug(text)
	if err == nil && name != "" {
		name, err = tenancy.ParseName(name)
	}
	return client.NewTenant{Slug: string(slug), Name: optional(name)}, err
}

// unquote reads a name as tables write it that has a comma or a quote.
func unquote(name string) string {
	if len(name) >= 2 && name[0] == '"' && name[len(name)-1] == '"' {
		return strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	return name
}

// numberedTenants returns n tenants PREFIX-0001, PREFIX-0002, …. A longer run has those of a shorter one.
func numberedTenants(prefix string, n int) ([]client.NewTenant, error) {
	if n < 1 || n > maxTenants {
		return nil, usage("--count is %d: it must be from 1 to %d", n, maxTenants)
	}
	list := make([]client.NewTenant, n)
	for i := range list {
		slug, err := tenancy.ParseSlug(fmt.Sprintf("%s-%04d", prefix, i+1))
		if err != nil {
			return nil, usage("--prefix %.40q: %w", prefix, err)
		}
		list[i].Slug = string(slug)
	}
	return list, nil
}

// firstOf joins the first errors of many.
func firstOf(errs []error) error {
	const most = 20
	if len(errs) > most {
		return errors.Join(append(errs[:most:most], fmt.Errorf("and %d more", len(errs)-most))...)
	}
	return errors.Join(errs...)
}
